import type { WorkerLike } from '../../web/src/worker/channel';
import type { FromWorker, ToWorker } from '../../web/src/worker/messages';

/** Stands in for a worker: keeps what it was sent, and says what the test lets it say. */
export class FakeWorker implements WorkerLike {
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;
  onmessageerror: ((event: MessageEvent) => void) | null = null;
  readonly received: ToWorker[] = [];
  terminated = false;

  postMessage(message: ToWorker): void {
    this.received.push(message);
  }

  terminate(): void {
    this.terminated = true;
  }

  say(message: FromWorker): void {
    this.onmessage?.({ data: message } as MessageEvent<FromWorker>);
  }

  load(): this {
    this.say({ kind: 'loaded', version: 'test' });
    return this;
  }

  crash(message: string): void {
    this.onerror?.({ message, preventDefault: () => {} } as ErrorEvent);
  }

  /** Id of the last request (not of a signal). */
  get lastId(): number {
    return this.received.filter(({ kind }) => !['pause', 'resume', 'cancel'].includes(kind)).at(-1)!.id;
  }
}
