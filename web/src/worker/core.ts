import { CoreClient } from './client';
import type { WorkerLike } from './channel';

/** Plain workers, at most four: each has its own memory. */
const workers = Math.max(1, Math.min(4, navigator.hardwareConcurrency || 2));

export const core = new CoreClient(
  () => new Worker(new URL('./core.worker.ts', import.meta.url), { type: 'module' }) as unknown as WorkerLike,
  workers,
);
