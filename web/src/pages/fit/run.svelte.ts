import { requestWith } from '../../worker/arrays';
import type { RunningJob } from '../../worker/client';
import { core } from '../../worker/core';
import { CoreError, isCancelled } from '../../worker/errors';
import type { CoreMessage } from '../../worker/message';
import type { JobProgress } from '../../worker/messages';
import type { FitDocument } from '../../state/documents';
import { project } from '../../state/project.svelte';
import { session } from '../../state/session.svelte';
import { factsOf, fitRequest, recommendedRequest, workOf, type FitChoices } from './choices';

export interface Curves {
  epoch: number[];
  train: (number | null)[];
  inner: (number | null)[];
  drift: (number | null)[];
}

interface FitProgress extends JobProgress {
  curves?: Curves;
}

/** Points of a curve that is drawn while it grows. */
const points = 200;

/** At most so many points of each curve, evenly, the last one among them. */
export function thinned(curves: Curves): Curves {
  const count = curves.epoch.length;
  if (count <= points) return curves;
  const at = Array.from({ length: points }, (_, i) => Math.round((i * (count - 1)) / (points - 1)));
  const pick = <T>(values: T[]) => at.map((i) => values[i]!);
  return {
    epoch: pick(curves.epoch),
    train: pick(curves.train),
    inner: pick(curves.inner),
    drift: pick(curves.drift),
  };
}

export interface MemberState {
  number: number;
  phase: string;
  fraction: number;
  curves: Curves | null;
}

/** The part of the client that a run needs. */
export interface FitCore {
  readonly workers: number;
  job<Document, P extends JobProgress>(
    command: string,
    request: CoreMessage,
    options: { onProgress?: (progress: P) => void; signal?: AbortSignal; slice?: number },
  ): RunningJob<Document>;
  call<Document>(command: string, request: CoreMessage): Promise<CoreMessage<Document>>;
}

type FitMessage = CoreMessage<FitDocument>;

/**
 * A fit under way: its members are trained side by side, one a worker, and put together at the end. It goes on while the person
 * looks at other pages. Stopped early, it keeps what is trained so far.
 */
export class FitRun {
  members: MemberState[] = $state.raw([]);
  paused = $state(false);
  /** What one of `members` is: a member of an ensemble, or a share of what is tried. */
  memberName = $state('Member');
  /** What became of the last run, where that is worth saying. */
  notice = $state('');
  /** Seconds of a member for each unit of work, as last measured. */
  rate: number | null = $state(null);

  #jobs: RunningJob<FitDocument>[] = [];
  #stop: AbortController | null = null;

  #news = new Map<number, FitProgress>();
  #flush: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly from: FitCore = core,
    /** Milliseconds between two looks at the progress: drawing must not keep the person from pausing. */
    private readonly pace = 400,
  ) {}

  get workers(): number {
    return this.from.workers;
  }

  async start(choices: FitChoices): Promise<void> {
    const screen = session.data.result;
    const step = session.fit;
    if (screen === null || step.progress !== null) return;
    const facts = factsOf(screen.json);
    const { generation } = project;
    const stop = new AbortController();
    this.#stop = stop;
    this.#jobs = [];
    this.paused = false;
    this.notice = '';
    const chooses = choices.model === 'recommended';
    const count = chooses ? this.from.workers : choices.members;
    this.memberName = chooses ? 'Worker' : 'Member';
    this.members = Array.from({ length: count }, (_, number) => ({
      number,
      phase: 'waiting',
      fraction: 0,
      curves: null,
    }));
    step.begin('Preparing');
    const started = performance.now();
    const done: FitMessage[] = [];
    let unfinished = 0;
    const waiting = this.members.map((member) => member.number);
    const trainNext = async (): Promise<void> => {
      for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
        if (stop.signal.aborted) return;
        const request = chooses
          ? recommendedRequest(choices, facts, { index: number, of: count })
          : fitRequest(choices, facts, number);
        const end = await this.#train(number, screen, request, stop.signal);
        if (end === null) continue;
        done.push(end.message);
        if (!end.finished) unfinished += 1;
      }
    };
    try {
      const lanes = Math.min(count, this.from.workers);
      await Promise.all(Array.from({ length: lanes }, trainNext)).catch((thrown: unknown) => {
        stop.abort();
        throw thrown;
      });
      if (chooses && stop.signal.aborted) {
        step.stop();
        this.notice = 'Stopped: nothing is chosen before every candidate is tried' + this.#kept();
        return;
      }
      if (done.length === 0) {
        step.stop();
        this.notice = 'Stopped before anything was trained' + this.#kept();
        return;
      }
      step.report(0.99, chooses ? 'Choosing' : 'Putting the members together');
      const result = chooses
        ? await this.#choose(recommendedRequest(choices, facts, null), screen, done)
        : await this.#combine(done);
      // Another project was opened meanwhile: this result is not of it.
      if (project.generation !== generation) return;
      step.complete(result);
      if (session.data.result !== screen) step.markOutOfDate('Data changed while the fit ran');
      if (stop.signal.aborted) {
        const whole = done.length - unfinished;
        this.notice = `Stopped early: ${whole} of ${choices.members} members trained to their end${unfinished > 0 ? `, ${unfinished} as far as they came` : ''}. The result below is what they say.`;
      } else {
        const rounds = chooses ? 1 / lanes : Math.ceil(choices.members / lanes);
        this.rate = (performance.now() - started) / 1000 / rounds / workOf(choices, facts);
      }
    } catch (thrown) {
      if (project.generation === generation) step.fail(CoreError.from(thrown));
    } finally {
      clearTimeout(this.#flush);
      this.#flush = undefined;
      this.#news.clear();
      this.#stop = null;
      this.#jobs = [];
      this.members = [];
    }
  }

  pause(): void {
    this.paused = true;
    for (const job of this.#jobs) job.pause();
  }

  resume(): void {
    this.paused = false;
    for (const job of this.#jobs) job.resume();
  }

  cancel(): void {
    this.#stop?.abort();
  }

  #kept(): string {
    return session.fit.hasResult ? '; the result before it is still below.' : '.';
  }

  async #train(
    number: number,
    data: CoreMessage<{ kind?: string }>,
    options: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<{ message: FitMessage; finished: boolean } | null> {
    const job = this.from.job<FitDocument, FitProgress>(
      'fit',
      requestWith(options, { [data.json.kind ?? 'screen']: data }),
      {
        signal,
        slice: 200,
        onProgress: (progress) => this.#hear(number, progress),
      },
    );
    this.#jobs.push(job);
    if (this.paused) job.pause();
    try {
      return await job.end;
    } catch (thrown) {
      if (isCancelled(thrown) && signal.aborted) return null;
      throw thrown;
    } finally {
      this.#jobs = this.#jobs.filter((other) => other !== job);
    }
  }

  #hear(number: number, progress: FitProgress): void {
    this.#news.set(number, progress);
    if (this.pace === 0) this.#show();
    else this.#flush ??= setTimeout(() => this.#show(), this.pace);
  }

  #show(): void {
    this.#flush = undefined;
    const news = this.#news;
    this.#news = new Map();
    if (this.members.length === 0) return;
    this.members = this.members.map((member) => {
      const progress = news.get(member.number);
      if (progress === undefined) return member;
      return {
        number: member.number,
        // A member is a fit of one: the number that it calls itself is not its own.
        phase: progress.phase.replace(/^Member \d+ of \d+: /, ''),
        fraction: progress.fraction ?? 0,
        curves: progress.curves ? thinned(progress.curves) : member.curves,
      };
    });
    const total = this.members.reduce((sum, member) => sum + member.fraction, 0);
    session.fit.report((0.99 * total) / this.members.length, this.paused ? 'Paused' : 'Training');
  }

  async #choose(
    options: Record<string, unknown>,
    data: CoreMessage<{ kind?: string }>,
    parts: FitMessage[],
  ): Promise<FitMessage> {
    const request = requestWith(options, { [data.json.kind ?? 'screen']: data, parts });
    return (await this.from.job<FitDocument, FitProgress>('fit', request, { slice: 200 }).end).message;
  }

  async #combine(done: FitMessage[]): Promise<FitMessage> {
    if (done.length === 1) return done[0]!;
    const inOrder = done.toSorted((a, b) => a.json.members[0]!.number - b.json.members[0]!.number);
    return this.from.call<FitDocument>('combine', requestWith({}, { fits: inOrder }));
  }
}

export const fitRun = new FitRun();
