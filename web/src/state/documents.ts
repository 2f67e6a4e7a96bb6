import type { StoredMatrix, StoredVector } from '../worker/message';

/* The documents that the core writes, as far as the page reads them. docs/schemas is normative. */

export type Modality = 'knockout' | 'crispri' | 'crispra' | 'drug';

/** Which column of the cell table plays which part; '' = absent. Field names are those of the core. */
export interface Roles {
  perturbation: string;
  separator: string;
  control: string[];
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
    condition: number[];
    /** One array of level indices for each group. */
    batch: number[][];
    half: number[];
    cells: number[];
  };
  statistics: Record<string, StoredMatrix>;
  target_left: TargetLeft[];
  buffers?: Record<string, unknown>;
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

export interface FitDocument {
  kind: 'fit';
  schema: number;
  version: string;
  model: string;
  loss: string;
  centred: boolean;
  lambda: number;
  modality: Modality;
  genes: string[];
  edits: string[];
  clamped: string[];
  free_inputs: string[];
  media: string[];
  times: number[];
  single_time: boolean;
  time_unit: string;
  seed: number;
  split: { kind: string; train: string[]; test: string[] } | null;
  settings: Record<string, unknown>;
  members: {
    seed: number;
    best_epoch: number;
    history: { epoch: number[]; train: number[]; inner: (number | null)[]; drift: number[] };
  }[];
  scores: Record<string, unknown>[];
  floor: Record<string, unknown> | null;
  ceiling: Record<string, unknown> | null;
  drift: Record<string, unknown> | null;
  observed: { conditions: string[]; x: StoredMatrix; variance: StoredMatrix };
  predicted: StoredMatrix;
  verdict: string[];
  warnings: string[];
  censored: number;
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
  top: { gene: string; time: number; effect: number; low: number; high: number }[];
  members: number;
  single_time: boolean;
  warnings: string[];
  unseen: boolean;
}

export interface DesignContrast {
  condition: string;
  name: string;
  estimate_of: string;
  variance: number | null;
  se: number | null;
  df: number | null;
  estimable: boolean;
  reason: string | null;
  mdlfc: number | null;
  mdfc: number | null;
  confounded_with: { component: string; conditions: string[]; batches: string[] }[];
}

export interface DesignDocument {
  kind: 'design';
  contrasts: DesignContrast[];
  components: { conditions: string[]; batches: string[] }[];
  batches_without_controls: string[];
  verdict: string[];
}

export interface Layout {
  conditions: string[];
  batches: string[];
  levels: { name: string; of_batch: string[] }[];
  cells: number[][];
}

export type { StoredMatrix, StoredVector };
