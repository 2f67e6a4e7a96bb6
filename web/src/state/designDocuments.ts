/* What the commands about layouts answer. */

export interface DesignContrast {
  condition: string;
  name: string;
  estimate_of: string;
  /** What a contrast of a preset is, in words. */
  meaning: string | null;
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
  /** What a preset of contrasts could not ask. */
  left_out?: string[];
}

/** What is known of each condition of a layout; times in days. */
export interface ConditionColumns {
  perturbation: string[];
  medium: string[];
  time: (number | null)[];
  guides: (number | null)[];
}

export interface Layout {
  conditions: string[];
  batches: string[];
  levels: { name: string; of_batch: string[] }[];
  cells: number[][];
  about?: ConditionColumns;
}
