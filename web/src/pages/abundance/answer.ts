import type { DataTable } from '../../charts/types';
import type { AbundanceDocument, AbundanceEffect, TestedEstimate } from '../../state/abundance';
import { rowOf, tableOf } from '../../worker/arrays';
import type { CoreMessage } from '../../worker/message';

type Message = CoreMessage<AbundanceDocument>;

export type Quantity = 'growth' | 'fold';

/** What the page shows first: growth where it is identified. */
export function quantityOf(document: AbundanceDocument): Quantity {
  return document.basis === 'none' ? 'fold' : 'growth';
}

/** The edit to look at first: the surest difference. */
export function surest(document: AbundanceDocument): string {
  const quantity = quantityOf(document);
  const p = (effect: AbundanceEffect) => effect[quantity].p ?? 2;
  const [first] = [...document.effects].sort((a, b) => p(a) - p(b));
  return first?.edit ?? '';
}

export interface SplitRow {
  gene: string;
  total: number;
  low: number | null;
  high: number | null;
  moved: number;
  movedLow: number | null;
  movedHigh: number | null;
  changed: number;
  changedLow: number | null;
  changedHigh: number | null;
  q: number | null;
}

/** The genes of one edit, the largest total effects first. */
export function splitRows(message: Message, edit: string): SplitRow[] {
  const { split, effects } = message.json;
  const at = effects.findIndex((effect) => effect.edit === edit);
  if (split === null || at < 0) return [];
  const known = (x: number | undefined) => (x === undefined || Number.isNaN(x) ? null : x);
  const row = (stored: NonNullable<AbundanceDocument['split']>['q']) => rowOf(tableOf(message, stored), at);
  const [total, moved, changed] = [split.total, split.moved, split.changed].map((part) => ({
    value: row(part.value),
    low: row(part.low),
    high: row(part.high),
  })) as [Part, Part, Part];
  const q = row(split.q);
  return split.genes
    .flatMap((gene, g): SplitRow[] => {
      const value = known(total.value[g]);
      if (value === null) return [];
      return [
        {
          gene,
          total: value,
          low: known(total.low[g]),
          high: known(total.high[g]),
          moved: moved.value[g]!,
          movedLow: known(moved.low[g]),
          movedHigh: known(moved.high[g]),
          changed: changed.value[g]!,
          changedLow: known(changed.low[g]),
          changedHigh: known(changed.high[g]),
          q: known(q[g]),
        },
      ];
    })
    .sort((a, b) => Math.abs(b.total) - Math.abs(a.total));
}

interface Part {
  value: Float64Array;
  low: Float64Array;
  high: Float64Array;
}

const tested = (name: string) =>
  ['value', 'se', 'df', 'low', 'high', 'p', 'q'].map((part) => `${name}_${part}`);
const testedValues = (e: TestedEstimate) => [e.value, e.se, e.df, e.low, e.high, e.p, e.q];

/** Every edit in the form of a file. */
export function editsTable(document: AbundanceDocument): DataTable {
  return {
    columns: [
      'edit',
      'cells',
      'control_cells',
      'hosts',
      'hosts_without',
      ...tested('log_fold'),
      ...tested('growth_per_day'),
      'variation',
      ...document.compartments.flatMap((name) =>
        document.compartments.length > 1 ? [`share_${name}`, `share_${name}_low`, `share_${name}_high`] : [],
      ),
    ],
    rows: document.effects.map((effect) => [
      effect.edit,
      effect.cells,
      effect.control_cells,
      effect.hosts,
      effect.lost,
      ...testedValues(effect.fold),
      ...testedValues(effect.growth),
      effect.variation,
      ...effect.share.flatMap(({ value, low, high }) => [value, low, high]),
    ]),
  };
}

export function splitTable(rows: readonly SplitRow[]): DataTable {
  return {
    columns: [
      ...['gene', 'total', 'total_low', 'total_high', 'moved', 'moved_low', 'moved_high'],
      ...['changed', 'changed_low', 'changed_high', 'q'],
    ],
    rows: rows.map((row) => [
      ...[row.gene, row.total, row.low, row.high, row.moved, row.movedLow, row.movedHigh],
      ...[row.changed, row.changedLow, row.changedHigh, row.q],
    ]),
  };
}
