import type { StoredMatrix, StoredVector } from '../worker/message';

/* The comparison document, as far as the page reads it: docs/schemas/compare.json. */

export interface Estimate {
  mean: number | null;
  low: number | null;
  high: number | null;
  folds: number;
}

export interface Metric extends Estimate {
  by_fold: (number | null)[];
}

export type PanelKey =
  'mse' | 'l2' | 'pearson_delta' | 'pearson_vs_mean' | 'deg_weighted_mse' | 'centroid_rank';
export type Panel = Record<PanelKey, Metric>;

export interface ComparedModel {
  name: string;
  trained: boolean;
  what: string;
  /** One fit: seeds averaged within a fold. */
  scores: Panel;
  ensemble: Panel;
  relative_to_no_change: Estimate;
  drift: Metric | null;
  prediction_spread: Metric | null;
  parameter_spread: Metric | null;
  epochs: number | null;
  coverage: (number | null)[];
  condition_mse: StoredVector;
  gene_mse: StoredVector;
  predicted: StoredMatrix;
  spread: StoredMatrix;
}

export interface SteadyStateRow {
  variant: string;
  label: string;
  model: number;
  error: Estimate;
  difference: Estimate;
  runs: number;
  better: number;
  drift: Estimate;
  prediction_spread: Estimate;
  parameter_spread: Estimate;
  spread_ratio: Estimate;
}

export interface FoldPlan {
  kind: string;
  level: string | null;
  holdouts: { names: string[]; times: number[] }[];
  folds: { holdout: number; labels: string[] }[];
  notes: string[];
}

export interface ComparisonResults {
  folds_scored: boolean[];
  genes: string[];
  conditions: string[];
  condition_fold: number[];
  observed: StoredMatrix;
  variance: StoredMatrix;
  floor: { mse: number | null; shared_with_training: number | null; by_gene: StoredVector };
  ceiling: { pearson: number | null };
  nominal_coverages: number[];
  models: ComparedModel[];
  pairs: {
    model: string;
    against: string;
    difference: Estimate;
    ratio: Estimate;
    runs: number;
    better: number;
  }[];
  verdict: string[];
  intervals: string;
  steady_state: { rows: SteadyStateRow[]; sentence: string; sentences: string[] } | null;
}

export interface ComparisonDocument {
  kind: 'comparison';
  complete: boolean;
  screen: string;
  experiment: 'steady_state' | null;
  seed: number;
  seeds: number;
  settings: Record<string, unknown>;
  split: FoldPlan;
  contenders: { name: string; settings: Record<string, unknown> }[];
  results: ComparisonResults | null;
  warnings: string[];
}

/** What `plan_comparison` answers. */
export interface PlannedComparison {
  split: FoldPlan;
  models: { name: string; settings: Record<string, unknown> }[];
  seeds: number;
  units: number;
  work: number;
}
