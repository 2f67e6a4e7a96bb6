import { describe, expect, test } from 'vitest';
import { initialChoices, varianceRequest } from '../../web/src/pages/design/choices';
import type { Problem } from '../../web/src/pages/design/layout';
import {
  editsOf,
  genePowerFigure,
  genePowerTable,
  initialPower,
  layoutFrom,
  noNoise,
  partsRequest,
  perturbplanSetting,
  type PowerPart,
} from '../../web/src/pages/design/parts';
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

describe('power over genes', () => {
  const genes = [
    { gene: 'G1', sw2: 1, sg2: 0.01, phi: 0.2 },
    { gene: 'G2', sw2: 2, sg2: null, phi: null },
  ];
  const asked = (part: Partial<typeof initialPower>) =>
    (partsRequest(layout, { ...initialPower, ...part }, genes) as { power_question: Record<string, unknown> })
      .power_question;

  test('genes are spread around one, or those of the screen: all, some, or a set', () => {
    expect(asked({})).toMatchObject({ spread: 1.7 });
    expect(asked({})).not.toHaveProperty('components');
    expect(asked({ genes: 'screen' })).toMatchObject({ components: genes, genes_tested: 2 });
    expect(asked({ genes: 'screen', only: 'G1, ,G2' })).toMatchObject({ only: ['G1', 'G2'] });
    const geneSet = { name: 'a.gmt', text: 'S\t\tG1', set: 'S' };
    const set = asked({ genes: 'screen', only: 'G2', geneSet });
    expect(set).toMatchObject({ gene_set: geneSet });
    expect(set).not.toHaveProperty('only');
  });

  test("PerturbPlan's setting brings its own question", () => {
    expect(asked(perturbplanSetting)).toMatchObject({
      preset: 'perturbplan',
      fold: 0.85,
      fold_sd: 0.13,
      guides: 4,
      non_null: 0.1,
      fdr: 0.1,
      side: 'left',
      dispersion: 0.2,
    });
    expect(asked({ ...perturbplanSetting, genes: 'screen' })).not.toHaveProperty('dispersion');
  });

  test('genes in order of their power, and what each rests on', () => {
    const by_gene = [
      { share: 0.5, power: 0.9, gene: 'G1', sw2: 1, sg2: 0.01, se: 0.1, df: 4, mdfc: 1.5 },
      { share: 0.5, power: 0.2, gene: 'G2', sw2: 2 },
    ];
    const power = { by_gene, sentence: '' } as unknown as PowerPart;
    expect(genePowerFigure(power).table.rows.map((row) => row[2])).toEqual([0.2, 0.9]);
    expect(genePowerTable(power).rows[1]).toEqual(['G2', 2, null, null, null, null, 0.2]);
  });
});

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
