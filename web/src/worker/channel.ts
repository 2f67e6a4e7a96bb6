import { CoreError, cancelled } from './errors';
import {
  transferablesOf,
  type Answers,
  type FromWorker,
  type JobProgress,
  type RequestKind,
  type RequestOf,
  type ToWorker,
} from './messages';

/** The part of Worker that is used, so that tests can stand in for one. */
export interface WorkerLike {
  postMessage(message: ToWorker, transfer: Transferable[]): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
}

export interface SendOptions {
  onProgress?: ((progress: JobProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** Hand the request's buffers over instead of copying them. */
  transfer?: boolean;
}

interface Pending {
  resolve(answer: never): void;
  reject(error: CoreError): void;
  onProgress: ((progress: JobProgress) => void) | undefined;
}

/** How long a worker may take before it is given up, in milliseconds. */
export const patience = { load: 60_000, cancel: 3_000 };

let nextId = 1;

/** One worker and what was asked of it. It always answers: with a result, a refusal, or a sentence about its own end. */
export class Channel {
  readonly #worker: WorkerLike;
  readonly #pending = new Map<number, Pending>();
  #end: CoreError | null = null;
  #loaded = false;
  readonly #loadTimer: ReturnType<typeof setTimeout>;

  constructor(
    worker: WorkerLike,
    readonly onEnd: (channel: Channel) => void = () => {},
  ) {
    this.#worker = worker;
    worker.onmessage = (event) => this.#receive(event.data);
    worker.onerror = (event) => {
      event.preventDefault?.();
      this.close(
        new CoreError(
          this.#loaded
            ? {
                code: 'worker.crashed',
                message: `The computation stopped unexpectedly${event.message ? `: ${event.message}` : ''}.`,
                hint: 'Run it again; if it stops again, the data may need more memory than this tab has.',
              }
            : {
                code: 'worker.load',
                message: `The computing part of the page could not be loaded${event.message ? `: ${event.message}` : ''}.`,
                hint: 'Reload the page; if that does not help, use a current Firefox, Chrome, Edge or Safari.',
              },
        ),
      );
    };
    worker.onmessageerror = () =>
      this.close(
        new CoreError({
          code: 'worker.message',
          message: 'A result of the computation could not be read.',
          hint: 'Run it again; if it happens again, the result may be too large for this browser.',
        }),
      );
    this.#loadTimer = setTimeout(() => {
      this.close(
        new CoreError({
          code: 'worker.load',
          message: `The computing part of the page did not start within ${patience.load / 1000} seconds.`,
          hint: 'Reload the page; it is a download of a few megabytes.',
        }),
      );
    }, patience.load);
  }

  get ended(): boolean {
    return this.#end !== null;
  }

  send<K extends RequestKind>(
    request: Omit<RequestOf<K>, 'id'> & { kind: K },
    options: SendOptions = {},
  ): { id: number; answer: Promise<Answers[K]> } {
    const id = nextId++;
    const answer = new Promise<Answers[K]>((resolve, reject) => {
      if (this.#end !== null) return reject(this.#end);
      if (options.signal?.aborted === true) return reject(cancelError());
      let timer: ReturnType<typeof setTimeout> | undefined;
      const abort = (): void => {
        this.#worker.postMessage({ kind: 'cancel', id }, []);
        // Asked kindly first; a worker inside a long calculation does not hear, and is replaced.
        timer = setTimeout(() => this.close(cancelError()), patience.cancel);
      };
      const settle = (): void => {
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', abort);
        this.#pending.delete(id);
      };
      this.#pending.set(id, {
        resolve: (value) => (settle(), resolve(value)),
        reject: (error) => (settle(), reject(error)),
        onProgress: options.onProgress,
      });
      options.signal?.addEventListener('abort', abort, { once: true });
      try {
        const message = { ...request, id } as unknown as ToWorker;
        this.#worker.postMessage(message, options.transfer === true ? transferablesOf(request) : []);
      } catch (thrown) {
        this.#pending.get(id)?.reject(CoreError.from(thrown));
      }
    });
    return { id, answer };
  }

  pause(id: number): void {
    if (this.#pending.has(id)) this.#worker.postMessage({ kind: 'pause', id }, []);
  }

  resume(id: number): void {
    if (this.#pending.has(id)) this.#worker.postMessage({ kind: 'resume', id }, []);
  }

  /** Ends the worker; what was under way is refused with `reason`. */
  close(reason: CoreError): void {
    if (this.#end !== null) return;
    this.#end = reason;
    clearTimeout(this.#loadTimer);
    this.#worker.terminate();
    for (const pending of [...this.#pending.values()]) pending.reject(reason);
    this.onEnd(this);
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'loaded':
        this.#loaded = true;
        clearTimeout(this.#loadTimer);
        return;
      case 'not loaded':
        this.close(new CoreError(message.error));
        return;
      case 'progress':
        this.#pending.get(message.id)?.onProgress?.(message.progress);
        return;
      case 'answer':
        this.#pending.get(message.id)?.resolve(message.answer as never);
        return;
      case 'refused':
        this.#pending.get(message.id)?.reject(new CoreError(message.error));
        return;
      default:
        message satisfies never;
    }
  }
}

export function cancelError(): CoreError {
  return new CoreError({ code: cancelled, message: 'Stopped before there was a result.', hint: '' });
}
