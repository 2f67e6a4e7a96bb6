import { heatMap } from '../../charts/heatMap';
import type { Figure } from '../../charts/types';
import type { StatesDocument } from '../../state/documents';
import { integer } from './format';

export interface RowGrid {
  conditions: string[];
  batches: string[];
  /** Rows of each condition in each batch. */
  cells: number[][];
  controls: string[];
}

/** Conditions × batches, controls on top: how many rows (replicates) there are of each. */
export function rowGrid(table: StatesDocument): RowGrid {
  const controls = [
    ...new Set(table.rows.filter(({ edits }) => edits.length === 0).map(({ label }) => label)),
  ];
  const conditions = [...new Set([...controls, ...table.rows.map(({ label }) => label)])];
  const named = table.rows.some(({ batch }) => batch !== '');
  const nameOf = (batch: string): string => (named ? batch || '(none)' : 'all rows');
  const batches = [...new Set(table.rows.map(({ batch }) => nameOf(batch)))];
  const cells = conditions.map(() => batches.map(() => 0));
  const rowOf = new Map(conditions.map((label, at) => [label, at]));
  const columnOf = new Map(batches.map((name, at) => [name, at]));
  for (const { label, batch } of table.rows) cells[rowOf.get(label)!]![columnOf.get(nameOf(batch))!]! += 1;
  return { conditions, batches, cells, controls };
}

export function replicatesFigure(table: StatesDocument): Figure {
  const { conditions, batches, cells, controls } = rowGrid(table);
  return heatMap({
    rows: conditions,
    columns: batches,
    values: cells,
    rowTitle: 'Condition',
    columnTitle: table.found.batches.length > 0 ? 'batch' : 'no batch named',
    valueTitle: 'rows',
    counts: true,
    controlRows: new Set(controls),
    description:
      `Rows of ${integer(conditions.length)} conditions (controls on top) in ${integer(batches.length)} ` +
      `${batches.length === 1 ? 'batch' : 'batches'}; several rows of one condition are replicates.`,
  });
}
