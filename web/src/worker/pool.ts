import { Channel, cancelError, type WorkerLike } from './channel';

/**
 * A pool of plain workers, each with its own instance of the core. They are started when they are first needed; a task has a
 * worker to itself, and waits in line while all are busy. A worker that ended is replaced by the next task.
 */
export class Pool {
  readonly #idle: Channel[] = [];
  readonly #waiting: ((channel: Channel) => void)[] = [];
  #alive = 0;

  constructor(
    readonly size: number,
    readonly start: () => WorkerLike,
  ) {}

  async run<T>(task: (channel: Channel) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const channel = await this.#acquire(signal);
    try {
      return await task(channel);
    } finally {
      this.#release(channel);
    }
  }

  #acquire(signal: AbortSignal | undefined): Promise<Channel> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return Promise.resolve(idle);
    if (this.#alive < this.size) return Promise.resolve(this.#startOne());
    return new Promise((resolve, reject) => {
      const take = (channel: Channel): void => {
        signal?.removeEventListener('abort', leave);
        resolve(channel);
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        reject(cancelError());
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(take);
    });
  }

  #startOne(): Channel {
    this.#alive += 1;
    return new Channel(this.start(), (ended) => {
      this.#alive -= 1;
      const place = this.#idle.indexOf(ended);
      if (place >= 0) this.#idle.splice(place, 1);
    });
  }

  #release(channel: Channel): void {
    const next = this.#waiting.shift();
    if (next !== undefined) next(channel.ended ? this.#startOne() : channel);
    else if (!channel.ended) this.#idle.push(channel);
  }
}
