import { core } from '../worker/core';
import { isCancelled, CoreError } from '../worker/errors';
import type { OpenData } from '../worker/client';
import type { SummariseRequest } from '../io/found';
import { proposedRoles, noRoles } from '../pages/data/roles';
import type { Roles } from './documents';
import { session } from './session.svelte';
import { Step } from './step.svelte';

/**
 * The files that are open and what was chosen about them. Opening other files keeps these until the new ones turned out to be
 * readable; a refused file changes nothing.
 */
class OpenedFiles {
  open: OpenData | null = $state.raw(null);
  roles: Roles = $state.raw(noRoles);
  matrix: string | null = $state(null);
  geneNames: string | null = $state(null);
  seed = $state(1);
  /** Looking at files: a step of its own, so that its progress and its failure have a place. */
  readonly looking = new Step<null, true>('open', 'Files', null);
  #abort: AbortController | null = null;
  #summary: AbortController | null = null;
  /** A single text file that may be half of a pair: counts without metadata, or a table of cells. */
  #half: File | null = null;

  get found() {
    return this.open?.found ?? null;
  }

  /** true: the table of counts has no columns of metadata, and no table of cells came with it. */
  get wantsCells(): boolean {
    return (
      this.found?.form === 'text' &&
      this.found.cells_name === '' &&
      this.found.description.columns.length === 0
    );
  }

  async openFiles(files: File[]): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.looking.begin(files.length === 1 ? `Looking at ${files[0]!.name}` : 'Looking at the files');
    try {
      const options = {
        signal: abort.signal,
        onProgress: (p: { fraction: number | null; phase: string }) =>
          this.looking.report(p.fraction, p.phase),
      };
      const opened = await this.#openOrJoin(files, options);
      this.open?.close();
      this.open = opened;
      session.data.hasInput = true;
      this.roles = proposedRoles(opened.found.description);
      this.matrix = opened.found.matrices[0]?.path ?? null;
      this.geneNames = opened.found.geneNames[0]?.column ?? null;
      this.looking.complete(true);
      if (session.data.hasResult) session.data.markOutOfDate('other files were opened');
    } catch (thrown) {
      if (this.#abort !== abort) return;
      if (isCancelled(thrown)) this.looking.stop();
      else this.looking.fail(CoreError.from(thrown));
    }
  }

  /** A second file of text joins the first one, when that alone was not a whole screen. */
  async #openOrJoin(files: File[], options: Parameters<typeof core.open>[1]): Promise<OpenData> {
    const half = this.#half;
    const [only] = files;
    if (half !== null && files.length === 1 && only !== undefined && only.name !== half.name) {
      try {
        const joined = await core.open([half, only], options);
        this.#half = null;
        return joined;
      } catch (thrown) {
        if (isCancelled(thrown)) throw thrown;
      }
    }
    this.#half = files.length === 1 && only !== undefined ? only : null;
    const opened = await core.open(files, options);
    const whole = opened.found.form !== 'text' || opened.found.description.columns.length > 0;
    if (whole) this.#half = null;
    return opened;
  }

  cancelLooking(): void {
    this.#abort?.abort();
  }

  change(roles: Roles): void {
    this.roles = roles;
    session.data.markOutOfDate('the roles were changed');
  }

  chooseMatrix(path: string): void {
    this.matrix = path;
    session.data.markOutOfDate('another matrix was chosen');
  }

  chooseGeneNames(column: string): void {
    this.geneNames = column;
    session.data.markOutOfDate('other gene names were chosen');
  }

  get request(): SummariseRequest {
    return { roles: this.roles, seed: this.seed, matrix: this.matrix, geneNames: this.geneNames };
  }

  async summarise(): Promise<void> {
    const { open } = this;
    const step = session.data;
    if (open === null || step.status === 'running') return;
    this.#summary = new AbortController();
    step.begin('Depth of every cell');
    try {
      const screen = await open.summarise(this.request, {
        signal: this.#summary.signal,
        onProgress: (p) => step.report(p.fraction, p.phase),
      });
      step.complete(screen);
    } catch (thrown) {
      if (isCancelled(thrown)) step.stop();
      else step.fail(inWordsOfThePage(CoreError.from(thrown)));
    }
  }

  cancelSummary(): void {
    this.#summary?.abort();
  }

  close(): void {
    this.open?.close();
    this.open = null;
    session.data.hasInput = false;
    this.#half = null;
    this.roles = noRoles;
  }
}

/** The core's hint names flags of the command line where the page has a choice. */
function inWordsOfThePage(error: CoreError): CoreError {
  const { code, message } = error;
  if (code !== 'roles.no_control') return error;
  const hint = 'Choose the labels of unedited cells under Control, or say below it that there are none.';
  return new CoreError({ code, message, hint });
}

export const opened = new OpenedFiles();
