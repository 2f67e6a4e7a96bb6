import { curvePlot } from '../../charts/curvePlot';
import { formatNumber } from '../../charts/numbers';
import type { Figure, DataTable } from '../../charts/types';
import { designRequest, type DesignChoices } from './choices';

/* How many batches until the variances of a design are known (docs/schemas/pilot.json). */

export interface PilotVariance {
  name: string;
  value: number;
  df: number;
  low: number | null;
  high: number | null;
  reason: string | null;
}

export interface PilotDocument {
  kind: 'pilot';
  confidence: number;
  factor: number;
  genes: number;
  effect: number | null;
  power: number | null;
  variances: { name: string; needed: number | null; reason: string | null }[];
  sizes: {
    batches: number;
    cells: number;
    variances: PilotVariance[];
    power: [number | null, number | null];
    mdfc: [number | null, number | null];
  }[];
  verdict: string[];
}

export interface PilotChoice {
  factor: number;
  confidence: number;
  genes: number;
}

export const initialPilot: PilotChoice = { factor: 2, confidence: 0.95, genes: 1 };

/** Groups of the largest pilot that is looked at: what a second or two can do. */
const mostGroups = 20_000;

export function pilotRequest(choices: DesignChoices, pilot: PilotChoice): Record<string, unknown> {
  const conditions = choices.problem!.layout.conditions.length;
  const most = Math.max(2, Math.min(400, Math.floor(mostGroups / conditions)));
  return { ...designRequest(choices.problem!, choices), pilot: { ...pilot, most } };
}

export const symbolOf = (name: string): string =>
  name === 'sg2' ? 's_g²' : name === 'batch' ? 's_b²' : `s_b² of ${name}`;

/** Batches against the ends of power. */
export function pilotFigure(document: PilotDocument): Figure {
  const sizes = document.sizes.filter((size) => size.power[0] !== null && size.power[1] !== null);
  const x = sizes.map((size) => size.batches);
  const last = sizes.at(-1);
  return curvePlot({
    curves: [
      { name: 'at most', x, y: sizes.map((size) => size.power[1]) },
      { name: 'as assumed', x, y: sizes.map(() => document.power) },
      { name: 'at least', x, y: sizes.map((size) => size.power[0]) },
    ],
    xTitle: 'Batches of the pilot',
    yTitle: 'Power of the plan',
    height: 220,
    description: last
      ? `After ${last.batches} batches power lies between ${formatNumber(last.power[0])} and ${formatNumber(last.power[1])}.`
      : 'No pilot tells the variances.',
  });
}

export function pilotTable(document: PilotDocument): DataTable {
  return {
    columns: [
      'batches',
      'cells',
      ...document.variances.flatMap(({ name }) => [`${name} df`, `${name} low`, `${name} high`]),
      'power least',
      'power most',
      'fold change least',
      'fold change most',
    ],
    rows: document.sizes.map((size) => [
      size.batches,
      size.cells,
      ...size.variances.flatMap((one) => [one.df, one.low, one.high]),
      ...size.power,
      ...size.mdfc,
    ]),
  };
}
