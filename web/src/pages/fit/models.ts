/* Vector fields and losses as the page names them: equation and assumptions beside each. */

export interface ModelEntry {
  id: string;
  name: string;
  /** Unicode; δ is the natural log fold against unedited cells. */
  equation: string;
  meaning: string;
  assumes: string;
}

/** Not a field: candidates are tried on conditions left out, and averaged or refused accordingly. */
export const recommended: ModelEntry = {
  id: 'recommended',
  name: 'Recommended',
  equation: 'Σ weight × candidate, weights ≥ 0 from conditions left out',
  meaning:
    'Tries ridge, gene–gene ridge and dynamic models on conditions that it leaves out, averages what predicts them best, and says what it picked. Where nothing beats a baseline, the answer is that baseline.',
  assumes: 'Unedited cells rest, in one medium.',
};

export const models: ModelEntry[] = [
  {
    id: 'production_decay',
    name: 'Production and decay',
    equation: 'dδ/dt = γ ∘ (κ ∘ s(W δ + B u + b) ∘ e^(−δ) − 1), s(a) = M/(1 + (M − 1) e^(−a))',
    meaning: 'Transcripts are made at a rate that other genes control, and decay at a rate of their own.',
    assumes:
      'Edits act at once and last; synthesis levels off at M times that of unedited cells (2, more for genes that rise by more than half in training); decay is first order.',
  },
  {
    id: 'linear',
    name: 'Linear response',
    equation: 'dδ/dt = A δ + B u + b',
    meaning: 'Small changes add up: solved exactly, and fast.',
    assumes: 'Effects are small enough to add; edits act at once and last.',
  },
  {
    id: 'saturating',
    name: 'Saturating network',
    equation: 'dδ/dt = ε ∘ tanh(W δ + B u + b) − α ∘ δ',
    meaning: 'Genes push each other up and down, and every push levels off (the model of CellBox).',
    assumes:
      'Responses are bounded by ±ε/α of their gene; return to rest is first order; edits act at once and last.',
  },
  {
    id: 'neural_decay',
    name: 'Neural synthesis, known decay',
    equation: 'dδ/dt = γ ∘ (κ ∘ a ∘ softplus(g(δ, u)) ∘ e^(−δ) − 1)',
    meaning: 'A network learns how genes control synthesis; decay stays first order.',
    assumes: 'Decay is first order; more conditions than the others need.',
  },
  {
    id: 'neural',
    name: 'Neural',
    equation: 'dδ/dt = V tanh(W δ + B u + b) + v',
    meaning: 'A free network. It cannot speak about an edit that it never saw.',
    assumes: 'Only that the state decides what happens next; many conditions and times.',
  },
];

export interface LossEntry {
  id: string;
  name: string;
  term: string;
  meaning: string;
  /** What λ weighs; absent where the loss has none. */
  lambda?: string;
}

export const losses: LossEntry[] = [
  {
    id: 'controls_as_data',
    name: 'Prediction, controls as data',
    term: 'rᵀV⁻¹r over edited and control rows',
    meaning: 'The model must also reproduce the unedited cells.',
  },
  {
    id: 'steady_state',
    name: 'Prediction with the steady-state penalty',
    term: 'rᵀV⁻¹r + λ ‖f(0; m₀, ∅) / rate‖²',
    meaning: 'Unedited cells are pulled towards standing still, as strongly as λ says.',
    lambda: 'λ of the steady state',
  },
  {
    id: 'steady_flow',
    name: 'Prediction with the steady-flow penalty',
    term: 'rᵀV⁻¹r + λ meanₜ ‖F[m₀, ∅, t] x_c − x_c‖²',
    meaning:
      'The same over the days of the screen: where unedited cells are carried counts, not their first slope.',
    lambda: 'λ of the steady flow',
  },
  {
    id: 'baseline_trajectory',
    name: 'Prediction with the baseline trajectory',
    term: 'rᵀV⁻¹r over edited rows + λ rᵀV⁻¹r over controls, r = x − x∅(t)',
    meaning: 'For cells that differentiate by themselves: their own course is fitted, as strongly as λ says.',
    lambda: 'λ of the baseline trajectory',
  },
  {
    id: 'prediction',
    name: 'Prediction alone',
    term: 'rᵀV⁻¹r over edited rows; controls inform batches and the level',
    meaning: 'Nothing holds the unedited cells still.',
  },
];

/** The label of λ for a loss that has one. */
export function lambdaLabel(loss: string): string | undefined {
  return losses.find((entry) => entry.id === loss)?.lambda;
}

export function modelName(id: string): string {
  return [recommended, ...models].find((model) => model.id === id)?.name ?? id;
}

const scoreNames: Record<string, string> = {
  no_change: 'No change',
  mean_effect: 'Mean effect',
  ridge: 'Ridge',
  ridge_shared: 'Ridge with a shared effect',
  gene_ridge: 'Gene–gene ridge with clamps',
  network_64: 'Network of 64 units',
  network_32: 'Network of 32 units',
};

/** A sentence of the core with its names of models and baselines as people call them. */
export function inWords(sentence: string): string {
  const ids = [...models.map((model) => model.id), ...Object.keys(scoreNames)].filter((id) =>
    id.includes('_'),
  );
  // The longest first: ridge_shared is not ridge.
  ids.sort((a, b) => b.length - a.length);
  const text = ids.reduce((words, id) => words.replaceAll(id, scoreName(id).toLowerCase()), sentence);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Baselines and models as people call them. */
export function scoreName(id: string): string {
  return scoreNames[id] ?? modelName(id);
}
