import type { Layout, StoredMatrix } from '../../state/documents';
import { plainRequest, rowOf, tableOf } from '../../worker/arrays';
import { core } from '../../worker/core';
import { CoreError } from '../../worker/errors';
import type { CoreMessage } from '../../worker/message';
import type { JobProgress } from '../../worker/messages';
import type { PricePreset } from './optimiseSpec';

export async function pricePresets(): Promise<PricePreset[]> {
  const reply = await core.call<{ presets: PricePreset[] }>('prices', plainRequest({}));
  return reply.json.presets;
}

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
