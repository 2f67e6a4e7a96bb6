import type { Layout, StoredMatrix } from '../../state/documents';
import { plainRequest, rowOf, tableOf } from '../../worker/arrays';
import { core } from '../../worker/core';
import { CoreError } from '../../worker/errors';
import type { CoreMessage } from '../../worker/message';
import type { JobProgress } from '../../worker/messages';
import { finest, varianceRequest, type DesignChoices } from './choices';

/** What the person asks of a search; the rest is the design on the page. */
export interface OptimiseChoice {
  goal: 'budget' | 'target';
  budget: number;
  target: number;
  priceBatch: number;
  priceCell: number;
  minBatches: number;
  maxBatches: number;
  capacity: number;
  minReplicates: number;
  maxReplicates: number | null;
  forcedControls: number;
  minGroup: number;
  criterion: 'A' | 'D';
  /** The batches in the grid have been run: what to add to them. */
  keep: boolean;
  mustLink: string;
  cannotLink: string;
  starts: number;
  seed: number;
}

export const initialOptimise: OptimiseChoice = {
  goal: 'budget',
  budget: 12000,
  target: 0.2,
  priceBatch: 0,
  priceCell: 1,
  minBatches: 1,
  maxBatches: 6,
  capacity: 4000,
  minReplicates: 1,
  maxReplicates: null,
  forcedControls: 1,
  minGroup: 1,
  criterion: 'A',
  keep: false,
  mustLink: '',
  cannotLink: '',
  starts: 4,
  seed: 1,
};

export interface OptimiseDocument {
  kind: 'optimise';
  value: number;
  se: number | null;
  bound: number | null;
  gap: number | null;
  batches: number;
  cells: number;
  cost: number;
  control_share: number;
  criterion: 'A' | 'D';
  median_se: number | null;
  start: string;
  curve: [number, number][];
  verdict: string[];
  control: string[];
  layout: Omit<Layout, 'cells'> & { cells: StoredMatrix };
  spec: Record<string, unknown>;
  finished: boolean;
}

/** One set a line, conditions with commas between them. */
function sets(text: string): string[][] {
  return text
    .split('\n')
    .map((line) =>
      line
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    )
    .filter((set) => set.length > 0);
}

export function specOf(choices: DesignChoices, choice: OptimiseChoice): Record<string, unknown> {
  const problem = choices.problem!;
  const { layout } = problem;
  const levels = layout.levels.map((level) => level.name);
  return {
    conditions: layout.conditions,
    control: problem.control,
    ...(problem.contrasts === null ? {} : { contrasts: problem.contrasts }),
    ...(levels.length > 0 ? { levels } : {}),
    variances: varianceRequest(layout, choices.variances, choices.noise),
    fixed_batches: choices.fixed,
    criterion: choice.criterion,
    prices: { batch: choice.priceBatch, cell: choice.priceCell },
    ...(choice.goal === 'budget' ? { budget: choice.budget } : { target_se: choice.target }),
    batches: { min: choice.minBatches, max: choice.maxBatches, capacity: choice.capacity },
    replicates: {
      min: choice.minReplicates,
      ...(choice.maxReplicates === null ? {} : { max: choice.maxReplicates }),
    },
    controls: { forced: problem.control.length > 0 ? choice.forcedControls : 0 },
    min_group: choice.minGroup,
    must_link: sets(choice.mustLink),
    cannot_link: sets(choice.cannotLink),
    ...(choice.keep ? { existing: { ...layout, finest } } : {}),
    starts: choice.starts,
    seed: choice.seed,
  };
}

export interface OptimiseProgress extends JobProgress {
  value: number | null;
  curve: [number, number][];
}

/** A search while it runs, and what it found. */
export class OptimiseRun {
  progress: OptimiseProgress | null = $state.raw(null);
  result: CoreMessage<OptimiseDocument> | null = $state.raw(null);
  error: CoreError | null = $state.raw(null);
  #stop: AbortController | null = null;

  async run(spec: Record<string, unknown>): Promise<void> {
    if (this.#stop !== null) return;
    const stop = new AbortController();
    this.#stop = stop;
    this.error = null;
    this.progress = { fraction: 0, phase: 'Starting', value: null, curve: [] };
    try {
      const job = core.job<OptimiseDocument, OptimiseProgress>('optimise', plainRequest(spec), {
        onProgress: (progress) => (this.progress = progress),
        signal: stop.signal,
        slice: 60,
      });
      this.result = (await job.end).message;
    } catch (thrown) {
      const error = CoreError.from(thrown);
      if (error.code !== 'job.cancelled') this.error = error;
    } finally {
      this.progress = null;
      this.#stop = null;
    }
  }

  cancel(): void {
    this.#stop?.abort();
  }
}

export function foundLayout(message: CoreMessage<OptimiseDocument>): Layout {
  const { conditions, batches, levels, cells } = message.json.layout;
  const table = tableOf(message, cells);
  return { conditions, batches, levels, cells: conditions.map((_, row) => [...rowOf(table, row)]) };
}
