import { requestWith } from '../../worker/arrays';
import { core } from '../../worker/core';
import { CoreError, isCancelled } from '../../worker/errors';
import type { AuditDocument } from '../../state/documents';
import { project } from '../../state/project.svelte';
import { session } from '../../state/session.svelte';

/** An audit under way; it goes on while the person looks at other pages. The last result stays until a new one is whole. */
class AuditRun {
  #stop: AbortController | null = null;

  async start(): Promise<void> {
    const { screen } = session;
    const step = session.audit;
    if (screen === null || step.progress !== null) return;
    const { generation } = project;
    const stop = new AbortController();
    this.#stop = stop;
    step.begin('Preparing');
    try {
      const { message, finished } = await core.job<AuditDocument>('audit', requestWith({}, { screen }), {
        signal: stop.signal,
        onProgress: (progress) => step.report(progress.fraction, progress.phase),
      }).end;
      if (project.generation !== generation) return;
      if (!finished) step.stop();
      else {
        step.complete(message);
        if (session.data.result !== screen) step.markOutOfDate('Data changed while the audit ran');
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

export const auditRun = new AuditRun();
