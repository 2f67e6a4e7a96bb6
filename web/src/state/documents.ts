import type { Recommended } from './recommended';
import type { StoredMatrix, StoredVector } from '../worker/message';

/* The documents that the core writes, as far as the page reads them. docs/schemas is normative. */

export type Modality = 'knockout' | 'crispri' | 'crispra' | 'drug';

/** Which column of the cell table plays which part; '' = absent. Field names are those of the core. */
export interface Roles {
  perturbation: string;
  separator: string;
  control: string[];
  /** The screen is declared to have no unedited cells. */
  no_control: boolean;
  modality: Modality;
  /** Columns, coarse to fine. */
  batch: string[];
  host: string;
  time: string;
  time_unit: string;
  medium: string;
  guide: string;
  cell_type: string;
  drop: string[];
  exclude_from_size_factor: string[];
}

export interface ConditionEntry {
  label: string;
  edits: { name: string; dose: number }[];
  medium: string;
  /** Days; null: the screen has no time. */
  time: number | null;
  compartment: string;
  control: boolean;
  cells: number;
}

export interface TargetLeft {
  edit: string;
  /** null: the edit over all its guides. */
  guide: string | null;
  gene: string | null;
  fraction: number | null;
  low: number | null;
  high: number | null;
  cells: number;
  control_cells: number;
  reason: string | null;
}

export interface ScreenDocument {
  kind: 'screen';
  schema: number;
  version: string;
  counts_name: string;
  cells_name: string;
  seed: number;
  roles: Roles;
  genes: string[];
  cells_read: number;
  cells_kept: number;
  mean_depth: number;
  warnings: string[];
  impossible: { what: string; why: string }[];
  conditions: ConditionEntry[];
  batches: { name: string; levels: string[] }[];
  groups: {
    condition: StoredVector;
    /** One array of level indices for each group. */
    batch: number[][];
    half: StoredVector;
    cells: StoredVector;
  };
  statistics: Record<string, StoredMatrix>;
  target_left: TargetLeft[];
  buffers?: Record<string, unknown>;
}

/** The scale of states: natural logarithms, logarithms to base 2, or expression itself. */
export type Scale = 'log' | 'log2' | 'linear';

export interface StateRowEntry {
  /** Of the row; what was done is the label. Rows with equal edits, medium and time are replicates. */
  name: string;
  label: string;
  edits: { name: string; dose: number }[];
  medium: string;
  time: number | null;
  batch: string;
  variance: number | null;
  line: number;
}

/** A table of states that were made elsewhere, as given. */
export interface StatesDocument {
  kind: 'states';
  schema: number;
  version: string;
  file: string;
  scale: Scale;
  modality: Modality;
  time_unit: string;
  genes: string[];
  rows: StateRowEntry[];
  states: StoredMatrix;
  found: {
    conditions: number;
    replicated: number;
    controls: number;
    exact: number;
    with_variance: number;
    missing_values: number;
    times: number[];
    media: string[];
    batches: string[];
    gene_edits: { name: string; rows: number }[];
    inputs: { name: string; doses: number[]; rows: number }[];
  };
  proposal: { scale: Scale; reason: string };
  warnings: string[];
  buffers?: Record<string, unknown>;
}

/** What the Data page can hold. */
export type DataDocument = ScreenDocument | StatesDocument;

/** What a fit says of a list of conditions. */
export interface PredictionsDocument {
  kind: 'predictions';
  file: string;
  scale: Scale;
  members: number;
  genes: string[];
  rows: {
    name: string;
    label: string;
    edits: { name: string; dose: number }[];
    medium: string;
    time: number;
    batch: string;
    unseen: boolean;
  }[];
  states: StoredMatrix;
  effects: StoredMatrix;
  sd: StoredMatrix;
  warnings: string[];
  csv?: string;
}

export interface ComponentsDocument {
  kind: 'components';
  levels: string[];
  genes: {
    gene: string;
    sb2: Record<string, number | null>;
    sb2_se: Record<string, number | null>;
    sg2: number | null;
    sg2_se: number | null;
    sg2_moderated: number | null;
    sw2: number | null;
    phi: number | null;
    mean: number | null;
    df: number | null;
    reason: string | null;
  }[];
  pooled: {
    sb2: Record<string, number | null>;
    sg2: number | null;
    sw2: number | null;
    phi: number | null;
    reason: Record<string, string> | null;
    quantiles: {
      sb2: Record<string, Record<string, number | null>>;
      sg2: Record<string, number | null>;
      sw2: Record<string, number | null>;
    };
  };
  weak: string[];
}

export interface FitScore {
  name: string;
  mse: number | null;
  mse_se: number | null;
  relative_to_no_change: number | null;
  /** Mean over conditions of the error less that of no change, with its paired 95 % interval. */
  difference: { mean: number | null; low: number | null; high: number | null };
  pearson_delta: number | null;
  pearson_vs_mean: number | null;
  centroid_rank: number | null;
  /** One for each of `scored_conditions`. */
  per_condition: (number | null)[];
  member_mse?: (number | null)[];
}

export interface ParameterInterval {
  /** gamma, alpha, epsilon, kappa, A, W, B or b. */
  quantity: string;
  gene: string | null;
  by: string | null;
  value: number | null;
  low: number | null;
  high: number | null;
  /** null: the prior is flat. */
  prior_low: number | null;
  prior_high: number | null;
  /** 1 − posterior variance / prior variance. */
  learned: number | null;
  determined: boolean;
}

export interface FitDocument {
  kind: 'fit';
  schema: number;
  version: string;
  /** false: stopped before its end. */
  complete: boolean;
  screen: string;
  model: string;
  loss: string;
  centred: boolean;
  lambda: number;
  modality: Modality;
  scale: Scale;
  genes: string[];
  edits: string[];
  /** Edits whose target is among the genes: the model can speak about them unseen. */
  clamped: string[];
  free_inputs: string[];
  edit_model: {
    /** The field takes clamps: an edit of any modelled gene means something. */
    clamps: boolean;
    edits: { name: string; target: string | null; usual_dose?: number; trained: boolean }[];
  };
  media: string[];
  /** Days. */
  times: number[];
  single_time: boolean;
  differentiating: boolean;
  time_unit: string;
  sampling_time: number;
  seed: number;
  split: { kind: string; train: string[]; test: string[]; edits: string[]; times: number[] };
  settings: Record<string, unknown>;
  state_zero: StoredVector;
  members: {
    number: number;
    seed: number;
    best_epoch: number;
    history: {
      epoch: number[];
      train: (number | null)[];
      inner: (number | null)[];
      drift: (number | null)[];
    };
    /** Of a bootstrap: the batches that the member trained on, as often as they were drawn. */
    batches?: string[] | null;
    /** null or absent: the optimiser stopped before the minimum. */
    intervals?: {
      reason: string | null;
      parameters: ParameterInterval[];
      directions: number[];
      determined: number;
    } | null;
  }[];
  /** Whether the scores are of held-out conditions or of those that trained. */
  scored: 'held_out' | 'training';
  /** The baselines, then the model. */
  scores: FitScore[];
  /** Indices into `observed.conditions`. */
  scored_conditions: number[];
  floor: { mse: number | null; shared_with_training: number | null; by_gene: StoredVector };
  ceiling: { pearson: number | null; signal: number | null };
  /** Root mean square over genes of δ of unedited cells, at each time. */
  drift: { times: number[]; rms: (number | null)[] };
  /** Effects against controls: conditions × genes. */
  observed: {
    conditions: string[];
    edits: { name: string; dose: number }[][];
    media: string[];
    compartments: string[];
    times: number[];
    held_out: boolean[];
    x: StoredMatrix;
    variance: StoredMatrix;
  };
  predicted: { mean: StoredMatrix; sd: StoredMatrix };
  verdict: string[];
  warnings: string[];
  censored: number;
  bounded?: number;
  recommended?: Recommended;
}

export interface PredictDocument {
  kind: 'predict';
  edits: string[];
  medium: string;
  times: number[];
  genes: string[];
  control: StoredMatrix;
  mean: StoredMatrix;
  low: StoredMatrix;
  high: StoredMatrix;
  sd: StoredMatrix;
  effect: { mean: StoredMatrix; low: StoredMatrix; high: StoredMatrix };
  top: {
    gene: string;
    time: number;
    effect: number | null;
    low: number | null;
    high: number | null;
  }[];
  members: number;
  single_time: boolean;
  warnings: string[];
  unseen: boolean;
}

export interface ProtocolStageEntry {
  medium: string;
  added: { name: string; dose: number }[];
  /** At work in this stage: those of the stages before it and its own. */
  edits: { name: string; dose: number }[];
  /** Days. */
  start: number;
  end: number;
  /** Place of its end among the times. */
  end_at: number;
  unseen: boolean;
}

export interface ProtocolDifference {
  /** 2-norm over all modelled genes. */
  norm: number;
  spread: number | null;
  rms: number;
  relative: number | null;
  top: { gene: string; difference: number; low: number | null; high: number | null }[];
}

export interface ProtocolEntry {
  name: string;
  stages: ProtocolStageEntry[];
  duration: number;
  times: number[];
  mean: StoredMatrix;
  low: StoredMatrix;
  high: StoredMatrix;
  reference: StoredMatrix;
  effect: { mean: StoredMatrix; low: StoredMatrix; high: StoredMatrix };
  end: {
    state: StoredVector;
    sd: StoredVector;
    reference: StoredVector;
    effect: StoredVector;
    effect_sd: StoredVector;
  };
  /** Stages by their places, from 1. */
  commutators: (ProtocolDifference & { first: number; second: number })[];
}

export interface ProtocolDocument {
  kind: 'protocol';
  scale: Scale;
  members: number;
  genes: string[];
  differentiating: boolean;
  error: { value: number | null; of: 'held_out' | 'measurement' | null; what: string; reason: string | null };
  protocols: ProtocolEntry[];
  differences: (ProtocolDifference & { first: string; second: string })[];
  properties: {
    name: string;
    statement: string;
    value: number | null;
    tolerance: number | null;
    holds: boolean | null;
    sentence: string;
  }[];
  warnings: string[];
}

export type Verdict = 'supported' | 'violated' | 'undecided' | 'not testable' | 'no data';

export interface AuditItem {
  label: string;
  estimate: number | null;
  /** 95 %, of this item alone; null ends are without a limit. */
  interval: [number | null, number | null];
  /** Of all rows and items together. */
  simultaneous: [number | null, number | null];
  verdict: Verdict;
  note: string | null;
}

export interface AuditRow {
  id: string;
  assumption: string;
  verdict: Verdict;
  sentence: string;
  conditional: string | null;
  quantity: string;
  logarithmic: boolean;
  margin: { low: number | null; high: number | null; why: string } | null;
  items: AuditItem[];
  items_left_out: number;
  would_decide: string | null;
  extra_sample: string | null;
  consequence: string | null;
  choice: { model?: string; loss?: string; centred?: boolean } | null;
  flag: string | null;
  evidence: string;
}

export interface AuditDocument {
  kind: 'audit';
  screen: string;
  summary: string;
  family_error: number;
  rows: AuditRow[];
  families: { name: string; assumes: string[]; besides: string | null; verdict: string }[];
}

export type { ConditionColumns, DesignContrast, DesignDocument, Layout } from './designDocuments';
export type { StoredMatrix, StoredVector };
