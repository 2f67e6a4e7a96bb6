import { curvePlot } from '../../charts/curvePlot';
import type { DataTable, Figure } from '../../charts/types';
import type { ComponentsDocument, Layout, StoredMatrix } from '../../state/documents';
import { columnsFrom } from './conditionColumns';
import { rowOf, tableOf } from '../../worker/arrays';
import type { CoreMessage } from '../../worker/message';
import type { DesignDocument } from '../../state/documents';

/* The parts of a `design` document that are made when they are asked for. */

export interface Addition {
  condition: string;
  batches: string[];
  cells: number;
}

export interface RepairEntry {
  contrasts: string[];
  possible: boolean;
  addition: Addition | null;
  se: (number | null)[];
  least_se: number | null;
  sentence: string;
}

interface StoredLayout extends Omit<Layout, 'cells'> {
  cells: StoredMatrix;
}

export interface SuggestionEntry {
  kind: string;
  sentence: string;
  added_cells: number;
  median_se: number | null;
  median_mdlfc: number | null;
  estimable: number;
  layout: StoredLayout;
}

export interface PowerPart {
  preset: string | null;
  power: number;
  cutoff: number;
  single_test: number;
  testable: number;
  median_df: number | null;
  discoveries: number | null;
  by_gene: {
    share: number;
    power: number;
    gene?: string;
    sw2?: number;
    sg2?: number;
    se?: number | null;
    df?: number | null;
    mdfc?: number | null;
  }[];
  /** Over genes of a screen; absent where strata stand for genes. */
  genes?: {
    of: number;
    used: number;
    without_components: number;
    power: Record<string, number | null>;
    se: Record<string, number | null> | null;
    mdfc: Record<string, number | null> | null;
    sentence: string;
  };
  sentence: string;
}

export interface FloorPart {
  effect: number | null;
  other_batch: number | null;
  no_change: number | null;
  ceiling: number | null;
  sentence: string;
}

export interface AllocationPart {
  mean_variance: number;
  bound: number;
  gap: number;
  control_share: number;
  best_control_share: number;
  sentence: string;
}

export interface DesignParts {
  repairs?: RepairEntry[];
  suggestions?: SuggestionEntry[];
  power?: PowerPart;
  floor?: FloorPart;
  allocation?: AllocationPart | null;
  /** A paragraph for a methods section. */
  methods?: string;
}

/** The parts of a document; none of them where it was made without. */
export function partsOf(document: DesignDocument | null): DesignParts {
  return (document ?? {}) as DesignParts;
}

/** A layout of a document, with its cells as rows. */
export function layoutFrom(message: CoreMessage, stored: StoredLayout): Layout {
  const table = tableOf(message, stored.cells);
  return {
    conditions: stored.conditions,
    batches: stored.batches,
    levels: stored.levels,
    cells: stored.conditions.map((_, row) => [...rowOf(table, row)]),
    ...columnsFrom(stored.conditions, stored.about),
  };
}

/** The cells of the grid that an addition changes. */
export function editsOf(layout: Layout, addition: Addition): { row: number; batch: number; cells: number }[] {
  const row = layout.conditions.indexOf(addition.condition);
  return addition.batches.map((name) => {
    const batch = layout.batches.indexOf(name);
    return { row, batch, cells: (layout.cells[row]?.[batch] ?? 0) + addition.cells };
  });
}

/** What the person asks about a whole screen, beside the layout. */
export interface PowerChoice {
  /** Mean fold change of genes that respond. */
  fold: number;
  /** Share of pairs with an effect. */
  nonNull: number;
  fdr: number;
  side: 'left' | 'right' | 'both';
  /** Standard deviation of log s_w² between genes. */
  spread: number;
  /** Standard deviation of true log fold changes: what the floor for models is measured against. */
  effectSd: number;
  /** PerturbPlan's: counts against all other cells, no batches. */
  setting: 'ours' | 'perturbplan';
  foldSd: number;
  guides: number;
  /** φ of every gene where they spread around one s_w². */
  dispersion: number;
  genes: 'spread' | 'screen';
  /** Of the screen, with commas; empty: all. */
  only: string;
  /** A set of a GMT file instead. */
  geneSet: { name: string; text: string; set: string } | null;
}

export const initialPower: PowerChoice = {
  fold: 0.5,
  nonNull: 0.1,
  fdr: 0.1,
  side: 'left',
  spread: 1.7,
  effectSd: 0.2,
  setting: 'ours',
  foldSd: 0.13,
  guides: 4,
  dispersion: 0.2,
  genes: 'spread',
  only: '',
  geneSet: null,
};

/** What PerturbPlan starts from; a screen's own numbers stay. */
export const perturbplanSetting: Partial<PowerChoice> = {
  setting: 'perturbplan',
  fold: 0.85,
  foldSd: 0.13,
  guides: 4,
  nonNull: 0.1,
  fdr: 0.1,
  side: 'left',
};

/** Guides, depth and clones; null: left out. */
export interface NoiseChoice {
  guides: { guides: number; control_guides: number; efficacy_sd: number; off_target_sd: number } | null;
  depth: { reads: number; reference_reads: number; dispersion: number } | null;
  clones: { founders: number; size_variation: number; sc2: number } | null;
}

export const noNoise: NoiseChoice = { guides: null, depth: null, clones: null };

/** Up to this many groups what would help is worked out with every answer. */
const mostGroups = 40_000;

/** A gene of the loaded screen, as `power_question` takes it. */
export type GeneComponents = { gene: string; sw2: number | null; sg2: number | null; phi: number | null };

export function geneComponents(components: ComponentsDocument | null): GeneComponents[] {
  return (components?.genes ?? []).map(({ gene, sw2, sg2_moderated, phi }) => ({
    gene,
    sw2,
    sg2: sg2_moderated,
    phi,
  }));
}

function genesAsked(power: PowerChoice, genes: GeneComponents[]): Record<string, unknown> {
  if (power.genes === 'spread' || genes.length === 0) {
    return power.setting === 'ours'
      ? { spread: power.spread }
      : { spread: power.spread, dispersion: power.dispersion };
  }
  const only = power.only
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return {
    components: genes,
    genes_tested: genes.length,
    ...(power.geneSet?.set ? { gene_set: power.geneSet } : only.length > 0 ? { only } : {}),
  };
}

/** What is asked beside the contrasts once the person stops; `genes`: of the loaded screen. */
export function partsRequest(
  layout: Layout,
  power: PowerChoice,
  genes: GeneComponents[] = [],
): Record<string, unknown> {
  if (layout.conditions.length * layout.batches.length > mostGroups) return {};
  return {
    repair: true,
    suggest: true,
    allocation: true,
    methods: true,
    effect_sd: power.effectSd,
    power_question: {
      effect_mean: Math.log(power.fold),
      non_null: power.nonNull,
      fdr: power.fdr,
      side: power.side,
      ...(power.setting === 'perturbplan'
        ? { preset: 'perturbplan', fold: power.fold, fold_sd: power.foldSd, guides: power.guides }
        : {}),
      ...genesAsked(power, genes),
    },
  };
}

/** Power gene by gene, from the least to the most. */
export function genePowerFigure(power: PowerPart): Figure {
  const genes = power.by_gene.map((one) => one.power).sort((a, b) => a - b);
  return curvePlot({
    curves: [
      {
        name: 'genes',
        x: genes.map((_, i) => (i + 1) / genes.length),
        y: genes,
      },
    ],
    xTitle: 'Share of genes with this power or less',
    yTitle: 'Power',
    height: 200,
    description: power.genes?.sentence ?? '',
  });
}

/** The same as a table, with what each gene rests on. */
export function genePowerTable(power: PowerPart): DataTable {
  return {
    columns: ['gene', 's_w2', 's_g2', 'standard error', 'degrees of freedom', 'least fold change', 'power'],
    rows: power.by_gene.map((one) => [
      one.gene ?? '',
      one.sw2 ?? null,
      one.sg2 ?? null,
      one.se ?? null,
      one.df ?? null,
      one.mdfc ?? null,
      one.power,
    ]),
  };
}
