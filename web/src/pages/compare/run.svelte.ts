import type { ComparisonDocument, PlannedComparison } from '../../state/comparison';
import type { DataDocument } from '../../state/documents';
import { project } from '../../state/project.svelte';
import { session } from '../../state/session.svelte';
import { requestWith } from '../../worker/arrays';
import type { RunningJob } from '../../worker/client';
import { core } from '../../worker/core';
import { CoreError, isCancelled } from '../../worker/errors';
import type { CoreMessage } from '../../worker/message';
import type { JobProgress } from '../../worker/messages';
import type { FitCore } from '../fit/run.svelte';
import { compareRequest, type CompareChoices } from './choices';

type ComparisonMessage = CoreMessage<ComparisonDocument>;

interface PartState {
  fraction: number;
  phase: string;
}

/**
 * A comparison under way: its units are dealt to the workers by the core, one part a worker, and put together at the end. It goes
 * on while the person looks at other pages. Stopped early, it keeps the folds that are finished.
 */
export class CompareRun {
  parts: PartState[] = $state.raw([]);
  paused = $state(false);
  notice = $state('');
  /** Seconds for each unit of work on one worker, as last measured. */
  rate: number | null = $state(null);

  #jobs: RunningJob<ComparisonDocument>[] = [];
  #stop: AbortController | null = null;
  #flush: ReturnType<typeof setTimeout> | undefined;
  #news = new Map<number, JobProgress>();

  constructor(
    private readonly from: FitCore = core,
    /** Milliseconds between two looks at the progress. */
    private readonly pace = 400,
  ) {}

  get workers(): number {
    return this.from.workers;
  }

  /** What would be held out and trained; refuses what the comparison would refuse. */
  async plan(choices: CompareChoices, experiment: boolean): Promise<PlannedComparison | null> {
    const data = session.data.result;
    if (data === null) return null;
    const answer = await this.from.call<PlannedComparison>(
      'plan_comparison',
      requestWith(compareRequest(choices, experiment, null), { [data.json.kind]: data }),
    );
    return answer.json;
  }

  async start(choices: CompareChoices, experiment: boolean): Promise<void> {
    const data = session.data.result;
    const step = session.compare;
    if (data === null || step.progress !== null) return;
    const { generation } = project;
    const stop = new AbortController();
    this.#stop = stop;
    this.#jobs = [];
    this.#news.clear();
    this.paused = false;
    this.notice = '';
    step.begin('Preparing');
    const started = performance.now();
    try {
      const plan = await this.plan(choices, experiment);
      if (plan === null) return step.stop();
      const of = Math.max(1, Math.min(plan.units, this.from.workers));
      this.parts = Array.from({ length: of }, () => ({ fraction: 0, phase: 'waiting' }));
      const run = (index: number) => this.#part(index, of, data, choices, experiment, stop.signal);
      const ends = await Promise.all(this.parts.map((_, index) => run(index))).catch((thrown: unknown) => {
        stop.abort();
        throw thrown;
      });
      const done = ends.filter((end) => end !== null);
      if (done.length === 0) {
        step.stop();
        this.notice = 'Stopped before a fold was finished' + this.#kept();
        return;
      }
      step.report(0.99, 'Scoring');
      const result = await this.from.call<ComparisonDocument>(
        'combine_comparisons',
        requestWith({}, { comparisons: done }),
      );
      if (project.generation !== generation) return;
      step.complete(result);
      if (session.data.result !== data) step.markOutOfDate('Data changed while the comparison ran');
      if (stop.signal.aborted) {
        const folds = result.json.results?.folds_scored ?? [];
        this.notice = `Stopped early: ${folds.filter((scored) => scored).length} of ${folds.length} folds were finished. The result below is what they say.`;
      } else if (plan.work > 0) {
        this.rate = (((performance.now() - started) / 1000) * of) / plan.work;
      }
    } catch (thrown) {
      if (project.generation !== generation) return;
      const error = CoreError.from(thrown);
      if (stop.signal.aborted && error.fields.code === 'compare.unfinished') {
        step.stop();
        this.notice = 'Stopped before a fold was finished' + this.#kept();
      } else {
        step.fail(error);
      }
    } finally {
      clearTimeout(this.#flush);
      this.#flush = undefined;
      this.#stop = null;
      this.#jobs = [];
      this.parts = [];
    }
  }

  pause(): void {
    this.paused = true;
    for (const job of this.#jobs) job.pause();
    this.#show();
  }

  resume(): void {
    this.paused = false;
    for (const job of this.#jobs) job.resume();
  }

  cancel(): void {
    this.#stop?.abort();
  }

  #kept(): string {
    return session.compare.hasResult ? '; the result before it is still below.' : '.';
  }

  async #part(
    index: number,
    of: number,
    data: CoreMessage<DataDocument>,
    choices: CompareChoices,
    experiment: boolean,
    signal: AbortSignal,
  ): Promise<ComparisonMessage | null> {
    const request = requestWith(compareRequest(choices, experiment, { index, of }), {
      [data.json.kind]: data,
    });
    const job = this.from.job<ComparisonDocument, JobProgress>('compare', request, {
      signal,
      slice: 200,
      onProgress: (progress) => this.#hear(index, progress),
    });
    this.#jobs.push(job);
    if (this.paused) job.pause();
    try {
      return (await job.end).message;
    } catch (thrown) {
      if (isCancelled(thrown) && signal.aborted) return null;
      throw thrown;
    }
  }

  #hear(index: number, progress: JobProgress): void {
    this.#news.set(index, progress);
    if (this.pace === 0) this.#show();
    else this.#flush ??= setTimeout(() => this.#show(), this.pace);
  }

  #show(): void {
    clearTimeout(this.#flush);
    this.#flush = undefined;
    if (this.parts.length === 0) return;
    this.parts = this.parts.map((part, index) => {
      const news = this.#news.get(index);
      return news === undefined ? part : { fraction: news.fraction ?? 0, phase: news.phase };
    });
    const total = this.parts.reduce((sum, part) => sum + part.fraction, 0);
    session.compare.report((0.99 * total) / this.parts.length, this.paused ? 'Paused' : 'Comparing');
  }
}

export const compareRun = new CompareRun();
