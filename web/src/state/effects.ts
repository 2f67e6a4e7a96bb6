import type { StoredMatrix, StoredVector } from '../worker/message';

/** The part of the effects document about gene sets; matrices are conditions × sets. */
export interface GeneSetsAnswer {
  /** Name of the file. */
  source: string;
  sets: {
    name: string;
    description: string;
    genes: number;
    measured: number;
    correlation: number | null;
    correlation_from: 'replicates' | 'preset' | null;
    reason: string | null;
  }[];
  estimate: StoredMatrix;
  score: StoredMatrix;
  df: StoredMatrix;
  p: StoredMatrix;
  q: StoredMatrix;
}

export interface EffectsDocument {
  kind: 'effects';
  schema: number;
  fdr: number;
  genes: string[];
  conditions: {
    condition: string;
    edits: string[];
    control: string;
    cells: number;
    control_cells: number;
    /** What the errors stand on. */
    basis: 'batches' | 'across_batches' | 'cells' | 'none';
    tested: number;
    up: number;
    down: number;
  }[];
  /** Conditions × genes, natural log fold change; null: not tested. */
  estimate: StoredMatrix;
  se: StoredMatrix;
  low: StoredMatrix;
  high: StoredMatrix;
  /** Null: infinite. */
  df: StoredMatrix;
  p: StoredMatrix;
  q: StoredMatrix;
  /** Conditions × genes, flat; 1: too few counts are left, the estimate is an upper bound. */
  below_detection: StoredVector;
  guides: {
    guide: string;
    condition: string;
    cells: number;
    efficacy: number | null;
    efficacy_se: number | null;
    concordance: number | null;
    hits: number;
    verdict: string;
  }[];
  left_out: {
    guides: { guide: string; cells: number; tests: number; below_five: number; hits: number }[];
    share_below_five: number | null;
    hits: number;
  } | null;
  /** Null: none were given; absent in documents of before. */
  gene_sets?: GeneSetsAnswer | null;
  verdict: string[];
  warnings: string[];
}
