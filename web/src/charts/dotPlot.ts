import { categoryAxis, frame, grid, referenceLine, symbols, tooltipLines, valueAxis } from './frame';
import { formatInterval, formatNumber } from './numbers';
import type { Figure, Tokens } from './types';

export interface Dot {
  label: string;
  /** null: not estimable; `reason` says why. */
  value: number | null;
  low?: number | null;
  high?: number | null;
  reason?: string | null;
  /** Dots of one group share colour and shape; 'control' is always the same grey. */
  group?: string;
  note?: string;
}

export interface DotPlot {
  dots: Dot[];
  rowTitle: string;
  valueTitle: string;
  intervalTitle?: string;
  log?: boolean;
  references?: { value: number; label: string }[];
  /** Keep these values inside the axis. */
  include?: number[];
  description: string;
}

export interface RenderApi {
  value: (dimension: number) => number;
  coord: (point: number[]) => number[];
  size: (extent: number[]) => number[];
}

/** A horizontal interval with end ticks; `value` = [low, high, row]. */
export function intervalMark(colour: (index: number) => string) {
  return (parameters: { dataIndex: number }, api: RenderApi) => {
    const row = api.value(2);
    const [x1, y] = api.coord([api.value(0), row]) as [number, number];
    const [x2] = api.coord([api.value(1), row]) as [number];
    const style = { stroke: colour(parameters.dataIndex), lineWidth: 1.5 };
    const tick = (x: number) => ({ type: 'line', shape: { x1: x, y1: y - 4, x2: x, y2: y + 4 }, style });
    return {
      type: 'group',
      children: [{ type: 'line', shape: { x1, y1: y, x2, y2: y }, style }, tick(x1), tick(x2)],
    };
  };
}

/** One row a thing, a dot at its value, its interval as a bar; what has no value says so in its row. */
export function dotPlot(plot: DotPlot): Figure {
  const groups = [...new Set(plot.dots.map((dot) => dot.group ?? ''))];
  const colour = (tokens: Tokens, group: string | undefined) =>
    group === 'control'
      ? tokens.control
      : tokens.series[Math.max(0, groups.filter((name) => name !== 'control').indexOf(group ?? '')) % 7]!;
  const withInterval = plot.dots
    .map((dot, row) => ({ dot, row }))
    .filter(({ dot }) => typeof dot.low === 'number' && typeof dot.high === 'number');
  const values = plot.dots.flatMap((dot) =>
    [dot.value, dot.low, dot.high].filter((v) => typeof v === 'number'),
  );
  const all = [
    ...values,
    ...(plot.include ?? []),
    ...(plot.references ?? []).map((r) => r.value),
  ] as number[];
  const least = Math.min(...all);
  const most = Math.max(...all);
  const margin = plot.log ? 0 : (most - least) * 0.05;
  const many = plot.dots.length > 60;

  return {
    height: (many ? 900 : plot.dots.length * 24) + 76,
    table: {
      columns: [plot.rowTitle, plot.valueTitle, 'low', 'high', 'note'],
      rows: plot.dots.map((dot) => [
        dot.label,
        dot.value,
        dot.low ?? null,
        dot.high ?? null,
        dot.reason ?? dot.note ?? '',
      ]),
    },
    description: plot.description,
    option: (tokens, width) => ({
      ...frame(tokens),
      tooltip: {
        ...frame(tokens).tooltip,
        formatter: (point: { data: { row?: number } }) => {
          const dot = plot.dots[point.data.row ?? -1];
          if (!dot) return '';
          return tooltipLines(dot.label, [
            `${plot.valueTitle}: ${formatNumber(dot.value)}`,
            `${plot.intervalTitle ?? '95 % interval'}: ${formatInterval(dot.low, dot.high)}`,
            ...(dot.note ? [dot.note] : []),
          ]);
        },
      },
      grid: grid({ top: plot.references?.length ? 28 : 12, right: 24 }),
      xAxis: valueAxis(tokens, plot.valueTitle, {
        log: plot.log ?? false,
        ...(all.length > 0 && !plot.log ? { min: least - margin, max: most + margin } : {}),
        axisLabel: {
          color: tokens.inkSoft,
          formatter: (v: number) => formatNumber(v),
          hideOverlap: true,
          showMinLabel: false,
          showMaxLabel: false,
        },
      }),
      yAxis: categoryAxis(
        tokens,
        '',
        plot.dots.map((dot) => dot.label),
        {
          inverse: true,
          axisLabel: {
            color: tokens.ink,
            width: width < 520 ? 100 : 190,
            overflow: 'truncate',
            interval: many ? 'auto' : 0,
          },
        },
      ),
      series: [
        {
          type: 'custom',
          silent: true,
          renderItem: intervalMark((i) => colour(tokens, withInterval[i]?.dot.group)),
          data: withInterval.map(({ dot, row }) => [dot.low, dot.high, row]),
          dimensions: ['low', 'high', 'row'],
          encode: { x: [0, 1], y: 2 },
        },
        ...groups.map((group, g) => ({
          type: 'scatter',
          symbol: symbols[g % symbols.length],
          symbolSize: many ? 5 : 9,
          itemStyle: { color: colour(tokens, group), borderColor: tokens.ground, borderWidth: 1 },
          data: plot.dots.flatMap((dot, row) =>
            (dot.group ?? '') === group && dot.value !== null ? [{ value: [dot.value, row], row }] : [],
          ),
          ...(g === 0 && plot.references
            ? {
                markLine: referenceLine(
                  tokens,
                  plot.references.map((line) => ({ ...line, axis: 'x' as const })),
                  'start',
                ),
              }
            : {}),
        })),
        {
          type: 'scatter',
          silent: true,
          symbolSize: 0,
          label: {
            show: true,
            position: 'right',
            distance: 0,
            color: tokens.inkSoft,
            formatter: (point: { name: string }) => point.name,
            width: Math.max(120, width - 260),
            overflow: 'truncate',
          },
          data: plot.dots.flatMap((dot, row) =>
            dot.value === null
              ? [{ name: dot.reason ?? 'no value', value: [all.length > 0 ? least : 0, row] }]
              : [],
          ),
        },
      ],
    }),
  };
}
