import { finest, varianceRequest, type DesignChoices } from './choices';

/** What the person asks of a search; the rest is the design on the page. */
export interface OptimiseChoice {
  goal: 'budget' | 'target';
  budget: number;
  target: number;
  /** A preset of the core, or 'own' once a price was changed. */
  prices: string;
  priceBatch: number;
  priceCell: number;
  /** Of a million reads; above 0 the depth is chosen too. */
  priceReads: number;
  /** Of the gene in a cell's molecules, and its dispersion: what depth is chosen for. */
  share: number;
  dispersion: number;
  minBatches: number;
  maxBatches: number;
  capacity: number;
  minReplicates: number;
  maxReplicates: number | null;
  forcedControls: number;
  minGroup: number;
  criterion: 'A' | 'D';
  /** The batches in the grid have been run: what to add to them. */
  keep: boolean;
  mustLink: string;
  cannotLink: string;
  starts: number;
  seed: number;
}

export const initialOptimise: OptimiseChoice = {
  goal: 'budget',
  budget: 12000,
  target: 0.2,
  prices: 'cells',
  priceBatch: 0,
  priceCell: 1,
  priceReads: 0,
  share: 1e-4,
  dispersion: 0.2,
  minBatches: 1,
  maxBatches: 6,
  capacity: 4000,
  minReplicates: 1,
  maxReplicates: null,
  forcedControls: 1,
  minGroup: 1,
  criterion: 'A',
  keep: false,
  mustLink: '',
  cannotLink: '',
  starts: 4,
  seed: 1,
};

/** What batches, cells and reads cost: dated, with its source (docs/schemas/prices.json). */
export interface PricePreset {
  id: string;
  name: string;
  source: string;
  seen: string;
  unit: string | null;
  placeholder: boolean;
  batch: number;
  cell: number;
  read: number;
}

/** The choice with a preset's prices; six digits are more than any price has. */
export function withPrices(choice: OptimiseChoice, preset: PricePreset): OptimiseChoice {
  const plain = (value: number) => Number(value.toPrecision(6));
  return {
    ...choice,
    prices: preset.id,
    priceBatch: plain(preset.batch),
    priceCell: plain(preset.cell),
    priceReads: plain(preset.read * 1e6),
  };
}

/** One set a line, conditions with commas between them. */
function sets(text: string): string[][] {
  return text
    .split('\n')
    .map((line) =>
      line
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    )
    .filter((set) => set.length > 0);
}

export function specOf(choices: DesignChoices, choice: OptimiseChoice): Record<string, unknown> {
  const problem = choices.problem!;
  const { layout } = problem;
  const levels = layout.levels.map((level) => level.name);
  return {
    conditions: layout.conditions,
    control: problem.control,
    ...(problem.contrasts === null ? {} : { contrasts: problem.contrasts }),
    ...(levels.length > 0 ? { levels } : {}),
    variances: varianceRequest(layout, choices.variances, choices.noise),
    fixed_batches: choices.fixed,
    criterion: choice.criterion,
    prices: { batch: choice.priceBatch, cell: choice.priceCell, read: choice.priceReads / 1e6 },
    ...(choice.priceReads > 0 ? { depth: { share: choice.share, dispersion: choice.dispersion } } : {}),
    ...(choice.goal === 'budget' ? { budget: choice.budget } : { target_se: choice.target }),
    batches: { min: choice.minBatches, max: choice.maxBatches, capacity: choice.capacity },
    replicates: {
      min: choice.minReplicates,
      ...(choice.maxReplicates === null ? {} : { max: choice.maxReplicates }),
    },
    controls: { forced: problem.control.length > 0 ? choice.forcedControls : 0 },
    min_group: choice.minGroup,
    must_link: sets(choice.mustLink),
    cannot_link: sets(choice.cannotLink),
    ...(choice.keep ? { existing: { ...layout, finest } } : {}),
    starts: choice.starts,
    seed: choice.seed,
  };
}
