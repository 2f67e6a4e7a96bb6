import { dotPlot } from '../../charts/dotPlot';
import type { DataTable, Figure } from '../../charts/types';
import type { DesignDocument } from '../../state/documents';
import type { DesignChoices, Variances } from './choices';
import type { Problem } from './layout';
import { totalCells } from './layout';
import { partsOf, type NoiseChoice } from './parts';

/** A design that was kept: what it was, and what was found of it then. */
export interface Pin {
  name: string;
  problem: Problem;
  variances: Variances;
  fixed: boolean;
  noise: NoiseChoice;
  conditions: number;
  batches: number;
  cells: number;
  estimable: number;
  contrasts: number;
  /** Standard errors in order; the middle and the ends are what is compared. */
  se: number[];
  df: number | null;
  mdfc: number | null;
  power: number | null;
  gap: number | null;
}

export const mostPins = 4;

const present = (values: (number | null)[]) =>
  values.filter((value): value is number => value !== null).sort((a, b) => a - b);
/** The middle one in order: a value that occurs. */
const middle = (sorted: number[]): number | null => sorted[(sorted.length - 1) >> 1] ?? null;

export function pinOf(name: string, choices: DesignChoices, document: DesignDocument | null): Pin | null {
  const { problem, variances, fixed, noise } = choices;
  if (problem === null || document === null) return null;
  const parts = partsOf(document);
  return {
    name,
    problem,
    variances,
    fixed,
    noise,
    conditions: problem.layout.conditions.length,
    batches: problem.layout.batches.length,
    cells: totalCells(problem.layout),
    estimable: document.contrasts.filter((contrast) => contrast.estimable).length,
    contrasts: document.contrasts.length,
    se: present(document.contrasts.map((contrast) => contrast.se)),
    df: middle(present(document.contrasts.map((contrast) => contrast.df))),
    mdfc: middle(present(document.contrasts.map((contrast) => contrast.mdfc))),
    power: parts.power?.power ?? null,
    gap: parts.allocation?.gap ?? null,
  };
}

/** The oldest gives way; a name that is taken gets a number. */
export function withPin(pins: readonly Pin[], pin: Pin): Pin[] {
  const taken = new Set(pins.map((one) => one.name));
  let name = pin.name;
  for (let number = 2; taken.has(name); ++number) name = `${pin.name} ${number}`;
  return [...pins, { ...pin, name }].slice(-mostPins);
}

export const medianSe = (pin: Pin): number | null => middle(pin.se);

export function pinTable(pins: readonly Pin[]): DataTable {
  return {
    columns: [
      'design',
      'conditions',
      'batches',
      'cells',
      'estimable',
      'contrasts',
      'median se',
      'smallest se',
      'largest se',
      'median df',
      'median mdfc',
      'power',
      'gap to bound',
    ],
    rows: pins.map((pin) => [
      pin.name,
      pin.conditions,
      pin.batches,
      pin.cells,
      pin.estimable,
      pin.contrasts,
      medianSe(pin),
      pin.se[0] ?? null,
      pin.se.at(-1) ?? null,
      pin.df,
      pin.mdfc,
      pin.power,
      pin.gap,
    ]),
  };
}

export function pinFigure(pins: readonly Pin[]): Figure {
  return dotPlot({
    dots: pins.map((pin) => ({
      label: pin.name,
      value: medianSe(pin),
      low: pin.se[0] ?? null,
      high: pin.se.at(-1) ?? null,
      reason: 'nothing can be estimated',
    })),
    rowTitle: 'design',
    valueTitle: 'Standard error (natural log)',
    intervalTitle: 'smallest to largest',
    include: [0],
    description: pins
      .map((pin) => `${pin.name}: median standard error ${medianSe(pin)?.toPrecision(3) ?? 'none'}`)
      .join('; '),
  });
}
