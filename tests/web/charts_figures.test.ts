import { describe, expect, test } from 'vitest';
import { bandPlot } from '../../web/src/charts/bandPlot';
import { curvePlot } from '../../web/src/charts/curvePlot';
import { dotPlot } from '../../web/src/charts/dotPlot';
import { renderSvg } from '../../web/src/charts/engine';
import { heatMap } from '../../web/src/charts/heatMap';
import { scatterPlot } from '../../web/src/charts/scatterPlot';
import { namedRows, stack, stripPlot } from '../../web/src/charts/stripPlot';
import type { Figure, Tokens } from '../../web/src/charts/types';

const tokens: Tokens = {
  ground: '#ffffff',
  panel: '#f6f7f8',
  ink: '#1b2127',
  inkSoft: '#515c66',
  line: '#d4d9de',
  lineStrong: '#7c8791',
  accent: '#0b5c92',
  control: '#7a828a',
  empty: '#ffffff',
  series: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#000000'],
  sequential: ['#440154', '#21918c', '#fde725'],
  diverging: ['#1f5fa0', '#7aa6d1', '#dfe2e5', '#eba66a', '#b85300'],
  face: 'sans-serif',
};

/** The texts that a figure shows when it is drawn. */
function drawn(figure: Figure, width = 700): { svg: string; texts: string[] } {
  const svg = renderSvg(figure.option(tokens, width), width, figure.height);
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]!);
  return { svg, texts };
}

describe('heat map', () => {
  const figure = heatMap({
    rows: ['control', 'JAK2'],
    columns: ['rep1', 'rep2'],
    values: [
      [900, 433],
      [40, 0],
    ],
    rowTitle: 'condition',
    columnTitle: 'replicate',
    valueTitle: 'cells',
    counts: true,
    controlRows: new Set(['control']),
  });

  test('numbers, axis names and labels are drawn; the empty cell has no number', () => {
    const { texts } = drawn(figure);
    for (const text of ['control', 'JAK2', 'rep1', 'rep2', 'replicate', 'condition', '900', '433', '40']) {
      expect(texts).toContain(text);
    }
  });

  test('the table behind has every value, the description the extent', () => {
    expect(figure.table.rows[1]).toEqual(['JAK2', 40, 0]);
    expect(figure.description).toContain('900');
    expect(figure.description).toContain('1 empty');
  });

  test('a diverging scale is centred on zero', () => {
    const effects = heatMap({
      rows: ['a'],
      columns: ['x', 'y'],
      values: [[-0.2, 0.7]],
      rowTitle: 'edit',
      columnTitle: 'gene',
      valueTitle: 'effect',
      scale: 'diverging',
    });
    const option = effects.option(tokens, 600) as { visualMap: { min: number; max: number } };
    expect([option.visualMap.min, option.visualMap.max]).toEqual([-0.7, 0.7]);
  });
});

describe('dot plot', () => {
  const figure = dotPlot({
    dots: [
      { label: 'no change', value: 1, low: 0.8, high: 1.2, group: 'control' },
      { label: 'ridge', value: 0.6, low: 0.5, high: 0.7, group: 'baseline' },
      { label: 'apart', value: null, reason: 'confounded with batch 3' },
    ],
    rowTitle: 'predictor',
    valueTitle: 'error',
    references: [{ value: 1, label: 'no change line' }],
    description: 'errors',
  });

  test('what has no value says why', () => {
    expect(drawn(figure).texts).toContain('confounded with batch 3');
  });

  test('controls are grey, whatever their place; the reference is named', () => {
    const { svg, texts } = drawn(figure);
    expect(svg).toContain(tokens.control);
    expect(texts).toContain('no change line');
  });

  test('dots of one label share its row', () => {
    const shared = dotPlot({
      dots: ['predicted', 'measured'].flatMap((group) => [
        { label: 'STAT1', value: 0.1, group },
        { label: 'IRF1', value: -0.3, group },
      ]),
      rowTitle: 'gene',
      valueTitle: 'change',
      legend: true,
      description: '',
    });
    const { texts } = drawn(shared);
    expect(texts.filter((text) => text === 'STAT1')).toHaveLength(1);
    expect(texts).toContain('measured');
    expect(shared.table.rows).toHaveLength(4);
  });
});

describe('strip plot', () => {
  const of = (count: number) =>
    stripPlot({
      labels: Array.from({ length: count }, (_, i) => `edit ${i}`),
      rowTitle: 'contrast',
      panels: [
        {
          title: 'standard error',
          values: Array.from({ length: count }, (_, i) => 0.1 + i / count),
          missing: () => 'confounded',
        },
      ],
      description: '',
    });

  test('few contrasts are named, many are stacked', () => {
    expect(drawn(of(namedRows)).texts).toContain('edit 39');
    expect(drawn(of(300)).texts).not.toContain('edit 39');
  });

  test('stacking keeps every value and never puts two in one place', () => {
    const values = Array.from({ length: 500 }, (_, i) => Math.sin(i));
    const placed = stack([...values, null], 20);
    expect(placed).toHaveLength(500);
    expect(placed.map(([value]) => value)).toEqual(values);
    const least = Math.min(...values);
    const extent = Math.max(...values) - least;
    const places = placed.map(([value, height]) => {
      const bin = Math.min(19, Math.floor(((value - least) / extent) * 20));
      return `${bin} ${height}`;
    });
    expect(new Set(places).size).toBe(500);
  });
});

test('a trajectory names its lines, shows the truth dashed and measured points in the table', () => {
  const figure = bandPlot({
    lines: [
      {
        name: 'JAK2',
        x: [0, 1, 2],
        y: [0, 0.5, 0.8],
        low: [0, 0.4, 0.6],
        high: [0, 0.6, 1],
        points: [{ x: 2, y: 0.7, low: 0.5, high: 0.9, note: '(held out)' }],
      },
      { name: 'unedited', x: [0, 2], y: [0, 0], role: 'control' },
      { name: 'truth', x: [0, 2], y: [0, 0.9], role: 'truth' },
    ],
    xTitle: 'Time (days)',
    yTitle: 'Change',
    description: '',
  });
  const { svg, texts } = drawn(figure);
  expect(texts).toContain('JAK2');
  expect(texts).toContain('unedited');
  expect(texts).toContain('Time (days)');
  expect(svg).toMatch(/stroke-dasharray="3,\s?3"/);
  expect(figure.table.rows.at(-6)).toEqual(['JAK2', 'predicted', 2, 0.8, 0.6, 1]);
  expect(figure.table.rows.at(-5)).toEqual(['JAK2', 'measured (held out)', 2, 0.7, 0.5, 0.9]);
});

test('loss curves leave out what a logarithmic axis cannot show', () => {
  const figure = curvePlot({
    curves: [{ name: 'training', x: [0, 1, 2], y: [1, 0, null] }],
    xTitle: 'epoch',
    yTitle: 'loss',
    log: true,
    description: '',
  });
  const option = figure.option(tokens, 500) as { series: { data: [number, number | null][] }[] };
  expect(option.series[0]!.data.map(([, y]) => y)).toEqual([1, null, null]);
  expect(figure.table.rows[1]).toEqual(['training', 1, 0]);
});

test('observed against predicted: both axes have the same limits', () => {
  const figure = scatterPlot({
    groups: [
      {
        name: 'held out',
        points: [
          { x: -2, y: 0.5, label: 'a' },
          { x: 1, y: 3, label: 'b' },
        ],
      },
    ],
    xTitle: 'observed',
    yTitle: 'predicted',
    diagonal: true,
    description: '',
  });
  const option = figure.option(tokens, 500) as {
    xAxis: { min: number; max: number };
    yAxis: { min: number; max: number };
  };
  expect([option.xAxis.min, option.xAxis.max]).toEqual([option.yAxis.min, option.yAxis.max]);
  expect(option.xAxis.min).toBeLessThan(-2);
  expect(option.xAxis.max).toBeGreaterThan(3);
});
