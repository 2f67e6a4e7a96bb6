import type { DataTable } from '../../charts/types';
import type { FitDocument, ProtocolDifference, ProtocolDocument, ProtocolEntry } from '../../state/documents';
import { tableOf, vectorOf, type Table } from '../../worker/arrays';
import type { CoreMessage } from '../../worker/message';
import { at } from '../predict/answer';
import type { Shown } from './page.svelte';

type Message = CoreMessage<ProtocolDocument>;

/** A protocol's curves: change since the start, or against unedited cells in the same media. times × genes. */
export interface Curves {
  mean: Table;
  low: Table;
  high: Table;
}

export function curvesOf(message: Message, entry: ProtocolEntry, shown: Shown): Curves {
  if (shown === 'effect') {
    const { mean, low, high } = entry.effect;
    return { mean: tableOf(message, mean), low: tableOf(message, low), high: tableOf(message, high) };
  }
  const mean = tableOf(message, entry.mean);
  const since = (table: Table): Table => ({
    ...table,
    values: table.values.map((value, i) => value - mean.values[i % mean.columns]!),
  });
  return {
    mean: since(mean),
    low: since(tableOf(message, entry.low)),
    high: since(tableOf(message, entry.high)),
  };
}

/** Genes that the protocols move most at any time, edited ones too. */
export function mostMoved(message: Message, shown: Shown, count: number): string[] {
  const { genes, protocols } = message.json;
  const sizes = genes.map(() => 0);
  for (const entry of protocols) {
    const { mean } = curvesOf(message, entry, shown);
    mean.values.forEach((value, i) => {
      const g = i % mean.columns;
      if (Number.isFinite(value)) sizes[g] = Math.max(sizes[g]!, Math.abs(value));
    });
  }
  return genes
    .map((gene, g) => ({ gene, size: sizes[g]! }))
    .sort((a, b) => b.size - a.size)
    .slice(0, count)
    .map(({ gene }) => gene);
}

/** "RA + STAT1", what acts in a stage. */
export function stageText(medium: string, edits: readonly string[], media: number): string {
  const parts = [...(media > 1 ? [medium || 'not named'] : []), ...edits];
  return parts.join(' + ') || 'unedited';
}

export interface EndRow {
  gene: string;
  /** One a protocol, in their order. */
  ends: { state: number; sd: number | null; change: number; effect: number; effectSd: number | null }[];
  /** The largest distance between two protocols' ends, in what is shown. */
  apart: number;
}

export function endRows(message: Message, fit: CoreMessage<FitDocument>, shown: Shown): EndRow[] {
  const { genes, protocols } = message.json;
  const start = vectorOf(fit, fit.json.state_zero);
  const place = new Map(fit.json.genes.map((gene, g) => [gene, g]));
  const ends = protocols.map(({ end }) => ({
    state: vectorOf(message, end.state),
    sd: vectorOf(message, end.sd),
    effect: vectorOf(message, end.effect),
    effectSd: vectorOf(message, end.effect_sd),
  }));
  const known = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? null : value);
  return genes.map((gene, g) => {
    const own = ends.map((end) => ({
      state: end.state[g]!,
      sd: known(end.sd[g]),
      change: end.state[g]! - start[place.get(gene)!]!,
      effect: end.effect[g]!,
      effectSd: known(end.effectSd[g]),
    }));
    const compared = own.map(({ state, effect }) => (shown === 'state' ? state : effect));
    return { gene, ends: own, apart: Math.max(...compared) - Math.min(...compared) };
  });
}

/** Every end in the form of a file. */
export function endsTable(message: Message, fit: CoreMessage<FitDocument>): DataTable {
  const rows = endRows(message, fit, 'state');
  return {
    columns: [
      'protocol',
      'duration_d',
      'gene',
      'state',
      'state_sd',
      'change_since_start',
      'effect_on_unedited',
      'effect_sd',
    ],
    rows: message.json.protocols.flatMap(({ name, duration }, p) =>
      rows.map(({ gene, ends }) => {
        const { state, sd, change, effect, effectSd } = ends[p]!;
        return [name, duration, gene, state, sd, change, effect, effectSd];
      }),
    ),
  };
}

/** Every gene along every protocol. */
export function trajectoriesTable(message: Message): DataTable {
  const { genes, protocols } = message.json;
  return {
    columns: ['protocol', 'time_d', 'stage', 'gene', 'state', 'low', 'high', 'unedited', 'effect'],
    rows: protocols.flatMap((entry) => {
      const tables = [entry.mean, entry.low, entry.high, entry.reference, entry.effect.mean].map((stored) =>
        tableOf(message, stored),
      );
      return entry.times.flatMap((time, t) => {
        const stage = Math.max(1, entry.stages.findIndex(({ end_at }) => t <= end_at) + 1);
        return genes.map((gene, g) => [
          entry.name,
          time,
          stage,
          gene,
          ...tables.map((table) => at(table, t, g)),
        ]);
      });
    }),
  };
}

export interface DifferenceRow {
  /** What is exchanged, or which two protocols. */
  protocol: string;
  what: string;
  difference: ProtocolDifference;
}

export function commutatorRows(document: ProtocolDocument, media: number): DifferenceRow[] {
  return document.protocols.flatMap(({ name, stages, commutators }) =>
    commutators.map((difference) => {
      const said = (place: number) => {
        const stage = stages[place - 1]!;
        const added = stage.added.map((edit) => edit.name);
        return `${place} (${stageText(
          stage.medium,
          added.map((edit) => `adds ${edit}`),
          media,
        )})`;
      };
      return { protocol: name, what: `${said(difference.first)} ⇄ ${said(difference.second)}`, difference };
    }),
  );
}

export function differenceRows(document: ProtocolDocument): DifferenceRow[] {
  return document.differences.map((difference) => ({
    protocol: difference.first,
    what: difference.second,
    difference,
  }));
}

export function differencesTable(rows: readonly DifferenceRow[], first: string, second: string): DataTable {
  return {
    columns: [
      first,
      second,
      'norm',
      'spread',
      'rms_per_gene',
      'relative_to_error',
      'gene_that_differs_most',
      'by',
    ],
    rows: rows.map(({ protocol, what, difference }) => [
      protocol,
      what,
      difference.norm,
      difference.spread,
      difference.rms,
      difference.relative,
      difference.top[0]?.gene ?? null,
      difference.top[0]?.difference ?? null,
    ]),
  };
}
