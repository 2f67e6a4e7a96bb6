import { push } from 'svelte-spa-router';
import { opened } from '../../state/opened.svelte';
import type { Roles } from '../../state/documents';
import { session } from '../../state/session.svelte';
import { Step } from '../../state/step.svelte';
import { bytesOf, plainRequest } from '../../worker/arrays';
import { core } from '../../worker/core';
import { CoreError, isCancelled } from '../../worker/errors';
import type { StoredText } from '../../worker/message';

interface SimulationDocument {
  kind: 'simulation';
  recipe: { title: string; seed: number };
  truth: { roles: Roles };
  cells: number;
  genes: string[];
  tables: { name: string; text: StoredText }[];
}

/** What was drawn last: the files of `groundwork simulate`. */
export interface Drawn {
  cells: number;
  genes: number;
  files: File[];
}

/** Draws a screen in a worker and opens it with its truth, as an example is opened. */
class SimulateRun {
  readonly step = new Step<null, Drawn>('simulate', 'Simulate', null);
  #abort: AbortController | null = null;

  async start(recipe: Record<string, unknown>): Promise<void> {
    const { step } = this;
    this.#abort = new AbortController();
    step.begin('Drawing cells');
    try {
      const { message, finished } = await core.job<SimulationDocument>(
        'simulate',
        plainRequest({ recipe, text: true }),
        { signal: this.#abort.signal, onProgress: (p) => step.report(p.fraction, p.phase) },
      ).end;
      // Half a screen is not the screen of the recipe.
      if (!finished) return step.stop();
      const { truth, cells, genes, tables } = message.json;
      const file = (name: string, content: BlobPart) => new File([content], name);
      const files = tables.map(({ name, text }) =>
        file(name, bytesOf(message, text) as Uint8Array<ArrayBuffer>),
      );
      files.push(
        file('truth.json', `${JSON.stringify(truth, null, 1)}\n`),
        file('recipe.json', `${JSON.stringify(message.json.recipe, null, 1)}\n`),
      );
      step.complete({ cells, genes: genes.length, files });
      await this.#open(files, message.json);
    } catch (thrown) {
      if (isCancelled(thrown)) step.stop();
      else step.fail(CoreError.from(thrown));
    }
  }

  async #open(files: File[], { truth, recipe }: SimulationDocument): Promise<void> {
    session.example = null;
    await push('/data');
    await opened.openFiles(files.slice(0, 2));
    if (opened.looking.error !== null) return;
    opened.change(truth.roles);
    await opened.summarise();
    // The truth is of this screen and no other: it stands beside its summary, never beside the one before.
    if (session.data.error === null && session.data.reason === null)
      session.example = { title: `${recipe.title || 'This screen'} (seed ${recipe.seed})`, truth };
  }

  cancel(): void {
    this.#abort?.abort();
  }
}

export const simulateRun = new SimulateRun();
