import type { CoreError } from '../worker/errors';

export type StepStatus = 'empty' | 'ready' | 'running' | 'done' | 'out of date';

export interface Progress {
  /** 0 … 1; null while it cannot be told. */
  fraction: number | null;
  phase: string;
  secondsLeft: number | null;
}

/** A step as its neighbours in the graph see it. */
export interface AnyStep {
  readonly id: string;
  readonly title: string;
  readonly status: StepStatus;
  readonly hasResult: boolean;
  /** Why the result no longer follows from what stands before it; null while it does. */
  readonly reason: string | null;
  readonly progress: Progress | null;
  readonly dependents: AnyStep[];
  markOutOfDate(reason: string): void;
}

/**
 * One node of data → components → {design, fit}, fit → predict. A step keeps its parameters, its last good result and why that is
 * out of date. A result stays visible while the next one runs, and when the next one fails.
 */
export class Step<Parameters, Result> implements AnyStep {
  readonly dependents: AnyStep[] = [];
  parameters: Parameters = $state.raw() as Parameters;
  result: Result | null = $state.raw(null);
  progress: Progress | null = $state.raw(null);
  error: CoreError | null = $state.raw(null);
  reason: string | null = $state(null);
  /** Whether what the step works on, apart from other steps' results, is there. */
  hasInput = $state(true);
  /** Seconds the last run took. */
  seconds: number | null = $state(null);
  #started = 0;
  /** The parameters that the step began with. */
  readonly initial: Parameters;

  /** `needs`: steps without whose result this one cannot run. `uses`: steps whose change makes this one out of date all the same. */
  constructor(
    readonly id: string,
    readonly title: string,
    parameters: Parameters,
    readonly needs: AnyStep[] = [],
    readonly uses: AnyStep[] = [],
  ) {
    this.parameters = parameters;
    this.initial = parameters;
    for (const step of [...needs, ...uses]) step.dependents.push(this);
  }

  get hasResult(): boolean {
    return this.result !== null;
  }

  /** What is missing before this step can run. */
  get lacks(): AnyStep[] {
    return this.needs.filter((step) => !step.hasResult);
  }

  get status(): StepStatus {
    if (this.progress !== null) return 'running';
    if (this.result !== null) return this.reason === null ? 'done' : 'out of date';
    return this.lacks.length > 0 || !this.hasInput ? 'empty' : 'ready';
  }

  /** New parameters; with a reason, the result (and what follows from it) is out of date. */
  change(parameters: Parameters, reason: string | null = null): void {
    this.parameters = parameters;
    if (reason !== null) this.markOutOfDate(reason);
  }

  begin(phase: string): void {
    this.#started = performance.now();
    this.error = null;
    this.progress = { fraction: null, phase, secondsLeft: null };
  }

  report(fraction: number | null, phase: string): void {
    if (this.progress === null) return;
    const elapsed = (performance.now() - this.#started) / 1000;
    const secondsLeft = fraction !== null && fraction > 0.03 ? (elapsed * (1 - fraction)) / fraction : null;
    this.progress = { fraction, phase, secondsLeft };
  }

  complete(result: Result): void {
    this.seconds = this.progress === null ? null : (performance.now() - this.#started) / 1000;
    const replaced = this.result !== null;
    this.result = result;
    this.progress = null;
    this.error = null;
    this.reason = null;
    if (replaced) for (const step of this.dependents) step.markOutOfDate(`${this.title} changed`);
  }

  /** The last good result stays. */
  fail(error: CoreError): void {
    this.progress = null;
    this.error = error;
  }

  /** Stopped by the person: not an error; the last good result stays. */
  stop(): void {
    this.progress = null;
  }

  markOutOfDate(reason: string): void {
    if (this.result !== null) this.reason ??= reason;
    for (const step of this.dependents) step.markOutOfDate(reason);
  }

  clear(parameters: Parameters): void {
    this.parameters = parameters;
    this.result = null;
    this.progress = null;
    this.error = null;
    this.reason = null;
    this.seconds = null;
  }
}
