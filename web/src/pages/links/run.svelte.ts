import { requestWith } from '../../worker/arrays';
import { core } from '../../worker/core';
import { CoreError, isCancelled } from '../../worker/errors';
import type { LinksDocument } from '../../state/links';
import { project } from '../../state/project.svelte';
import { session } from '../../state/session.svelte';

/** Work on the links of the fit; it goes on while the person looks at other pages. The last result stays until a new one is whole. */
class LinksRun {
  #stop: AbortController | null = null;

  async start(): Promise<void> {
    const fit = session.fit.result;
    const step = session.links;
    if (fit === null || step.progress !== null) return;
    const { generation } = project;
    const { medium, starts } = step.parameters;
    const stop = new AbortController();
    this.#stop = stop;
    step.begin('Looking for the rest of unedited cells');
    try {
      const request = requestWith({ ...(medium === null ? {} : { medium }), starts }, { fit });
      const { message, finished } = await core.job<LinksDocument>('links', request, {
        signal: stop.signal,
        onProgress: (progress) => step.report(progress.fraction, progress.phase),
      }).end;
      if (project.generation !== generation) return;
      if (!finished) step.stop();
      else {
        step.complete(message);
        if (session.fit.result !== fit) step.markOutOfDate('Fit changed while this ran');
      }
    } catch (thrown) {
      if (project.generation !== generation) return;
      if (isCancelled(thrown) && stop.signal.aborted) step.stop();
      else step.fail(CoreError.from(thrown));
    } finally {
      this.#stop = null;
    }
  }

  cancel(): void {
    this.#stop?.abort();
  }
}

export const linksRun = new LinksRun();
