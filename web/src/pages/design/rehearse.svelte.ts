import { dotPlot } from '../../charts/dotPlot';
import type { DataTable, Figure } from '../../charts/types';
import { plainRequest } from '../../worker/arrays';
import { core } from '../../worker/core';
import { CoreError, isCancelled } from '../../worker/errors';
import { varianceRequest, type DesignChoices, type Variances } from './choices';
import type { Problem } from './layout';
import type { NoiseChoice } from './parts';

/** Over experiments; the ends are null with one of them. */
export interface MeanOver {
  mean: number | null;
  low: number | null;
  high: number | null;
}

/** The document of `rehearse` (docs/schemas/rehearsal.json). */
export interface RehearsalDocument {
  kind: 'rehearsal';
  finished: boolean;
  edits: string[];
  genes: number;
  floor: number | null;
  no_change: MeanOver;
  measured: MeanOver;
  ridge: MeanOver;
  losses: {
    name: string;
    words: string;
    truth: MeanOver;
    seen: MeanOver;
    fitted: MeanOver;
    drift: MeanOver;
  }[];
  verdict: string[];
  warnings: string[];
}

export interface RehearsalChoice {
  effects: number;
  days: number;
  genes: number;
  experiments: number;
  seed: number;
}

export const initialRehearsal: RehearsalChoice = {
  effects: 0.2,
  days: 7,
  genes: 40,
  experiments: 5,
  seed: 1,
};

/** A design to rehearse: one that was pinned, or the one on the page. */
interface Rehearsed {
  name: string;
  problem: Problem;
  variances: Variances;
  fixed: boolean;
  noise: NoiseChoice;
}

export interface Rehearsal {
  name: string;
  document: RehearsalDocument;
}

export function designsOf(choices: DesignChoices): Rehearsed[] {
  if (choices.pins.length > 0) return choices.pins;
  const { problem, variances, fixed, noise } = choices;
  return problem === null ? [] : [{ name: 'This design', problem, variances, fixed, noise }];
}

export function rehearsalRequest(design: Rehearsed, choice: RehearsalChoice): Record<string, unknown> {
  return {
    layout: design.problem.layout,
    control: design.problem.control,
    variances: varianceRequest(design.problem.layout, design.variances, design.noise),
    fixed_batches: design.fixed,
    rehearsal: {
      effect_sd: choice.effects,
      time: choice.days,
      genes: choice.genes,
      replicates: choice.experiments,
      seed: choice.seed,
    },
  };
}

/** Rehearsals of all designs at once, one a worker. */
export class RehearseRun {
  fraction: number | null = $state(null);
  results: Rehearsal[] = $state.raw([]);
  error: CoreError | null = $state.raw(null);
  #stop: AbortController | null = null;

  async run(designs: Rehearsed[], choice: RehearsalChoice): Promise<void> {
    if (this.#stop !== null || designs.length === 0) return;
    const stop = new AbortController();
    this.#stop = stop;
    this.error = null;
    this.fraction = 0;
    const fractions = designs.map(() => 0);
    try {
      const ends = await Promise.all(
        designs.map(async (design, at) => {
          const job = core.job<RehearsalDocument>(
            'rehearse',
            plainRequest(rehearsalRequest(design, choice)),
            {
              signal: stop.signal,
              onProgress: (progress) => {
                fractions[at] = progress.fraction ?? 0;
                this.fraction = fractions.reduce((sum, one) => sum + one, 0) / fractions.length;
              },
            },
          );
          const { message, finished } = await job.end;
          return finished ? { name: design.name, document: message.json } : null;
        }),
      );
      // A run that was cancelled leaves what was there.
      const whole = ends.filter((end) => end !== null);
      if (whole.length === ends.length) this.results = whole;
    } catch (thrown) {
      if (!(isCancelled(thrown) && stop.signal.aborted)) this.error = CoreError.from(thrown);
      stop.abort(); // the others of the same run
    } finally {
      this.fraction = null;
      this.#stop = null;
    }
  }

  cancel(): void {
    this.#stop?.abort();
  }
}

interface Quantity {
  name: string;
  of: (document: RehearsalDocument) => MeanOver;
}

function quantities(document: RehearsalDocument): Quantity[] {
  return [
    { name: 'no change', of: (one) => one.no_change },
    { name: 'ridge, clamped', of: (one) => one.ridge },
    ...document.losses.map(({ words }, at) => ({
      name: words,
      of: (one: RehearsalDocument) => one.losses[at]!.truth,
    })),
    { name: 'measured, in these experiments', of: (one) => one.measured },
    { name: 'measured, by the layout', of: (one) => ({ mean: one.floor, low: null, high: null }) },
  ];
}

/** Errors against the truth on one axis: no change, models, and what the layout leaves to measuring. */
export function rehearsalFigure(results: readonly Rehearsal[]): Figure {
  const [first] = results;
  return dotPlot({
    dots: quantities(first!.document).flatMap((quantity) =>
      results.map(({ name, document }) => {
        const { mean, low, high } = quantity.of(document);
        return { label: quantity.name, value: mean, low, high, group: name, reason: 'not estimable' };
      }),
    ),
    legend: results.length > 1,
    rowTitle: 'What says the effect',
    valueTitle: 'Mean square error of an effect (natural log²)',
    intervalTitle: '95 % over experiments',
    include: [0],
    description: results
      .map(({ name, document }) => `${name}: ${document.verdict[0] ?? 'not estimable'}`)
      .join(' '),
  });
}

export function rehearsalTable(results: readonly Rehearsal[]): DataTable {
  return {
    columns: ['design', 'what', 'error_against', 'mean', 'low', 'high'],
    rows: results.flatMap(({ name, document }) => [
      ...quantities(document).map((quantity) => {
        const { mean, low, high } = quantity.of(document);
        return [name, quantity.name, 'truth, held-out edits', mean, low, high];
      }),
      ...document.losses.flatMap((loss) => [
        [name, loss.name, 'measured, held-out edits', loss.seen.mean, loss.seen.low, loss.seen.high],
        [name, loss.name, 'truth, trained edits', loss.fitted.mean, loss.fitted.low, loss.fitted.high],
        [name, loss.name, 'drift of unedited cells (rms)', loss.drift.mean, loss.drift.low, loss.drift.high],
      ]),
    ]),
  };
}
