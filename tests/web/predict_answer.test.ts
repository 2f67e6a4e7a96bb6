import { describe, expect, test, vi } from 'vitest';
import { everythingTable, measuredOf, topChanges } from '../../web/src/pages/predict/answer';
import { firstEdits, measuredConditions, offersOf, whyNot } from '../../web/src/pages/predict/offers';
import { fineTimes } from '../../web/src/pages/predict/page.svelte';
import { daysOf, unitName } from '../../web/src/pages/predict/times';
import { trueEffects } from '../../web/src/pages/predict/truth';
import type { FitDocument, PredictDocument } from '../../web/src/state/documents';
import type { CoreMessage } from '../../web/src/worker/message';

vi.mock('../../web/src/worker/core', () => ({ core: {} }));

const bytes = new Uint8Array(0);

const fit = {
  json: {
    genes: ['STAT1', 'IRF1', 'JAK2'],
    modality: 'knockout',
    edit_model: {
      clamps: true,
      edits: [
        { name: 'CUL3', target: null, trained: true },
        { name: 'BRD4', target: null, trained: false },
        { name: 'IRF1', target: 'IRF1', trained: false },
        { name: 'STAT1', target: 'STAT1', trained: true },
      ],
    },
    media: ['', 'RA'],
    state_zero: [1, 2, 3],
    observed: {
      conditions: ['STAT1', 'STAT1 5 d', 'IRF1', 'STAT1 RA', 'IRF1+STAT1'],
      edits: [['STAT1'], ['STAT1'], ['IRF1'], ['STAT1'], ['IRF1', 'STAT1']].map((names) =>
        names.map((name) => ({ name, dose: 1 })),
      ),
      media: ['', '', '', 'RA', ''],
      times: [2, 5, 2, 2, 2],
      held_out: [false, false, true, false, false],
      x: [
        [0.1, -0.5, null],
        [0.2, -0.7, 0],
        [0, 0, 0],
        [9, 9, 9],
        [8, 8, 8],
      ],
      variance: [
        [0.01, 0.04, null],
        [0.01, 0.01, 0.01],
        [1, 1, 1],
        [1, 1, 1],
        [1, 1, 1],
      ],
    },
  },
  bytes,
} as unknown as CoreMessage<FitDocument>;

describe('edits that are offered', () => {
  test('those the model can speak about, each with how it came to know', () => {
    expect(offersOf(fit.json)).toEqual([
      { name: 'CUL3', kind: 'trained' },
      { name: 'STAT1', kind: 'trained' },
      { name: 'IRF1', kind: 'held out' },
      { name: 'JAK2', kind: 'unseen' },
    ]);
    expect(firstEdits(fit.json)).toEqual(['IRF1']);
  });

  test('an edit without a target among the genes is never offered unseen, and it is said why', () => {
    expect(whyNot(fit.json, 'BRD4')).toContain('its target is not among the modelled genes');
    expect(whyNot(fit.json, 'MYC')).toContain('fit again with it among the genes');
  });

  test('a field without clamps knows only what it was trained on', () => {
    const neural = { ...fit.json, edit_model: { ...fit.json.edit_model, clamps: false } };
    expect(offersOf(neural).map((offer) => offer.name)).toEqual(['CUL3', 'STAT1']);
    expect(whyNot(neural, 'IRF1')).toContain('held out');
  });
});

describe('what was measured', () => {
  test('exactly these edits in this medium, in the order of time, with 95 % intervals', () => {
    expect(measuredConditions(fit.json, ['STAT1'], '')).toEqual([0, 1]);
    expect(measuredConditions(fit.json, ['STAT1', 'IRF1'], '')).toEqual([4]);
    const points = measuredOf(fit, ['STAT1'], '', 'IRF1');
    expect(points.map(({ time, effect }) => [time, effect])).toEqual([
      [2, -0.5],
      [5, -0.7],
    ]);
    expect(points[0]!.high).toBeCloseTo(-0.5 + 1.96 * 0.2, 12);
  });

  test('a gene without a value at a time has no point there', () => {
    expect(measuredOf(fit, ['STAT1'], '', 'JAK2').map(({ time }) => time)).toEqual([5]);
  });
});

const truth = {
  kind: 'truth',
  genes: ['IRF1', 'STAT1'],
  conditions: [
    { edits: [], medium: '', time: 2, control: true },
    { edits: [{ name: 'STAT1' }], medium: '', time: 5, control: false },
    { edits: [{ name: 'STAT1' }], medium: '', time: 2, control: false },
  ],
  effect: [
    [0, 0],
    [-0.8, 0.3],
    [-0.6, 0.2],
  ],
  composition: [0, -0.1, 0.05],
};

const prediction = {
  json: {
    kind: 'predict',
    edits: ['STAT1'],
    medium: '',
    times: [2, 5],
    genes: ['IRF1', 'JAK2'],
    control: [
      [2, 3],
      [2, 3],
    ],
    mean: [
      [1.5, 3.1],
      [1.2, 3.2],
    ],
    low: [
      [1.4, 3],
      [1.1, 3.1],
    ],
    high: [
      [1.6, 3.2],
      [1.3, 3.3],
    ],
    sd: [
      [0.05, 0.05],
      [0.05, 0.05],
    ],
    effect: {
      mean: [
        [-0.5, 0.1],
        [-0.8, 0.2],
      ],
      low: [
        [-0.6, 0],
        [-0.9, 0.1],
      ],
      high: [
        [-0.4, 0.2],
        [-0.7, 0.3],
      ],
    },
    top: [
      { gene: 'IRF1', time: 5, effect: -0.8, low: -0.9, high: -0.7 },
      { gene: 'JAK2', time: 5, effect: 0.2, low: 0.1, high: 0.3 },
    ],
    members: 5,
    single_time: false,
    warnings: [],
    unseen: false,
  },
  bytes,
} as unknown as CoreMessage<PredictDocument>;

test('the truth is depth-normalised as measured effects are, and in the order of time', () => {
  expect(trueEffects(truth, ['STAT1'], '', 'IRF1')).toEqual([
    { time: 2, effect: -0.65 },
    { time: 5, effect: -0.7000000000000001 },
  ]);
  expect(trueEffects(truth, [], '', 'IRF1')).toEqual([]);
  expect(trueEffects(null, ['STAT1'], '', 'IRF1')).toEqual([]);
});

test('top changes stand beside what was measured at that time and the truth', () => {
  const [first, second] = topChanges(prediction, fit, truth);
  expect(first).toMatchObject({ gene: 'IRF1', effect: -0.8, measured: { effect: -0.7 }, truth: { time: 5 } });
  expect(second).toMatchObject({ gene: 'JAK2', measured: { effect: 0 }, truth: null });
});

test('without edits, change is counted from the start', () => {
  const unedited = { ...prediction, json: { ...prediction.json, edits: [], top: [] } };
  const changes = topChanges(unedited, fit, null);
  expect(changes.map(({ gene, time, effect }) => [gene, time, Number(effect.toFixed(9))])).toEqual([
    ['IRF1', 5, -0.8],
    ['JAK2', 5, 0.2],
  ]);
});

test('the file has every gene at every time', () => {
  const table = everythingTable(prediction);
  expect(table.rows).toHaveLength(4);
  expect(table.rows[2]).toEqual(['STAT1', '', 5, 'IRF1', 1.2, 1.1, 1.3, 0.05, 2, -0.8, -0.9, -0.7]);
});

test('drawn times hold the ones asked for; units are those of the screen', () => {
  const times = fineTimes([1, 2.345]);
  expect(times[0]).toBe(0);
  expect(times).toContain(2.345);
  expect(times).toContain(1);
  expect([daysOf('h') * 24, daysOf('hours') * 24, daysOf('min') * 1440, daysOf('w')]).toEqual([1, 1, 1, 7]);
  expect(unitName('h')).toBe('hours');
});
