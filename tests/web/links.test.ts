import { describe, expect, test, vi } from 'vitest';
import {
  answerRows,
  answersTable,
  apartText,
  edgeMatrix,
  edgeRows,
  edgesFrom,
  edgesTable,
  firstThreshold,
  stabilityText,
  steadyTable,
} from '../../web/src/pages/links/answer';
import { besideFigure, graphFigure, matrixFigure } from '../../web/src/pages/links/figures';
import { portraitFigure } from '../../web/src/pages/links/portrait';
import type { EditLink, LinksDocument, PortraitDocument } from '../../web/src/state/links';
import type { CoreMessage } from '../../web/src/worker/message';

vi.mock('../../web/src/worker/core', () => ({ core: {} }));

const bytes = new Uint8Array(0);
const answer = (stable: boolean, mean: (number | null)[], unstable = 0) => ({
  stable,
  unstable,
  abscissa: [stable ? -0.4 : 0.2],
  sentence: stable ? 'Stable.' : 'Unstable, no number.',
  mean,
  low: mean.map((value) => (value === null ? null : value - 0.1)),
  high: mean.map((value) => (value === null ? null : value + 0.1)),
});
const message = {
  json: {
    kind: 'links',
    scale: 'log',
    members: 2,
    genes: ['A', 'B', 'C'],
    edges: {
      basis: 'bootstrap',
      identified: 3,
      possible: 6,
      ranked: {
        from: [0, 1, 2],
        to: [1, 0, 1],
        value: [-0.8, 0.5, 0.1],
        low: [-0.9, 0.2, -0.1],
        high: [-0.7, 0.8, 0.3],
        learned: [0.9, 0.7, 0.6],
      },
      matrix: [
        [null, 0.5, null],
        [-0.8, null, 0.1],
        [null, null, null],
      ],
    },
    edits: [
      {
        label: 'A',
        kind: 'intervention',
        held: ['A'],
        scm: answer(true, [-3, 2.4, 0.1]),
        model: answer(true, [-0.2, 2, 0.3]),
        difference: 0.316,
        size: 1.43,
      },
      {
        label: 'B',
        kind: 'intervention',
        held: ['B'],
        scm: answer(false, [null, null, null], 1),
        model: answer(false, [null, null, null], 2),
        difference: null,
        size: null,
      },
    ],
    steady_states: {
      starts: 5,
      seed: 1,
      conditions: [
        {
          label: 'unedited',
          sentence: '2 stable steady states a member.',
          members: [
            {
              member: 0,
              failed: 0,
              points: [
                { stable: true, abscissa: -1, starts: 3, from_control: true, distance: 0 },
                { stable: false, abscissa: 0.5, starts: 2, from_control: false, distance: 1.2 },
              ],
              states: [],
            },
          ],
        },
      ],
    },
  },
  bytes,
} as unknown as CoreMessage<LinksDocument>;
const [held, unstable] = message.json.edits as [EditLink, EditLink];

describe('edges', () => {
  const rows = edgeRows(message);

  test('are ranked by name, and what the data do not tell has no row', () => {
    expect(rows.map(({ rank, from, to, value }) => [rank, from, to, value])).toEqual([
      [1, 'A', 'B', -0.8],
      [2, 'B', 'A', 0.5],
      [3, 'C', 'B', 0.1],
    ]);
    expect(rows.map(({ open }) => open)).toEqual([false, false, true]);
    const seeds = { ...message, json: { ...message.json, edges: { ...message.json.edges, basis: 'seeds' } } };
    expect(edgeRows(seeds as typeof message).every(({ open }) => open)).toBe(true);
    expect(edgesTable(message).rows).toHaveLength(3);
  });

  test('are drawn from a threshold on', () => {
    expect(edgesFrom(rows, 0.5, 10)).toHaveLength(2);
    expect(edgesFrom(rows, 0, 1)).toHaveLength(1);
    expect(firstThreshold(rows)).toBe(0);
    expect(firstThreshold(rows, 2)).toBe(0.1);
    const figure = graphFigure(edgesFrom(rows, 0.5, 10), 0.5);
    expect(figure.description).toContain('2 edges between 2 genes');
    expect(figure.table.rows).toHaveLength(2);
  });

  test('stand in a matrix that is blank elsewhere', () => {
    expect(edgeMatrix(message).values[1]).toEqual([-0.8, null, 0.1]);
    const figure = matrixFigure(message);
    // C is not acted on by any edge that is told, so it has no row; all three act.
    expect(figure.table.rows.map((row) => row[0])).toEqual(['A', 'B']);
    expect(figure.table.columns).toEqual(['Gene acted on', 'A', 'B', 'C']);
    expect(figure.table.rows[0]).toEqual(['A', null, 0.5, null]);
  });
});

describe('interventions', () => {
  test('without a number say so, and never a zero', () => {
    expect(stabilityText(held.scm, 2)).toBe('stable');
    expect(stabilityText(unstable.scm, 2)).toBe('unstable in 1 of 2');
    expect(stabilityText(unstable.scm, 1)).toBe('unstable');
    expect(apartText(unstable)).toBe('no number');
    expect(apartText(held)).toBe('0.32 of 1.4');
    expect(answerRows(message, unstable).every(({ scm, model }) => scm === null && model === null)).toBe(
      true,
    );
    expect(answersTable(message).rows[4]!.slice(4)).toEqual([null, null, null, null, null, null]);
  });

  test('held genes are no points of the comparison', () => {
    const figure = besideFigure(message, held);
    expect(figure.table.rows.map((row) => row[1])).toEqual(['B', 'C']);
    expect(figure.table.rows[0]!.slice(2)).toEqual([2, 2.4]);
  });
});

test('steady states are listed with their stability', () => {
  expect(steadyTable(message).rows).toEqual([
    ['unedited', 0, 'yes', -1, 3, 'yes', 0],
    ['unedited', 0, 'no', 0.5, 2, 'no', 1.2],
  ]);
});

test('a portrait has the field, the ways and the rests in its table, and names its axes with units', () => {
  const portrait = {
    json: {
      kind: 'portrait',
      scale: 'log2',
      member: 1,
      label: 'A',
      axes: [
        { name: 'component 1', component: true, share: 0.61, loadings: [] },
        { name: 'B', component: false, share: null, loadings: [] },
      ],
      grid: {
        u: [0, 1],
        v: [0, 1],
        du: [
          [1, 2],
          [3, 4],
        ],
        dv: [
          [-1, -2],
          [-3, -4],
        ],
        u_nullcline: [[0, 0, 1, 1]],
        v_nullcline: [],
      },
      paths: [
        { label: 'A', diverged: false, times: [0, 1], u: [0, 0.5], v: [0, 0.2] },
        { label: 'B', diverged: true, times: [], u: [], v: [] },
      ],
      rests: [{ label: 'A', u: 0.5, v: 0.2, stable: true, abscissa: -1, away: 0 }],
    },
    bytes,
  } as unknown as CoreMessage<PortraitDocument>;
  const figure = portraitFigure(portrait);
  const rows = figure.table.rows;
  expect(rows.filter(([what]) => what === 'field').map((row) => row.slice(3, 7))).toEqual([
    [0, 0, 1, -1],
    [0, 1, 2, -2],
    [1, 0, 3, -3],
    [1, 1, 4, -4],
  ]);
  expect(rows.filter(([what]) => what === 'way')).toHaveLength(2);
  expect(rows.at(-1)!.slice(0, 5)).toEqual(['stable state', 'A', null, 0.5, 0.2]);
  const tokens = { series: Array(7).fill('#000'), diverging: ['#000'] } as never;
  const option = figure.option(tokens, 800) as { xAxis: { name: string }; yAxis: { name: string } };
  expect(option.xAxis.name).toBe("Component 1, 61 % of the states' variance (log₂)");
  expect(option.yAxis.name).toBe('B, change from control (log₂)');
});
