import type { Modality } from '../../state/documents';

export type SimulatedField = 'production_decay' | 'saturating' | 'linear';

/** The parameters of the panel; everything else of a recipe keeps its default. docs/schemas/recipe.json is normative. */
export interface SimulateChoices {
  genes: number;
  housekeeping: number;
  edits: number;
  pairs: number;
  modality: Exclude<Modality, 'drug'>;
  /** Days after the edit. */
  times: number[];
  media: number;
  /** Standard deviation of what a medium changes in the synthesis of the genes that it reaches. */
  mediumStrength: number;
  /** Two sequences besides: edited at once and moved half-way, moved at once and edited half-way. Needs a second medium. */
  sequences: boolean;
  batches: number;
  cells: number;
  controls: number;
  field: SimulatedField;
  density: number;
  /** Median size of a weight of the network: how far an edit reaches. */
  strength: number;
  sb2: number;
  sg2: number;
  depth: number;
  dispersion: number;
  dropout: number;
  guides: number;
  seed: number;
}

export const firstChoices: SimulateChoices = {
  genes: 30,
  housekeeping: 8,
  edits: 12,
  pairs: 0,
  modality: 'knockout',
  times: [1, 2, 4],
  media: 1,
  mediumStrength: 1,
  sequences: false,
  batches: 3,
  cells: 40,
  controls: 120,
  field: 'production_decay',
  density: 0.12,
  strength: 0.5,
  sb2: 0.02,
  sg2: 0.005,
  depth: 300,
  dispersion: 0.2,
  dropout: 0,
  guides: 0,
  seed: 1,
};

/** Counts that the page draws at once; the command line streams any number. */
export const mostCounts = 20_000_000;

export function mediumNames(count: number): string[] {
  return Array.from({ length: count }, (_, m) => (m === 0 ? 'baseline' : `medium ${m + 1}`));
}

function mediaOf(choices: SimulateChoices): object[] | undefined {
  if (choices.media < 2) return undefined;
  const names = mediumNames(choices.media);
  const plain = names.map((name, m) =>
    m === 0 ? { name } : { name, strength: choices.mediumStrength, genes: Math.ceil(choices.genes / 4) },
  );
  if (!choices.sequences) return plain;
  const half = choices.times.at(-1)! / 2;
  const [base, other] = names;
  return [
    ...plain,
    {
      name: 'edit, then medium 2',
      stages: [{ medium: base, days: half }, { medium: other }],
      edit_day: 0,
    },
    { name: 'medium 2, then edit', stages: [{ medium: other }], edit_day: half },
  ];
}

/** The recipe of these choices, as `groundwork simulate` takes it. */
export function recipeOf(choices: SimulateChoices): Record<string, unknown> {
  const pairs = Math.min(choices.pairs, Math.max(0, choices.edits - 1));
  return {
    kind: 'recipe',
    schema: 1,
    title: 'A screen simulated on the page',
    seed: choices.seed,
    genes: choices.genes,
    housekeeping: { genes: choices.housekeeping },
    network: { density: choices.density, strength: choices.strength },
    field: { name: choices.field },
    modality: choices.modality,
    edits: choices.edits,
    ...(pairs === 0 ? {} : { pairs }),
    ...(mediaOf(choices) === undefined ? {} : { media: mediaOf(choices) }),
    times: choices.times,
    layout: {
      ...(choices.batches > 1 ? { levels: ['batch'], batches: choices.batches } : {}),
      cells: choices.cells,
      control_cells: choices.controls,
    },
    ...(choices.batches > 1 ? { sb2: choices.sb2 } : {}),
    sg2: choices.sg2,
    ...(choices.guides === 0
      ? {}
      : { guides: { per_edit: choices.guides, efficacy: { mean: 0.9, sd: 0.1 } } }),
    measurement: {
      depth: choices.depth,
      dispersion: { median: choices.dispersion, log_sd: 0.4 },
      dropout: choices.dropout,
    },
  };
}

/** Cells that these choices make, before anything is drawn. */
export function cellsOf(choices: SimulateChoices): number {
  const media = choices.media + (choices.media > 1 && choices.sequences ? 2 : 0);
  const pairs = Math.min(choices.pairs, Math.max(0, choices.edits - 1));
  const groups = (choices.edits + pairs) * choices.cells + choices.controls;
  return groups * choices.times.length * media * choices.batches;
}
