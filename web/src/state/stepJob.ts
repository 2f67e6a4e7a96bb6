import { core } from '../worker/core';
import { CoreError, isCancelled } from '../worker/errors';
import type { CoreMessage } from '../worker/message';
import { project } from './project.svelte';
import type { Step } from './step.svelte';

/**
 * The job behind a step. It goes on while the person looks at other pages, and the last result stays until a new one is whole:
 * a run that was cancelled, or whose project was left meanwhile, changes nothing.
 */
export class StepJob<Document> {
  #stop: AbortController | null = null;

  constructor(
    private readonly command: string,
    private readonly step: Pick<
      Step<unknown, CoreMessage<Document>>,
      'progress' | 'begin' | 'report' | 'stop' | 'complete' | 'fail' | 'markOutOfDate'
    >,
  ) {}

  /** `current`: what the request was made of; if it is another at the end, the result is out of date because of `changed`. */
  async run(phase: string, request: CoreMessage, current: () => unknown, changed: string): Promise<void> {
    const { step } = this;
    if (step.progress !== null) return;
    const { generation } = project;
    const stop = new AbortController();
    this.#stop = stop;
    const before = current();
    step.begin(phase);
    try {
      const { message, finished } = await core.job<Document>(this.command, request, {
        signal: stop.signal,
        onProgress: (progress) => step.report(progress.fraction, progress.phase),
      }).end;
      if (project.generation !== generation) return;
      if (!finished) step.stop();
      else {
        step.complete(message);
        if (current() !== before) step.markOutOfDate(changed);
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
