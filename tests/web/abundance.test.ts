import { expect, test } from 'vitest';
import { quantityOf, splitRows, splitTable, editsTable, surest } from '../../web/src/pages/abundance/answer';
import { editFigure, shareFigure, splitFigure } from '../../web/src/pages/abundance/figures';
import type { AbundanceDocument } from '../../web/src/state/abundance';
import type { CoreMessage } from '../../web/src/worker/message';

const estimate = (value: number | null, p: number | null) => ({
  value,
  se: 0.1,
  df: 4,
  low: value === null ? null : value - 0.2,
  high: value === null ? null : value + 0.2,
  p,
  q: p,
});
const document: AbundanceDocument = {
  kind: 'abundance',
  schema: 1,
  fdr: 0.05,
  compartments: ['marrow', 'spleen'],
  hosts: ['m1', 'm2'],
  edits: ['', 'A', 'B'],
  basis: 'none',
  variation: 0.1,
  effects: [
    {
      edit: 'A',
      cells: 10,
      control_cells: 40,
      hosts: 2,
      lost: 1,
      fold: estimate(-0.5, 0.2),
      growth: estimate(null, null),
      variation: 0.1,
      share: [estimate(0.1, 0.5), estimate(-0.1, 0.5)],
    },
    {
      edit: 'B',
      cells: 30,
      control_cells: 40,
      hosts: 2,
      lost: 0,
      fold: estimate(0.7, 0.01),
      growth: estimate(null, null),
      variation: null,
      share: [estimate(0.3, 0.01), estimate(-0.3, 0.01)],
    },
  ],
  samples: [],
  split: {
    genes: ['LYZ', 'CD3E', 'GONE'],
    hosts: [2, 2],
    total: {
      value: [
        [1, -3, null],
        [0, 1, 2],
      ],
      low: [
        [0, -4, null],
        [0, 0, 1],
      ],
      high: [
        [2, -2, null],
        [0, 2, 3],
      ],
    },
    moved: {
      value: [
        [1, -1, null],
        [0, 1, 1],
      ],
      low: [
        [0, -2, null],
        [0, 0, 0],
      ],
      high: [
        [2, 0, null],
        [0, 2, 2],
      ],
    },
    changed: {
      value: [
        [0, -2, null],
        [0, 0, 1],
      ],
      low: [
        [-1, -3, null],
        [0, -1, 0],
      ],
      high: [
        [1, -1, null],
        [0, 1, 2],
      ],
    },
    q: [
      [0.5, 0.01, null],
      [1, 0.2, 0.1],
    ],
  },
  verdict: [],
  warnings: [],
};
const message = { json: document, bytes: new Uint8Array(0) } as CoreMessage<AbundanceDocument>;

test('without growth the fold is shown, and the surest edit first', () => {
  expect(quantityOf(document)).toBe('fold');
  expect(quantityOf({ ...document, basis: 'times' })).toBe('growth');
  expect(surest(document)).toBe('B');
  expect(surest({ ...document, effects: [] })).toBe('');
});

test('genes of one edit come with both parts, the largest total first; what has no number is left out', () => {
  const rows = splitRows(message, 'A');
  expect(rows.map(({ gene }) => gene)).toEqual(['CD3E', 'LYZ']);
  for (const row of rows) expect(row.moved + row.changed).toBeCloseTo(row.total, 12);
  expect(rows[0]).toMatchObject({ total: -3, low: -4, high: -2, movedLow: -2, changedHigh: -1, q: 0.01 });
  expect(splitRows(message, 'none')).toEqual([]);
  expect(splitTable(rows).rows[0]).toEqual(['CD3E', -3, -4, -2, -1, -2, 0, -2, -3, -1, 0.01]);
});

test('the file of edits holds every number, with a share and its interval for each cell type', () => {
  const { columns, rows } = editsTable(document);
  for (const row of rows) expect(row).toHaveLength(columns.length);
  expect(rows[0]![columns.indexOf('share_spleen')]).toBe(-0.1);
  expect(rows[1]![columns.indexOf('log_fold_value')]).toBe(0.7);
  expect(rows[0]![columns.indexOf('growth_per_day_value')]).toBeNull();
});

test('plots name their axes and units', () => {
  expect(editFigure(document, 'growth').table.columns.join()).toContain('1/day');
  expect(editFigure(document, 'fold').table.rows).toHaveLength(2);
  expect(shareFigure(document, 'B')!.table.rows.map((row) => row[0])).toContain('spleen');
  expect(shareFigure({ ...document, effects: [{ ...document.effects[0]!, share: [] }] }, 'A')).toBeNull();
  expect(splitFigure(splitRows(message, 'A'), 'A').table.rows).toHaveLength(4);
});
