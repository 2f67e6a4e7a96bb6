import type { StoredMatrix, StoredVector } from '../worker/message';
import type { Scale } from './documents';

/* What the command `links` writes, as far as the page reads it. docs/schemas/links.json is normative. */

interface EditEntry {
  name: string;
  dose: number;
}

/** What the structural model, or the field itself, answers for one set of edits. */
export interface LinkAnswer {
  /** In every member: only then are there numbers. */
  stable: boolean;
  /** Members in which it is not. */
  unstable: number;
  abscissa: (number | null)[];
  sentence: string;
  mean: StoredVector;
  low: StoredVector;
  high: StoredVector;
}

export interface EditLink {
  label: string;
  edits: EditEntry[];
  unseen: boolean;
  kind: 'intervention' | 'shift' | 'both';
  held: string[];
  scm: LinkAnswer;
  model: LinkAnswer;
  difference: number | null;
  size: number | null;
}

export interface SteadyPoint {
  stable: boolean;
  abscissa: number;
  starts: number;
  from_control: boolean;
  distance: number;
}

export interface SteadyStates {
  label: string;
  edits: EditEntry[];
  sentence: string;
  members: { member: number; failed: number; points: SteadyPoint[]; states: StoredMatrix }[];
}

export interface LinksDocument {
  kind: 'links';
  complete: boolean;
  screen: string;
  model: string;
  centred: boolean;
  scale: Scale;
  members: number;
  genes: string[];
  medium: string;
  statement: string;
  equilibrium: { stands: boolean; sentence: string; abscissa: (number | null)[]; state: StoredVector };
  edges: {
    /** `seeds`: members differ in their seeds only, so that low and high say how well training repeats. */
    basis: 'gauss_newton' | 'bootstrap' | 'seeds' | 'none';
    what: string | null;
    reason: string | null;
    identified: number;
    possible: number;
    ranked: {
      from: StoredVector;
      to: StoredVector;
      value: StoredVector;
      low: StoredVector;
      high: StoredVector;
      learned: StoredVector;
    };
    matrix: StoredMatrix;
    learned: StoredMatrix;
  };
  edits: EditLink[];
  steady_states: { starts: number; seed: number; conditions: SteadyStates[] };
  /** null: not yet worked out; absent in documents of before there was one. */
  latent_shift?: {
    dimensions: number;
    held_out_fit: (number | null)[];
    limit_is_shift: boolean;
    sentence: string;
    score_sentence: string | null;
    held_out: boolean;
    scores: {
      name: string;
      mse: number | null;
      mse_se: number | null;
      relative_to_no_change: number | null;
    }[];
    limits: { label: string; limit: number | null; shift: number | null; difference: number | null }[];
  } | null;
  warnings: string[];
}

export interface PortraitAxis {
  name: string;
  component: boolean;
  share: number | null;
  loadings: { gene: string; loading: number }[];
}

/** What the command `portrait` writes (docs/schemas/portrait.json). */
export interface PortraitDocument {
  kind: 'portrait';
  scale: Scale;
  member: number;
  axes: [PortraitAxis, PortraitAxis];
  label: string;
  edits: EditEntry[];
  grid: {
    u: StoredVector;
    v: StoredVector;
    /** Rows along u. */
    du: StoredMatrix;
    dv: StoredMatrix;
    u_nullcline: [number, number, number, number][];
    v_nullcline: [number, number, number, number][];
  };
  paths: { label: string; diverged: boolean; times: number[]; u: number[]; v: number[] }[];
  rests: { label: string; u: number; v: number; stable: boolean; abscissa: number; away: number }[];
  sentence: string;
}
