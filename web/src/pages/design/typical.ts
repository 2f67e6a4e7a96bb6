import stored from './typical.json';
import type { Variances } from './choices';

/*
 * Variances that published screens have, as `script/typical` estimated them with the command `typical`
 * (docs/schemas/typical.json). Figures, not data.
 */

type Share = '0.1' | '0.25' | '0.5' | '0.75' | '0.9';
type Quantiles = Record<Share, number | null>;

export interface TypicalFigure {
  pooled: number | null;
  /** What to plan with: pooled, or the safe side of what few batches did not see. */
  planned: number | null;
  genes: number;
  estimates: Quantiles;
  between_genes: { quantiles: Quantiles; log_sd: number; genes: number; may_be_zero: boolean } | null;
  reason: string | null;
}

export interface TypicalDeviation {
  sd: number | null;
  variance: number | null;
  variance_se: number | null;
  quantiles: Quantiles;
  of: number;
  reason: string | null;
}

export interface TypicalFigures {
  name: string;
  assay: string;
  source: string;
  modality: string | null;
  cells: number | null;
  genes: number;
  levels: { level: string; groups: number }[];
  sb2: Record<string, TypicalFigure>;
  sg2: TypicalFigure;
  sw2: TypicalFigure;
  phi: TypicalFigure;
  guides: { efficacy: TypicalDeviation; off_target: TypicalDeviation; control_guides: number } | null;
  weak: string[];
}

/** Which gene of a typical screen: one set for all genes, or the gene at a share of each variance. */
export type TypicalGene = 'pooled' | '0.25' | '0.5' | '0.75';

export const typicalGenes: { id: TypicalGene; name: string }[] = [
  { id: 'pooled', name: 'all genes together' },
  { id: '0.25', name: 'quiet: 25 % of genes vary less' },
  { id: '0.5', name: 'median' },
  { id: '0.75', name: 'loud: 75 % of genes vary less' },
];

export interface TypicalScreen {
  id: 'typical' | 'targeted' | 'bulk';
  name: string;
  figures: TypicalFigures;
  /** Of all genes together. */
  variances: Variances;
  source: string;
}

const twoDigits = (value: number) => Number(value.toPrecision(2));

/** A variance of the gene at this share; the estimation's own error is taken off where that could be done. */
export function figureAt(figure: TypicalFigure, gene: TypicalGene): number | null {
  if (gene !== 'pooled') return (figure.between_genes?.quantiles ?? figure.estimates)[gene];
  return figure.planned;
}

/** The variances of a design; its finest level takes that of the screen's finest. */
export function typicalVariances(figures: TypicalFigures, gene: TypicalGene, finest: string): Variances {
  const last = figures.levels.at(-1)?.level ?? '';
  const at = (figure: TypicalFigure | undefined) =>
    twoDigits((figure === undefined ? null : figureAt(figure, gene)) ?? 0);
  return { sb2: { [finest]: at(figures.sb2[last]) }, sg2: at(figures.sg2), sw2: at(figures.sw2) };
}

const names: Record<string, { id: TypicalScreen['id']; name: string }> = {
  'Papalexi 2021': { id: 'typical', name: 'Typical: droplet screen, knock-out' },
  'Schraivogel 2020': { id: 'targeted', name: 'Typical: targeted panel, CRISPRi' },
  'Leong 2014': { id: 'bulk', name: 'Typical: bulk RNA-seq (a sample is one “cell”)' },
};

export const typicalDate: string = stored.date;

/** The screens that have batches; what the others lack stands in the stored figures. */
export function typicalScreensFor(finest: string): TypicalScreen[] {
  return (stored.screens as TypicalFigures[]).flatMap((figures) => {
    const known = names[figures.name];
    if (known === undefined || figures.sg2.pooled === null) return [];
    const level = figures.levels.at(-1)!;
    const source =
      `${figures.source}: ${figures.assay}; ${figures.genes} genes, ${level.groups} × ${level.level}. ` +
      `Estimated by this program (script/typical, ${stored.date}).`;
    return [
      { ...known, figures, variances: typicalVariances(figures, 'pooled', finest), source },
    ] as TypicalScreen[];
  });
}

/** How guides differ in that screen; null where it cannot be told. */
export function typicalGuides(screen: TypicalScreen): { efficacy_sd: number; off_target_sd: number } | null {
  const guides = screen.figures.guides;
  if (guides === null || guides.efficacy.sd === null || guides.off_target.sd === null) return null;
  return { efficacy_sd: twoDigits(guides.efficacy.sd), off_target_sd: twoDigits(guides.off_target.sd) };
}
