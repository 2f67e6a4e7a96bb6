import type { DesignSession, GroundworkModule } from 'groundwork-core';
import { OpenedData } from '../io/opened';
import { packProject, unpackProject } from '../io/archive';
import { CoreError } from './errors';
import { Jobs } from './jobs';
import {
  transferablesOf,
  type Answers,
  type FromWorker,
  type JobProgress,
  type Request,
  type RequestKind,
  type ToWorker,
} from './messages';
import { messageFrom, unwrap } from './reply';

export type Post = (message: FromWorker, transfer: Transferable[]) => void;

/** Answers requests with one instance of the core. Runs in a worker; tests run it in Node. */
export class Server {
  readonly #jobs = new Jobs();
  readonly #designs = new Map<number, DesignSession>();
  #nextDesign = 1;
  #data: OpenedData | null = null;

  constructor(
    private readonly module: GroundworkModule,
    private readonly post: Post,
  ) {}

  async receive(message: ToWorker): Promise<void> {
    switch (message.kind) {
      case 'pause':
        return this.#jobs.pause(message.id);
      case 'resume':
        return this.#jobs.resume(message.id);
      case 'cancel':
        return this.#jobs.cancel(message.id);
      default:
        return this.#reply(message);
    }
  }

  async #reply(request: Request): Promise<void> {
    try {
      const answer = await this.#answer(request);
      this.post({ kind: 'answer', id: request.id, answer }, transferablesOf(answer));
    } catch (thrown) {
      this.post({ kind: 'refused', id: request.id, error: errorOf(thrown).fields }, []);
    } finally {
      this.#jobs.forget(request.id);
    }
  }

  async #answer(request: Request): Promise<Answers[RequestKind]> {
    const { module } = this;
    const report = (progress: JobProgress): void =>
      this.post({ kind: 'progress', id: request.id, progress }, []);
    switch (request.kind) {
      case 'version':
        return module.version();
      case 'call': {
        const { json, bytes } = request.request;
        return messageFrom(module.call(request.command, JSON.stringify(json), bytes));
      }
      case 'job': {
        const { json, bytes } = request.request;
        const { job } = unwrap(module.startJob(request.command, JSON.stringify(json), bytes));
        return await this.#jobs.run(request.id, job, request.slice, report);
      }
      case 'design.open': {
        const { json, bytes } = request.request;
        const { session } = unwrap(module.newDesignSession(JSON.stringify(json), bytes));
        this.#designs.set(this.#nextDesign, session);
        return this.#nextDesign++;
      }
      case 'design.update':
        return JSON.parse(
          unwrap(this.#design(request.session).update(JSON.stringify(request.variances))).json,
        );
      case 'design.setCells':
        unwrap(this.#design(request.session).setCells(request.rows, request.batches, request.cells));
        return null;
      case 'design.rows':
        return messageFrom(this.#design(request.session).rows(request.first, request.count)).json;
      case 'design.errors':
        return messageFrom(this.#design(request.session).standardErrors());
      case 'design.close':
        this.#design(request.session).delete();
        this.#designs.delete(request.session);
        return null;
      case 'data.open':
        this.#data?.close();
        this.#data = null;
        this.#data = await OpenedData.open(
          module,
          request.files,
          request.metadata,
          report,
          this.#jobs.token(request.id),
        );
        return this.#data.found;
      case 'data.summarise':
        if (this.#data === null) throw noData();
        return await this.#data.summarise(request.request, report, this.#jobs.token(request.id));
      case 'data.close':
        this.#data?.close();
        this.#data = null;
        return null;
      case 'project.pack':
        return packProject(request.entries);
      case 'project.unpack':
        return await unpackProject(request.file);
      default:
        return request satisfies never;
    }
  }

  #design(session: number): DesignSession {
    const design = this.#designs.get(session);
    if (design === undefined) {
      throw new CoreError({
        code: 'design.closed',
        message: 'This layout is no longer open.',
        hint: 'Change any of its settings to open it again.',
      });
    }
    return design;
  }
}

function noData(): CoreError {
  return new CoreError({
    code: 'data.not_open',
    message: 'There are no open files to summarise.',
    hint: 'Choose the files again.',
  });
}

function errorOf(thrown: unknown): CoreError {
  if (thrown instanceof RangeError && /memory|allocation|array length/i.test(thrown.message)) {
    return new CoreError({
      code: 'memory.exhausted',
      message: `There is not enough memory for this: ${thrown.message}.`,
      hint: 'Close other tabs, or use the command line.',
    });
  }
  return CoreError.from(thrown);
}
