import { expect, test } from 'vitest';
import { initialChoices } from '../../web/src/pages/design/choices';
import {
  initialPilot,
  pilotFigure,
  pilotRequest,
  pilotTable,
  symbolOf,
  type PilotDocument,
} from '../../web/src/pages/design/pilot';

const variance = (low: number | null) => ({
  name: 'sg2',
  value: 0.01,
  df: 6,
  low,
  high: low === null ? null : 0.04,
  reason: low === null ? 'one batch' : null,
});
const document: PilotDocument = {
  kind: 'pilot',
  confidence: 0.95,
  factor: 2,
  genes: 1,
  effect: 0.5,
  power: 0.8,
  variances: [{ name: 'sg2', needed: 9, reason: null }],
  sizes: [
    { batches: 1, cells: 100, variances: [variance(null)], power: [null, null], mdfc: [null, null] },
    { batches: 4, cells: 400, variances: [variance(0.004)], power: [0.4, 0.95], mdfc: [1.3, 2.1] },
  ],
  verdict: [],
};

test('a pilot asks about the design on the page', () => {
  const layout = { conditions: ['control', 'A'], batches: ['b1'], levels: [], cells: [[10], [10]] };
  const choices = { ...initialChoices(), problem: { layout, control: ['control'], contrasts: null } };
  expect(pilotRequest(choices, initialPilot)).toMatchObject({
    layout,
    control: ['control'],
    pilot: { factor: 2, confidence: 0.95, genes: 1, most: 400 },
  });
  const rows = Array.from({ length: 1000 }, (_, i) => `c${i}`);
  const many = { ...layout, conditions: rows, cells: rows.map(() => [1]) };
  const large = { ...choices, problem: { ...choices.problem, layout: many } };
  expect(pilotRequest(large, initialPilot)).toMatchObject({ pilot: { most: 20 } });
});

test('pilots that can tell nothing are in the table but not in the figure', () => {
  const figure = pilotFigure(document);
  expect(figure.table.rows.map((row) => row[1])).toEqual([4, 4, 4]);
  expect(figure.description).toContain('0.4 and 0.95');
  const table = pilotTable(document);
  expect(table.rows).toHaveLength(2);
  expect(table.columns.slice(2, 5)).toEqual(['sg2 df', 'sg2 low', 'sg2 high']);
  expect(table.rows[0]!.slice(2)).toEqual([6, null, null, null, null, null, null]);
});

test('variances by their signs', () => {
  expect([symbolOf('sg2'), symbolOf('batch'), symbolOf('day')]).toEqual(['s_g²', 's_b²', 's_b² of day']);
});
