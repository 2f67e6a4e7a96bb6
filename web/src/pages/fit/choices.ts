import { daysOf } from '../predict/times';
import { chosen, optimisers, solvers } from './methods';
import { lambdaLabel } from './models';
import type { DataDocument } from '../../state/documents';

/* What the person chose on the Fit page; saved with the project. A number that is null is the core's own default. */

export interface FitChoices {
  model: string;
  loss: string;
  centred: boolean;
  lambda: number | null;
  /** How genes are chosen: the edits' targets and then by variance, or by name. */
  geneChoice: 'count' | 'names';
  geneCount: number;
  geneNames: string[];
  split: 'none' | 'perturbation' | 'time';
  holdout: number;
  /** Not empty: these edits (or times in the screen's unit) instead of a share. */
  heldOut: string[];
  refitAll: boolean;
  members: number;
  seed: number;
  /** Days. */
  samplingTime: number;
  epochs: number | null;
  learningRate: number | null;
  l2: number | null;
  hidden: number | null;
  step: number | null;
  solver: string;
  optimiser: string;
  start: string;
  starts: number | null;
  estimateKappa: boolean;
  bootstrap: boolean;
}

export const initialFit: FitChoices = {
  model: 'production_decay',
  loss: 'controls_as_data',
  centred: true,
  lambda: null,
  geneChoice: 'count',
  geneCount: 60,
  geneNames: [],
  split: 'perturbation',
  holdout: 0.25,
  heldOut: [],
  refitAll: false,
  members: 5,
  seed: 1,
  samplingTime: 7,
  epochs: null,
  learningRate: null,
  l2: null,
  hidden: null,
  step: null,
  solver: 'automatic',
  optimiser: 'adam',
  start: 'small',
  starts: null,
  estimateKappa: false,
  bootstrap: false,
};

/** What a screen allows: splits, centring, whether a sampling time is asked for. */
export interface ScreenFacts {
  edits: string[];
  /** In the screen's unit, of edited cells, or of all where there are no edits. */
  times: number[];
  unit: string;
  hasTime: boolean;
  differentiating: boolean;
  conditions: number;
  media: number;
  /** Genes of a state table, which are all modelled unless there are very many; null for a screen. */
  tableGenes: number | null;
}

export function factsOf(data: DataDocument): ScreenFacts {
  const table = data.kind === 'states' ? data : null;
  const conditions = data.kind === 'states' ? data.rows : data.conditions;
  const edits = [...new Set(conditions.flatMap((c) => c.edits.map((edit) => edit.name)))].sort();
  const days = [...new Set(conditions.flatMap((c) => (c.time === null ? [] : [c.time])))].sort(
    (a, b) => a - b,
  );
  const unit = (data.kind === 'states' ? data.time_unit : data.roles.time_unit) || 'd';
  return {
    edits,
    times: days.map((day) => day / daysOf(unit)),
    unit,
    hasTime: days.length > 0,
    differentiating: edits.length === 0,
    conditions: table?.found.conditions ?? conditions.length,
    media: new Set(conditions.map((c) => c.medium)).size,
    tableGenes: table?.genes.length ?? null,
  };
}

/** Why nothing can be recommended for a screen, in a sentence; null where it can. */
export function unsuitedToRecommend(facts: ScreenFacts): string | null {
  if (facts.differentiating) return 'it needs edits, and unedited cells that rest.';
  if (facts.media > 1) return `it knows one medium, and the screen has ${facts.media}.`;
  return null;
}

/** The choices with which a screen is first shown. */
export function choicesFor(facts: ScreenFacts): FitChoices {
  const split = facts.edits.length > 3 ? 'perturbation' : facts.times.length > 2 ? 'time' : 'none';
  const geneCount = facts.tableGenes === null ? initialFit.geneCount : Math.min(400, facts.tableGenes);
  const model = unsuitedToRecommend(facts) === null ? 'recommended' : initialFit.model;
  return { ...initialFit, model, split, geneCount, centred: !facts.differentiating };
}

/** Solver, optimiser, start and bootstrap, as far as the model can take them; a project saved without them has the usual ones. */
function methodOf(choices: FitChoices): Record<string, unknown> {
  const method: Record<string, unknown> = {};
  const network = choices.model.startsWith('neural');
  const solver = chosen(solvers, choices.solver, choices.model);
  const optimiser = chosen(optimisers, choices.optimiser, choices.model);
  if (solver.id !== 'automatic') method.solver = solver.id;
  if (optimiser.id !== 'adam') method.optimiser = optimiser.id;
  if (choices.start === 'ridge' && !network) method.start = 'ridge';
  if (choices.bootstrap) method.bootstrap = true;
  if (choices.estimateKappa && choices.model !== 'neural') method.estimate_kappa = true;
  return method;
}

/** The options of a `fit` request for one member (`member`), or for all of them (null). */
export function fitRequest(
  choices: FitChoices,
  facts: ScreenFacts,
  member: number | null,
): Record<string, unknown> {
  const optional: [string, number | null][] = [
    ['lambda', lambdaLabel(choices.loss) ? choices.lambda : null],
    ['epochs', choices.epochs],
    ['learning_rate', choices.learningRate],
    ['l2', choices.l2],
    ['hidden', choices.model.startsWith('neural') ? choices.hidden : null],
    ['step', choices.step],
    ['starts', choices.starts],
  ];
  const request: Record<string, unknown> = {
    ...commonRequest(choices, facts),
    ...methodOf(choices),
    loss: choices.loss,
    centred: choices.centred,
    members: member === null ? choices.members : 1,
    first_member: member ?? 0,
  };
  for (const [key, value] of optional) if (value !== null) request[key] = value;
  return request;
}

/** The request of `fit` with the model `recommended`: a share of its tasks, or (null) the choice from all shares. */
export function recommendedRequest(
  choices: FitChoices,
  facts: ScreenFacts,
  part: { index: number; of: number } | null,
): Record<string, unknown> {
  const request = commonRequest(choices, facts);
  if (part !== null) request.part = part;
  return request;
}

/** What every model is asked with: data, split, seed. */
function commonRequest(choices: FitChoices, facts: ScreenFacts): Record<string, unknown> {
  const request: Record<string, unknown> = {
    model: choices.model,
    genes: choices.geneChoice === 'names' ? choices.geneNames : choices.geneCount,
    seed: choices.seed,
    sampling_time: choices.samplingTime,
  };
  if (choices.split !== 'none') {
    request.split = choices.split;
    request.refit_all = choices.refitAll;
    request.holdout =
      choices.heldOut.length === 0
        ? choices.holdout
        : choices.split === 'time'
          ? choices.heldOut.map((time) => Number(time) * daysOf(facts.unit))
          : choices.heldOut;
  }
  return request;
}

/** What is wrong with the choices, in sentences; empty when a fit can be asked for. */
export function faultsOf(choices: FitChoices, facts: ScreenFacts): string[] {
  const faults: string[] = [];
  if (choices.geneChoice === 'names' && choices.geneNames.length === 0) {
    faults.push('Name at least one gene, or let genes be chosen.');
  }
  const unknown =
    choices.split === 'perturbation'
      ? choices.heldOut.filter((name) => !facts.edits.includes(name))
      : choices.split === 'time'
        ? choices.heldOut.filter(
            (time) => !facts.times.some((known) => Math.abs(known - Number(time)) < 1e-9),
          )
        : [];
  if (unknown.length > 0) {
    const kind = choices.split === 'time' ? 'time' : 'edit';
    faults.push(`The screen has no ${kind} ${unknown.map((name) => `'${name}'`).join(', ')} to hold out.`);
  }
  return faults;
}

/** Seconds of one member on this machine for each unit of work; measured again with every fit. */
const initialRate = 4e-10;

export function workOf(choices: FitChoices, facts: ScreenFacts): number {
  const genes = choices.geneChoice === 'names' ? choices.geneNames.length : choices.geneCount;
  // Recommended: the two networks and the decay field, each in some folds and then for good.
  if (choices.model === 'recommended') return 40 * 250 * 8 * facts.conditions * genes * 64;
  const width = choices.model.startsWith('neural') ? 2 * (choices.hidden ?? 32) : genes;
  const days = facts.hasTime ? Math.max(...facts.times) * daysOf(facts.unit) : choices.samplingTime;
  const steps = days / (choices.step ?? 0.5);
  const phases = 2 + (choices.refitAll ? 1 : 0);
  return (choices.epochs ?? 400) * phases * steps * facts.conditions * genes * (width + 40);
}

/** Seconds until all members are trained by so many workers. */
export function secondsFor(
  choices: FitChoices,
  facts: ScreenFacts,
  workers: number,
  rate: number | null,
): number {
  const rounds = choices.model === 'recommended' ? 1 / workers : Math.ceil(choices.members / workers);
  return 0.5 + workOf(choices, facts) * (rate ?? initialRate) * rounds;
}
