import { describe, expect, test } from 'vitest';
import { initialChoices, varianceRequest } from '../../web/src/pages/design/choices';
import type { Problem } from '../../web/src/pages/design/layout';
import { editsOf, layoutFrom, noNoise, partsRequest, initialPower } from '../../web/src/pages/design/parts';
import { medianSe, mostPins, pinFigure, pinOf, pinTable, withPin } from '../../web/src/pages/design/pins';
import type { DesignDocument, Layout } from '../../web/src/state/documents';

const layout: Layout = {
  conditions: ['control', 'A', 'B'],
  batches: ['b1', 'b2'],
  levels: [],
  cells: [
    [100, 0],
    [50, 0],
    [0, 50],
  ],
};
const problem: Problem = { layout, control: ['control'], contrasts: null };
const contrast = (name: string, se: number | null) => ({ name, se, df: 3, mdfc: 2, estimable: se !== null });
const document = {
  kind: 'design',
  contrasts: [contrast('A', 0.2), contrast('B', null), contrast('C', 0.1)],
  components: [],
  batches_without_controls: [],
  verdict: [],
  power: { power: 0.4 },
} as unknown as DesignDocument;

describe('what is asked beside the contrasts', () => {
  test('an addition becomes cells of the grid', () => {
    expect(editsOf(layout, { condition: 'control', batches: ['b2'], cells: 75 })).toEqual([
      { row: 0, batch: 1, cells: 75 },
    ]);
    expect(editsOf(layout, { condition: 'A', batches: ['b1', 'b2'], cells: 10 })).toEqual([
      { row: 1, batch: 0, cells: 60 },
      { row: 1, batch: 1, cells: 10 },
    ]);
  });

  test('a suggested layout is read from the document', () => {
    const message = { json: {}, bytes: new Uint8Array(0) };
    expect(layoutFrom(message, layout)).toEqual(layout);
  });

  test('large layouts are not searched with every answer', () => {
    expect(partsRequest(layout, initialPower)).toMatchObject({ repair: true, suggest: true });
    const rows = Array.from({ length: 5000 }, (_, i) => `c${i}`);
    expect(partsRequest({ ...layout, conditions: rows, batches: rows.slice(0, 10) }, initialPower)).toEqual(
      {},
    );
  });

  test('noise that is left out is not in the request', () => {
    const { variances } = initialChoices();
    expect(Object.keys(varianceRequest(layout, variances, noNoise))).toEqual(['sb2', 'sg2', 'sw2']);
    const clones = { founders: 5, size_variation: 1, sc2: 0.1 };
    expect(varianceRequest(layout, variances, { ...noNoise, clones }).clones).toEqual(clones);
  });
});

describe('pins', () => {
  const choices = { ...initialChoices(), problem };

  test('keep what was found, in order', () => {
    const pin = pinOf('one', choices, document)!;
    expect(pin).toMatchObject({
      conditions: 3,
      batches: 2,
      cells: 200,
      estimable: 2,
      contrasts: 3,
      power: 0.4,
    });
    expect(pin.se).toEqual([0.1, 0.2]);
    expect(medianSe(pin)).toBe(0.1);
    expect(pinOf('one', { ...choices, problem: null }, document)).toBeNull();
    expect(pinOf('one', choices, null)).toBeNull();
  });

  test('are at most four, with names of their own', () => {
    const pin = pinOf('one', choices, document)!;
    let pins = [pin];
    for (let i = 0; i < 5; ++i) pins = withPin(pins, pin);
    expect(pins).toHaveLength(mostPins);
    expect(new Set(pins.map((one) => one.name)).size).toBe(mostPins);
    expect(pinTable(pins).rows).toHaveLength(mostPins);
    expect(pinFigure(pins).description).toContain('median standard error 0.100');
  });
});
