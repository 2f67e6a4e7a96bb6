import type { DataTable } from '../../charts/types';
import type { FitDocument, PredictDocument } from '../../state/documents';
import { rowOf, tableOf, vectorOf, type Table } from '../../worker/arrays';
import type { CoreMessage } from '../../worker/message';
import { measuredConditions } from './offers';
import { trueEffects, type TruePoint } from './truth';

/** A measured effect with its 95 % interval. */
export interface Measured {
  /** Days. */
  time: number;
  effect: number;
  low: number;
  high: number;
  heldOut: boolean;
}

/** What is drawn of a prediction: change against unedited cells, or, without edits, against the start. */
export interface Changes {
  times: number[];
  genes: string[];
  /** times × genes. */
  mean: Table;
  low: Table;
  high: Table;
}

export function changesOf(message: CoreMessage<PredictDocument>, fit: CoreMessage<FitDocument>): Changes {
  const document = message.json;
  const { times, genes } = document;
  if (document.edits.length > 0) {
    return {
      times,
      genes,
      mean: tableOf(message, document.effect.mean),
      low: tableOf(message, document.effect.low),
      high: tableOf(message, document.effect.high),
    };
  }
  const start = vectorOf(fit, fit.json.state_zero);
  const column = new Map(fit.json.genes.map((gene, at) => [gene, at]));
  const since = (table: Table): Table => ({
    ...table,
    values: table.values.map((value, i) => value - start[column.get(genes[i % genes.length]!)!]!),
  });
  return {
    times,
    genes,
    mean: since(tableOf(message, document.mean)),
    low: since(tableOf(message, document.low)),
    high: since(tableOf(message, document.high)),
  };
}

/** A value, or null where there is none (one member has no spread). */
export function at(table: Table, row: number, column: number): number | null {
  const value = table.values[row * table.columns + column];
  return value === undefined || Number.isNaN(value) ? null : value;
}

/** What was measured of a gene under these edits, in the order of time. */
export function measuredOf(
  fit: CoreMessage<FitDocument>,
  edits: readonly string[],
  medium: string,
  gene: string,
): Measured[] {
  const document = fit.json;
  const column = document.genes.indexOf(gene);
  if (column < 0) return [];
  const x = tableOf(fit, document.observed.x);
  const variance = tableOf(fit, document.observed.variance);
  return measuredConditions(document, edits, medium)
    .flatMap((condition): Measured[] => {
      const effect = rowOf(x, condition)[column]!;
      const sd = Math.sqrt(rowOf(variance, condition)[column]!);
      if (!Number.isFinite(effect)) return [];
      return [
        {
          time: document.observed.times[condition]!,
          effect,
          low: effect - 1.96 * sd,
          high: effect + 1.96 * sd,
          heldOut: document.observed.held_out[condition]!,
        },
      ];
    })
    .sort((a, b) => a.time - b.time);
}

export interface Change {
  gene: string;
  /** Days. */
  time: number;
  effect: number;
  low: number | null;
  high: number | null;
  measured: Measured | null;
  truth: TruePoint | null;
}

/** The largest changes, with what was measured at that time and, in an example, the truth. */
export function topChanges(
  message: CoreMessage<PredictDocument>,
  fit: CoreMessage<FitDocument>,
  truth: unknown,
  /** These genes, in this order, instead of the largest. */
  genes: readonly string[] = [],
): Change[] {
  const { edits, medium } = message.json;
  const close = (a: number, b: number) => Math.abs(a - b) < 1e-6 * Math.max(1, b);
  const entries =
    genes.length > 0
      ? largestOf(changesOf(message, fit), genes)
      : edits.length > 0
        ? message.json.top.flatMap((entry) =>
            entry.effect === null ? [] : [{ ...entry, effect: entry.effect }],
          )
        : largestOf(changesOf(message, fit));
  return entries.map((entry) => ({
    ...entry,
    measured: measuredOf(fit, edits, medium, entry.gene).find(({ time }) => close(time, entry.time)) ?? null,
    truth:
      trueEffects(truth, edits, medium, entry.gene).find(
        ({ time }) => time === null || close(time, entry.time),
      ) ?? null,
  }));
}

function largestOf(changes: Changes, wanted: readonly string[] = []): Omit<Change, 'measured' | 'truth'>[] {
  const genes = wanted.length > 0 ? wanted.filter((gene) => changes.genes.includes(gene)) : changes.genes;
  const largest = genes.map((gene) => {
    const g = changes.genes.indexOf(gene);
    const best = changes.times.reduce(
      (most, _, t) =>
        Math.abs(at(changes.mean, t, g) ?? 0) > Math.abs(at(changes.mean, most, g) ?? 0) ? t : most,
      0,
    );
    return {
      gene,
      time: changes.times[best]!,
      effect: at(changes.mean, best, g) ?? 0,
      low: at(changes.low, best, g),
      high: at(changes.high, best, g),
    };
  });
  if (wanted.length > 0) return largest;
  return largest.sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect)).slice(0, 50);
}

/** Every gene at every time, in the form of a file. Times in days, states and effects on the scale of the data. */
export function everythingTable(message: CoreMessage<PredictDocument>): DataTable {
  const { edits, medium, times, genes, mean, low, high, sd, control, effect } = message.json;
  const tables = [mean, low, high, sd, control, effect.mean, effect.low, effect.high].map((stored) =>
    tableOf(message, stored),
  );
  return {
    columns: [
      'edits',
      'medium',
      'time_d',
      'gene',
      'state',
      'state_low',
      'state_high',
      'state_sd',
      'unedited',
      'effect',
      'effect_low',
      'effect_high',
    ],
    rows: times.flatMap((time, t) =>
      genes.map((gene, g) => [
        edits.join('+'),
        medium,
        time,
        gene,
        ...tables.map((table) => at(table, t, g)),
      ]),
    ),
  };
}
