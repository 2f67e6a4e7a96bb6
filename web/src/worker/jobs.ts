import type { Job } from 'groundwork-core';
import { cancelError } from './channel';
import { CoreError } from './errors';
import type { JobEnd, JobProgress } from './messages';
import { messageFrom, unwrap } from './reply';

/** Lets the messages in that arrived while the worker was busy. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Whether a request under way was asked to stop. */
export class CancelToken {
  cancelled = false;

  /** Lets messages in and throws `job.cancelled` when one of them said so. */
  async pass(): Promise<void> {
    await nextTurn();
    if (this.cancelled) throw cancelError();
  }
}

interface Running {
  token: CancelToken;
  /** Settles when a paused job may go on. */
  gate: Promise<void> | null;
  open: () => void;
}

/** The work of a worker that goes in slices: jobs, and reading files. */
export class Jobs {
  readonly #running = new Map<number, Running>();

  token(id: number): CancelToken {
    const running = this.#running.get(id) ?? { token: new CancelToken(), gate: null, open: () => {} };
    this.#running.set(id, running);
    return running.token;
  }

  pause(id: number): void {
    const running = this.#running.get(id);
    if (running === undefined || running.gate !== null) return;
    running.gate = new Promise((resolve) => {
      running.open = () => {
        running.gate = null;
        resolve();
      };
    });
  }

  resume(id: number): void {
    this.#running.get(id)?.open();
  }

  cancel(id: number): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    running.token.cancelled = true;
    running.open();
  }

  forget(id: number): void {
    this.#running.delete(id);
  }

  /** Advances a job to its end, or until it is cancelled: then the last snapshot is the answer, where there is one. */
  async run(id: number, job: Job, slice: number, report: (progress: JobProgress) => void): Promise<JobEnd> {
    const token = this.token(id);
    try {
      for (;;) {
        const { done } = unwrap(job.advance(slice));
        report(JSON.parse(unwrap(job.progress()).json) as JobProgress);
        if (done) return { message: messageFrom(job.result()), finished: true };
        await nextTurn();
        await this.#running.get(id)?.gate;
        if (token.cancelled) return { message: snapshotOf(job), finished: false };
      }
    } finally {
      job.delete();
    }
  }
}

function snapshotOf(job: Job): JobEnd['message'] {
  try {
    return messageFrom(job.result());
  } catch (thrown) {
    if (thrown instanceof CoreError) throw cancelError();
    throw thrown;
  }
}
