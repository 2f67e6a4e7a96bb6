import { describe, expect, test } from 'vitest';
import { toCsv } from '../../web/src/charts/csv';
import {
  designRequest,
  initialChoices,
  renamedLevels,
  typical,
  varianceRequest,
  variancesOf,
} from '../../web/src/pages/design/choices';
import { withColumns, withoutColumns } from '../../web/src/pages/design/conditionColumns';
import {
  holdsCells,
  pasteChange,
  stepTo,
  textAt,
  windowOf,
  withCells,
} from '../../web/src/pages/design/grid';
import {
  layoutTable,
  problemOfScreen,
  totalCells,
  withBatch,
  withCondition,
  withLevel,
  withoutBatch,
  withoutCondition,
  withoutLevel,
} from '../../web/src/pages/design/layout';
import type { ComponentsDocument, Layout, ScreenDocument } from '../../web/src/state/documents';

const layout: Layout = {
  conditions: ['control', 'JAK2', 'STAT1'],
  batches: ['b1', 'b2'],
  levels: [{ name: 'day', of_batch: ['d1', 'd2'] }],
  cells: [
    [500, 400],
    [100, 0],
    [90, 80],
  ],
};

test('a layout is exported in the form that the command line reads', () => {
  expect(toCsv(layoutTable(layout)).trim().split(/\r?\n/)).toEqual([
    'condition,b1,b2',
    '#day,d1,d2',
    'control,500,400',
    'JAK2,100,0',
    'STAT1,90,80',
  ]);
});

describe('editing the grid', () => {
  test('rows and batches come and go with their labels', () => {
    const wider = withBatch(layout);
    expect(wider.batches).toEqual(['b1', 'b2', 'batch 3']);
    expect(wider.levels[0]!.of_batch).toEqual(['d1', 'd2', 'd2']);
    expect(wider.cells[0]).toEqual([500, 400, 400]);
    expect(withoutBatch(wider, 0).cells[1]).toEqual([0, 0]);
    expect(withoutCondition(layout, 1).conditions).toEqual(['control', 'STAT1']);
    expect(totalCells(layout)).toBe(1170);
  });

  test('levels come below those that are there, and their variances follow a new name', () => {
    const more = withLevel(layout);
    expect(more.levels).toEqual([layout.levels[0], { name: 'donor', of_batch: ['donor 1', 'donor 2'] }]);
    expect(withoutLevel(more, 1)).toEqual(layout);
    const change = pasteChange(more, 2, 0, 'run');
    expect(change).toMatchObject({ kind: 'layout', layout: { levels: [{ name: 'day' }, { name: 'run' }] } });
    expect(pasteChange(more, 2, 0, 'day')).toHaveProperty('wrong');
    expect(pasteChange(more, 2, 0, 'batch')).toHaveProperty('wrong');
    const given = { sb2: { batch: 0.02, day: 0.01, donor: 0.03 }, sg2: 0, sw2: 1 };
    const renamed = { ...more, levels: [more.levels[0]!, { ...more.levels[1]!, name: 'run' }] };
    expect(renamedLevels(given, more, renamed).sb2).toMatchObject({ batch: 0.02, day: 0.01, run: 0.03 });
  });

  test('texts by place: names of batches, coarser levels, conditions, cells', () => {
    expect(textAt(layout, 0, 0)).toBe('condition');
    expect(textAt(layout, 0, 2)).toBe('b2');
    expect(textAt(layout, 1, 1)).toBe('d1');
    expect(textAt(layout, 3, 0)).toBe('JAK2');
    expect(textAt(layout, 3, 1)).toBe('100');
  });

  test('a block of a spreadsheet is pasted, what hangs over the edge is left out', () => {
    const change = pasteChange(layout, 3, 1, '1\t2\t3\r\n1,000\t4\r\n9\t9\r\n');
    expect(change).toEqual({
      kind: 'cells',
      edits: [
        { row: 1, batch: 0, cells: 1 },
        { row: 1, batch: 1, cells: 2 },
        { row: 2, batch: 0, cells: 1000 },
        { row: 2, batch: 1, cells: 4 },
      ],
    });
  });

  test('one bad cell refuses the whole block', () => {
    expect(pasteChange(layout, 2, 1, '5\t5\n5\tmany')).toEqual({
      wrong: "Found 'many', expected a number of cells (0, 1, 2, …).",
    });
  });

  test('names are changed, and given once', () => {
    const change = pasteChange(layout, 3, 0, 'JAK1');
    expect(change).toMatchObject({ kind: 'layout', layout: { conditions: ['control', 'JAK1', 'STAT1'] } });
    expect(pasteChange(layout, 3, 0, 'STAT1')).toHaveProperty('wrong');
  });

  test('changing cells leaves the layout before as it was', () => {
    const after = withCells(layout, [{ row: 1, batch: 1, cells: 7 }]);
    expect(after.cells[1]).toEqual([100, 7]);
    expect(layout.cells[1]).toEqual([100, 0]);
    expect(after.cells[0]).toBe(layout.cells[0]);
  });

  test('keys move, and only keys that move do', () => {
    const plain = { ctrlKey: false, metaKey: false };
    const from = { row: 5, column: 2 };
    expect(stepTo({ key: 'ArrowDown', ...plain }, 10, from, 30, 4)).toEqual({ row: 6, column: 2 });
    expect(stepTo({ key: 'PageDown', ...plain }, 10, from, 30, 4)).toEqual({ row: 15, column: 2 });
    expect(stepTo({ key: 'End', ctrlKey: true, metaKey: false }, 10, from, 30, 4)).toEqual({
      row: 29,
      column: 3,
    });
    expect(stepTo({ key: 'a', ...plain }, 10, from, 30, 4)).toBeNull();
  });

  test('of thousands of rows only those in view are drawn', () => {
    const { first, last } = windowOf(28 * 1500, 380, 28, 3000);
    expect(first).toBeLessThan(1500);
    expect(last).toBeGreaterThan(1513);
    expect(last - first).toBeLessThan(30);
    expect(windowOf(0, 380, 28, 3)).toEqual({ first: 0, last: 3 });
  });
});

describe('requests', () => {
  test('one level of batches is asked with a number, nested ones by name', () => {
    const flat = { ...layout, levels: [] };
    expect(varianceRequest(flat, typical).sb2).toBe(typical.sb2.batch);
    expect(varianceRequest(layout, { ...typical, sb2: { batch: 0.02, day: 0.1 } }).sb2).toEqual({
      day: 0.1,
      batch: 0.02,
    });
  });

  test('contrasts of conditions that were removed are not asked for', () => {
    const contrasts = [
      {
        name: 'JAK2',
        terms: [
          { condition: 'JAK2', coefficient: 1 },
          { condition: 'control', coefficient: -1 },
        ],
      },
      {
        name: 'gone',
        terms: [
          { condition: 'gone', coefficient: 1 },
          { condition: 'control', coefficient: -1 },
        ],
      },
    ];
    const request = designRequest({ layout, control: ['control'], contrasts }, initialChoices());
    expect((request.contrasts as { name: string }[]).map(({ name }) => name)).toEqual(['JAK2']);
    expect(
      designRequest({ layout, control: ['control'], contrasts: null }, initialChoices()),
    ).not.toHaveProperty('contrasts');
  });

  test('variances that a screen cannot tell keep the value before, and it is said', () => {
    const components = {
      kind: 'components',
      levels: ['day', 'lane'],
      genes: [],
      pooled: { sb2: { day: null, lane: 0.03 }, sg2: 0.005, sw2: null, phi: null, reason: null },
      weak: [],
    } as unknown as ComponentsDocument;
    const { variances, missing } = variancesOf(components, null, {
      ...typical,
      sb2: { batch: 0.02, day: 0.5 },
    });
    expect(variances).toEqual({ sb2: { day: 0.5, batch: 0.03 }, sg2: 0.005, sw2: typical.sw2 });
    expect(missing).toHaveLength(2);
    expect(missing[0]).toContain('day');
  });
});

test('the layout of a screen: its cells, nested levels, and each edit against the controls of its own time', () => {
  const condition = (time: number, control: boolean) => ({
    label: 'as the core calls it',
    edits: control ? [] : [{ name: 'JAK2', dose: 1 }],
    medium: '',
    time,
    compartment: '',
    control,
    cells: 10,
  });
  const screen = {
    roles: { time_unit: 'h', medium: '' },
    conditions: [condition(1, true), condition(1, false), condition(2, true), condition(2, false)],
    batches: [
      { name: 'day', levels: ['d1', 'd2'] },
      { name: 'lane', levels: ['a', 'b'] },
    ],
    groups: {
      condition: [0, 0, 1, 2, 3],
      batch: [
        [0, 0],
        [0, 0],
        [0, 0],
        [1, 1],
        [1, 1],
      ],
      half: [0, 1, 0, 0, 0],
      cells: [6, 4, 10, 10, 10],
    },
  } as unknown as ScreenDocument;
  const problem = problemOfScreen({ json: screen, bytes: new Uint8Array(0) });
  expect(problem.layout.batches).toEqual(['a', 'b']);
  expect(problem.layout.levels).toEqual([{ name: 'day', of_batch: ['d1', 'd2'] }]);
  const row = (name: string) => problem.layout.cells[problem.layout.conditions.indexOf(name)];
  expect(row('control · 24 h')).toEqual([10, 0]);
  expect(row('JAK2 · 48 h')).toEqual([0, 10]);
  expect(problem.control).toEqual(['control · 24 h', 'control · 48 h']);
  expect(problem.contrasts).toEqual([
    {
      name: 'JAK2 · 24 h',
      terms: [
        { condition: 'JAK2 · 24 h', coefficient: 1 },
        { condition: 'control · 24 h', coefficient: -1 },
      ],
    },
    {
      name: 'JAK2 · 48 h',
      terms: [
        { condition: 'JAK2 · 48 h', coefficient: 1 },
        { condition: 'control · 48 h', coefficient: -1 },
      ],
    },
  ]);
});

describe('what is known of conditions', () => {
  const told = withColumns(layout, ['control']);

  test('columns stand between the names and the batches, on the page and in files', () => {
    expect(textAt(told, 0, 1)).toBe('perturbation');
    expect(textAt(told, 2, 1)).toBe('');
    expect(textAt(told, 3, 1)).toBe('JAK2');
    expect(textAt(told, 0, 5)).toBe('b1');
    expect(textAt(told, 3, 5)).toBe('100');
    expect(holdsCells(told, 3, 4)).toBe(false);
    expect(holdsCells(told, 3, 5)).toBe(true);
    expect(toCsv(layoutTable(told)).trim().split(/\r?\n/).slice(0, 4)).toEqual([
      'condition,#perturbation,#medium,#time,#guides,b1,b2',
      '#day,,,,,d1,d2',
      'control,,,,,500,400',
      'JAK2,JAK2,,,,100,0',
    ]);
  });

  test('a block may run over columns and cells; a wrong entry refuses all of it', () => {
    const change = pasteChange(told, 3, 1, 'JAK2+STAT1\tX>Y\t2.5\t\t7');
    if ('wrong' in change || change.kind !== 'layout') throw new Error('expected a layout');
    expect(change.layout.about!.perturbation[1]).toBe('JAK2+STAT1');
    expect(change.layout.about!.medium[1]).toBe('X>Y');
    expect(change.layout.about!.time[1]).toBe(2.5);
    expect(change.layout.about!.guides[1]).toBeNull();
    expect(change.layout.cells[1]).toEqual([7, 0]);
    expect(told.about!.perturbation[1]).toBe('JAK2');
    expect(pasteChange(told, 3, 3, 'soon')).toEqual({
      wrong: "Found 'soon', expected a number of days, or nothing.",
    });
  });

  test('they follow conditions that come and go, and can be taken away', () => {
    const more = withCondition(told);
    expect(more.about!.perturbation).toEqual(['', 'JAK2', 'STAT1', 'condition 4']);
    expect(withoutCondition(more, 1).about!.perturbation).toEqual(['', 'STAT1', 'condition 4']);
    expect(withoutColumns(told)).toEqual(layout);
  });
});

test('a preset is asked instead of contrasts', () => {
  const problem = { layout, control: ['control'], contrasts: [] };
  const choices = { ...initialChoices(), problem };
  expect(designRequest(problem, choices)).toHaveProperty('contrasts');
  const asked = designRequest(problem, { ...choices, preset: 'rate' });
  expect(asked).not.toHaveProperty('contrasts');
  expect(asked.contrast_preset).toBe('rate');
});
