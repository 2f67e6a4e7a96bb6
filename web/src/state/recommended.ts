/* The part of a fit document that the model `recommended` adds (docs/schemas/fit.json). */

/** What the model `recommended` picked for one way in which a condition can be new. */
export interface Choice {
  novelty: 'familiar' | 'new_together' | 'unseen_clamp' | 'unseen_input';
  words: string;
  /** Whether conditions left out could stand in for it; else the weights are a default. */
  imitated: boolean;
  /** Sets of edits left out and predicted. */
  units: number;
  /** Of each candidate, as are the weights. */
  errors: (number | null)[];
  weights: number[];
  stacked_error: number | null;
  baseline: string;
  gain: { mean: number | null; se: number | null };
  returns_baseline: boolean;
  sentence: string;
  calibration: {
    units: number;
    needed: number;
    calibrated: boolean;
    factor: number | null;
    attainable: (number | null)[];
  };
}

export interface Recommended {
  candidates: { name: string; what: string; dynamic: boolean }[];
  choices: Choice[];
}
