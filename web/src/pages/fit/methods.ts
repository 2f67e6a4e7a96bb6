/* How a fit is computed, as the page names it. */

export interface MethodEntry {
  id: string;
  name: string;
  meaning: string;
  /** The one model that takes it. */
  only?: string;
  /** Not for networks, whose parameters mean nothing one by one. */
  mechanistic?: boolean;
}

/** Whether a method can be chosen for a model. */
export function suits(entry: MethodEntry, model: string): boolean {
  if (entry.only) return entry.only === model;
  return !(entry.mechanistic && model.startsWith('neural'));
}

export const optimisers: MethodEntry[] = [
  {
    id: 'adam',
    name: 'Adam, stopped early',
    meaning: 'Stops where rows set aside say so: for prediction. Its parameters have no intervals.',
  },
  {
    id: 'lbfgs',
    name: 'L-BFGS, to the minimum',
    meaning:
      'Goes on until loss and prior are least: for parameters with intervals. Mind the strength of L2.',
  },
  {
    id: 'lm',
    name: 'Levenberg–Marquardt, to the minimum',
    meaning: 'The same minimum in fewer, dearer steps: for mechanistic models of at most 500 parameters.',
    mechanistic: true,
  },
];

export const solvers: MethodEntry[] = [
  {
    id: 'automatic',
    name: 'Usual',
    meaning: 'The matrix exponential for linear response; fixed steps for the others.',
  },
  { id: 'steps', name: 'Fixed steps', meaning: 'The course in steps of equal length.' },
  {
    id: 'adaptive',
    name: 'Adaptive steps',
    meaning: 'Dormand–Prince, with steps as short as the course asks for: slower, and exact to eight digits.',
  },
  {
    id: 'closed_form',
    name: 'Matrix exponential',
    meaning: 'Exact whatever the rates.',
    only: 'linear',
  },
  {
    id: 'steady_state',
    name: 'Steady state',
    meaning:
      'End states are taken to be at rest, whatever the day. For a screen with a single time; tells no rate.',
  },
];

/** The method of this name, or the usual one where there is none, or the model cannot take it. */
export function chosen(list: MethodEntry[], id: string, model: string): MethodEntry {
  return list.find((entry) => entry.id === id && suits(entry, model)) ?? list[0]!;
}
