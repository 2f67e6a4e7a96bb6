import { core } from '../worker/core';
import { isCancelled, CoreError } from '../worker/errors';
import type { DataOptions, OpenData } from '../worker/client';
import type { SummariseRequest } from '../io/found';
import { keptRoles, proposedRoles, noRoles } from '../pages/data/roles';
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
  /** Columns of a table of counts that the person says are no genes. */
  metadata: string[] = $state.raw([]);
  /** Files whose columns are not all counts: they can be read again when the person says which are no genes. */
  refused: File[] | null = $state.raw(null);
  /** Looking at files: a step of its own, so that its progress and its failure have a place. */
  readonly looking = new Step<null, true>('open', 'Files', null);
  #abort: AbortController | null = null;
  #summary: AbortController | null = null;
  /** A single text file that may be half of a pair: counts without metadata, or a table of cells. */
  #half: File | null = null;
  /** What is open, to be read again when it is to be read differently. */
  #files: File[] = [];

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
    await this.#look(
      files,
      [],
      (options) => this.#openOrJoin(files, options),
      ({ found }) => {
        this.roles = proposedRoles(found.description);
        return 'other files were opened';
      },
    );
  }

  /** Reads the table of counts again with these columns taken for metadata; the roles chosen so far stay. */
  async chooseMetadata(names: string[]): Promise<void> {
    const again = this.refused === null;
    const before = again ? this.found : null;
    const files = this.refused ?? this.#files;
    if (files.length === 0) return;
    await this.#look(
      files,
      names,
      (options) => core.open(files, options),
      ({ found }) => {
        const { description } = found;
        this.roles =
          before === null
            ? proposedRoles(description)
            : keptRoles(this.roles, before.description, description);
        this.#files = files;
        return before === null ? 'other files were opened' : 'other columns are genes';
      },
    );
  }

  /** Opens files and, when that went well, puts them in the place of those that are open. */
  async #look(
    files: File[],
    metadata: string[],
    open: (options: DataOptions) => Promise<OpenData>,
    settle: (opened: OpenData) => string,
  ): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.looking.begin(files.length === 1 ? `Looking at ${files[0]!.name}` : 'Looking at the files');
    try {
      const options = {
        metadata,
        signal: abort.signal,
        onProgress: (p: { fraction: number | null; phase: string }) =>
          this.looking.report(p.fraction, p.phase),
      };
      const opened = await open(options);
      this.open?.close();
      this.open = opened;
      this.metadata = metadata;
      this.refused = null;
      session.data.hasInput = true;
      const reason = settle(opened);
      this.matrix = opened.found.matrices[0]?.path ?? null;
      this.geneNames = opened.found.geneNames[0]?.column ?? null;
      this.looking.complete(true);
      if (session.data.hasResult) session.data.markOutOfDate(reason);
    } catch (thrown) {
      if (this.#abort !== abort) return;
      if (isCancelled(thrown)) this.looking.stop();
      else {
        const error = CoreError.from(thrown);
        if (error.code === 'counts.not_counts') this.refused = files;
        this.looking.fail(inWordsOfThePage(error));
      }
    }
  }

  /** A second file of text joins the first one, when that alone was not a whole screen. */
  async #openOrJoin(files: File[], options: DataOptions): Promise<OpenData> {
    const half = this.#half;
    const [only] = files;
    if (half !== null && files.length === 1 && only !== undefined && only.name !== half.name) {
      try {
        const joined = await core.open([half, only], options);
        this.#half = null;
        this.#files = [half, only];
        return joined;
      } catch (thrown) {
        if (isCancelled(thrown)) throw thrown;
      }
    }
    this.#half = files.length === 1 && only !== undefined ? only : null;
    const opened = await core.open(files, options);
    const whole = opened.found.form !== 'text' || opened.found.description.columns.length > 0;
    if (whole) this.#half = null;
    this.#files = files;
    return opened;
  }

  dismissRefusal(): void {
    this.looking.error = null;
    this.refused = null;
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

  chooseSeed(seed: number): void {
    this.seed = seed;
    session.data.markOutOfDate('another seed was chosen');
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
    this.#files = [];
    this.metadata = [];
    this.refused = null;
    this.roles = noRoles;
  }
}

const hints: Record<string, string | undefined> = {
  'roles.no_control':
    'Choose the labels of unedited cells under Control, or say below it that there are none.',
  'counts.not_counts':
    'Give raw counts, not normalised or log values. A column that is no gene can be named below, under "Columns that are no genes".',
};

/** The core's hint names flags of the command line where the page has a choice. */
function inWordsOfThePage(error: CoreError): CoreError {
  const { code, message } = error;
  const hint = hints[code];
  return hint === undefined ? error : new CoreError({ code, message, hint });
}

export const opened = new OpenedFiles();
