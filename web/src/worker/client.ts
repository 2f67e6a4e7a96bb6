import type { FoundData, SummariseRequest } from '../io/found';
import type { ScreenDocument } from '../state/documents';
import { Channel, type WorkerLike } from './channel';
import { CoreError } from './errors';
import type { CoreMessage, StoredVector } from './message';
import type { JobEnd, JobProgress, ProjectEntries } from './messages';
import { Pool } from './pool';

export interface JobOptions<P extends JobProgress = JobProgress> {
  onProgress?: (progress: P) => void;
  /** Aborting stops the job between two slices; `end` then resolves with the last snapshot, where there is one. */
  signal?: AbortSignal;
  /** Milliseconds of work between two looks at the messages. */
  slice?: number;
}

/** A job under way. `end` rejects with code `job.cancelled` when it was stopped before there was a snapshot. */
export interface RunningJob<Document> {
  end: Promise<JobEnd<Document>>;
  pause(): void;
  resume(): void;
}

export interface DataOptions {
  /** Opening only: columns of a table of counts that are no genes although they look like counts. */
  metadata?: string[];
  onProgress?: (progress: JobProgress) => void;
  signal?: AbortSignal;
}

/** Files that were opened: they stay open in a worker of their own until closed. */
export class OpenData {
  constructor(
    readonly found: FoundData,
    readonly channel: Channel,
  ) {}

  async summarise(
    request: SummariseRequest,
    options: DataOptions = {},
  ): Promise<CoreMessage<ScreenDocument>> {
    const message = await this.channel.send({ kind: 'data.summarise', request }, options).answer;
    return message as CoreMessage<ScreenDocument>;
  }

  close(): void {
    this.channel.close(
      new CoreError({ code: 'data.closed', message: 'These files were closed.', hint: 'Open them again.' }),
    );
  }
}

/** A layout held in a worker, so that a slider's answer is only a small reply. */
export class OpenDesign<Summary = unknown, Rows = unknown> {
  constructor(
    private readonly channel: Channel,
    private readonly session: number,
  ) {}

  async update(variances: unknown): Promise<Summary> {
    return (await this.channel.send({ kind: 'design.update', session: this.session, variances })
      .answer) as Summary;
  }

  async setCell(row: number, batch: number, cells: number): Promise<void> {
    await this.setCells([{ row, batch, cells }]);
  }

  async setCells(changes: { row: number; batch: number; cells: number }[]): Promise<void> {
    await this.channel.send({
      kind: 'design.setCells',
      session: this.session,
      rows: Int32Array.from(changes, ({ row }) => row),
      batches: Int32Array.from(changes, ({ batch }) => batch),
      cells: Float64Array.from(changes, ({ cells }) => cells),
    }).answer;
  }

  async rows(first: number, count: number): Promise<Rows> {
    return (await this.channel.send({ kind: 'design.rows', session: this.session, first, count })
      .answer) as Rows;
  }

  /** Standard errors of all contrasts; NaN where one is not estimable. */
  async standardErrors(): Promise<CoreMessage<{ se: StoredVector }>> {
    const message = await this.channel.send({ kind: 'design.errors', session: this.session }).answer;
    return message as CoreMessage<{ se: StoredVector }>;
  }

  async close(): Promise<void> {
    await this.channel.send({ kind: 'design.close', session: this.session }).answer;
  }
}

/** What pages use of the core. Every promise settles: with a result, or with a CoreError. */
export class CoreClient {
  readonly #pool: Pool;
  /** Short commands must not wait behind the members of a fit. */
  readonly #calls: Pool;
  /** Sliders must not wait behind a slice of a fit: designs have a worker of their own. */
  #designs: Channel | null = null;

  constructor(
    private readonly start: () => WorkerLike,
    readonly workers: number,
  ) {
    this.#pool = new Pool(workers, start);
    this.#calls = new Pool(1, start);
  }

  version(): Promise<string> {
    return this.#pool.run((channel) => channel.send({ kind: 'version' }).answer);
  }

  async call<Document>(
    command: string,
    request: CoreMessage,
    options: { signal?: AbortSignal } = {},
  ): Promise<CoreMessage<Document>> {
    const message = await this.#calls.run(
      (channel) => channel.send({ kind: 'call', command, request }, options).answer,
      options.signal,
    );
    return message as CoreMessage<Document>;
  }

  job<Document, P extends JobProgress = JobProgress>(
    command: string,
    request: CoreMessage,
    options: JobOptions<P> = {},
  ): RunningJob<Document> {
    let under: { channel: Channel; id: number } | null = null;
    let paused = false;
    const end = this.#pool.run(async (channel) => {
      const { id, answer } = channel.send(
        { kind: 'job', command, request, slice: options.slice ?? 100 },
        { onProgress: options.onProgress as (progress: JobProgress) => void, signal: options.signal },
      );
      under = { channel, id };
      if (paused) channel.pause(id);
      return (await answer) as JobEnd<Document>;
    }, options.signal);
    return {
      end,
      pause: () => {
        paused = true;
        under?.channel.pause(under.id);
      },
      resume: () => {
        paused = false;
        under?.channel.resume(under.id);
      },
    };
  }

  async design<Summary = unknown, Rows = unknown>(request: CoreMessage): Promise<OpenDesign<Summary, Rows>> {
    if (this.#designs === null || this.#designs.ended) this.#designs = new Channel(this.start());
    const channel = this.#designs;
    const session = await channel.send({ kind: 'design.open', request }).answer;
    return new OpenDesign<Summary, Rows>(channel, session);
  }

  /** Looks at the files and says what is in them. Text is read once for that, HDF5 only where it is asked. */
  async open(files: File[], options: DataOptions = {}): Promise<OpenData> {
    const channel = new Channel(this.start());
    try {
      const { metadata = [] } = options;
      return new OpenData(
        await channel.send({ kind: 'data.open', files, metadata }, options).answer,
        channel,
      );
    } catch (thrown) {
      channel.close(CoreError.from(thrown));
      throw thrown;
    }
  }

  pack(entries: ProjectEntries): Promise<Uint8Array> {
    return this.#pool.run((channel) => channel.send({ kind: 'project.pack', entries }).answer);
  }

  unpack(file: Blob): Promise<ProjectEntries> {
    return this.#pool.run((channel) => channel.send({ kind: 'project.unpack', file }).answer);
  }
}
