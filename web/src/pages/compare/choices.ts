import type { ScreenFacts } from '../fit/choices';

/* What the person chose on the Compare page; saved with the project. */

export interface CompareChoices {
  models: string[];
  split: 'perturbation' | 'combination' | 'time' | 'batch';
  /** By batch: the column; '' = the coarsest with two batches. */
  level: string;
  folds: number;
  each: boolean;
  seeds: number;
  seed: number;
  genes: number;
  samplingTime: number;
  epochs: number | null;
  /** The field of the steady-state experiment. */
  field: string;
}

export const initialCompare: CompareChoices = {
  models: ['production_decay:centred', 'linear:centred'],
  split: 'perturbation',
  level: '',
  folds: 5,
  each: false,
  seeds: 3,
  seed: 1,
  genes: 60,
  samplingTime: 7,
  epochs: null,
  field: 'production_decay',
};

export interface Preset {
  name: string;
  models: string[];
  what: string;
}

export const presets: Preset[] = [
  {
    name: 'Mechanism or not',
    models: ['production_decay:centred', 'linear:centred'],
    what: 'The two fields that can speak about unseen edits, beside the baselines. Quick.',
  },
  {
    name: 'Recommended beside mechanism',
    models: ['recommended', 'production_decay:centred', 'linear:centred'],
    what: 'What the Fit page recommends, chosen anew in every fold. Slow: it tries several models each time.',
  },
  {
    name: 'All fields',
    models: ['production_decay:centred', 'linear:centred', 'neural_decay:centred', 'neural:centred'],
    what: 'Every vector field, unedited cells at rest by construction.',
  },
  {
    name: 'Losses',
    models: [
      'production_decay:prediction',
      'production_decay:controls_as_data',
      'production_decay:steady_state:1',
      'production_decay:centred',
    ],
    what: 'One field, with and without the steady state.',
  },
];

export function choicesFor(facts: ScreenFacts): CompareChoices {
  const split = facts.edits.length > 1 ? 'perturbation' : facts.times.length > 1 ? 'time' : 'batch';
  const genes = facts.tableGenes === null ? initialCompare.genes : Math.min(400, facts.tableGenes);
  return { ...initialCompare, split, genes };
}

/** The request of `compare` and `plan_comparison`, without the data. */
export function compareRequest(
  choices: CompareChoices,
  experiment: boolean,
  part: { index: number; of: number } | null,
): Record<string, unknown> {
  const request: Record<string, unknown> = {
    split: choices.split,
    folds: choices.each ? 'each' : choices.folds,
    seeds: choices.seeds,
    seed: choices.seed,
    genes: choices.genes,
    sampling_time: choices.samplingTime,
  };
  if (choices.split === 'batch' && choices.level !== '') request.level = choices.level;
  if (choices.epochs !== null) request.epochs = choices.epochs;
  if (experiment) {
    request.experiment = 'steady_state';
    request.model = choices.field;
  } else {
    request.models = choices.models;
  }
  if (part !== null) request.part = part;
  return request;
}

/** The models of a text: one a line, or separated by commas. */
export function modelsOf(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter((name) => name !== ''))];
}

/** Seconds for each unit of work on one worker, until a run has measured it. */
const initialRate = 4e-10;

export function secondsFor(work: number, units: number, workers: number, rate: number | null): number {
  return 0.5 + (work * (rate ?? initialRate)) / Math.max(1, Math.min(workers, units));
}
