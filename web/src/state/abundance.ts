import type { StoredMatrix } from '../worker/message';

/* The document of `abundance` (docs/schemas/abundance.json). */

/** Over hosts; null where the data say nothing. */
export interface HostEstimate {
  value: number | null;
  se: number | null;
  df: number | null;
  low: number | null;
  high: number | null;
  p: number | null;
}

export interface TestedEstimate extends HostEstimate {
  q: number | null;
}

export interface AbundanceEffect {
  edit: string;
  cells: number;
  control_cells: number;
  hosts: number;
  /** Hosts without a cell of the edit. */
  lost: number;
  /** Natural log of the ratio to unedited cells, less that of the input. */
  fold: TestedEstimate;
  /** 1/day, less that of unedited cells. */
  growth: TestedEstimate;
  variation: number | null;
  /** Per compartment; empty without cell types. */
  share: HostEstimate[];
}

interface SplitPart {
  value: StoredMatrix;
  low: StoredMatrix;
  high: StoredMatrix;
}

export interface AbundanceDocument {
  kind: 'abundance';
  schema: number;
  fdr: number;
  compartments: string[];
  hosts: string[];
  /** The first, '', are unedited cells. */
  edits: string[];
  basis: 'input' | 'times' | 'input_and_times' | 'none';
  variation: number | null;
  effects: AbundanceEffect[];
  samples: { host: string; time: number; cells: number[][] }[];
  /** Edits × genes. */
  split: {
    genes: string[];
    hosts: number[];
    total: SplitPart;
    moved: SplitPart;
    changed: SplitPart;
    q: StoredMatrix;
  } | null;
  verdict: string[];
  warnings: string[];
}
