import { categoryAxis, frame, grid, referenceLine, symbols, tooltipLines, valueAxis } from './frame';
import { formatInterval, formatNumber } from './numbers';
import type { Figure, Tokens } from './types';

export interface Dot {
  /** Dots of one label share a row, one below the other. */
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
  /** Names the groups above the plot: for dots that share rows. */
  legend?: boolean;
  description: string;
}

export interface RenderApi {
  value: (dimension: number) => number;
  coord: (point: number[]) => number[];
  size: (extent: number[]) => number[];
}

/** A horizontal interval with end ticks; `value` = [low, high, row]. */
export function intervalMark(colour: (index: number) => string, down: (index: number) => number = () => 0) {
  return (parameters: { dataIndex: number }, api: RenderApi) => {
    const row = api.value(2);
    const [x1, middle] = api.coord([api.value(0), row]) as [number, number];
    const y = middle + down(parameters.dataIndex);
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
  const labels = [...new Set(plot.dots.map((dot) => dot.label))];
  const rowAt = new Map(labels.map((label, row) => [label, row]));
  const placed = plot.dots.map((dot, at) => ({ dot, at, row: rowAt.get(dot.label)! }));
  const shared = labels.length < plot.dots.length;
  /** Pixels below the middle of the row. */
  const down = (group: string | undefined) =>
    shared ? (groups.indexOf(group ?? '') - (groups.length - 1) / 2) * 9 : 0;
  const withInterval = placed.filter(
    ({ dot }) => typeof dot.low === 'number' && typeof dot.high === 'number',
  );
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
  const many = labels.length > 60;
  const rowHeight = shared ? 10 + 9 * groups.length : 24;
  const top = 12 + (plot.references?.length ? 16 : 0) + (plot.legend ? 22 : 0);

  return {
    height: (many ? 900 : labels.length * rowHeight) + 52 + top,
    table: {
      columns: [plot.rowTitle, 'kind', plot.valueTitle, 'low', 'high', 'note'],
      rows: plot.dots.map((dot) => [
        dot.label,
        dot.group ?? '',
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
        formatter: (point: { data: { at?: number } }) => {
          const dot = plot.dots[point.data.at ?? -1];
          if (!dot) return '';
          return tooltipLines(plot.legend ? `${dot.label}, ${dot.group}` : dot.label, [
            `${plot.valueTitle}: ${formatNumber(dot.value)}`,
            `${plot.intervalTitle ?? '95 % interval'}: ${formatInterval(dot.low, dot.high)}`,
            ...(dot.note ? [dot.note] : []),
          ]);
        },
      },
      legend: {
        show: plot.legend ?? false,
        top: 0,
        left: 8,
        data: groups,
        itemWidth: 10,
        itemHeight: 10,
        textStyle: { color: tokens.ink },
        inactiveColor: tokens.inkSoft,
      },
      grid: grid({ top, right: 24 }),
      xAxis: valueAxis(tokens, plot.valueTitle, {
        room: width - (width < 520 ? 140 : 230),
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
      yAxis: categoryAxis(tokens, '', labels, {
        inverse: true,
        axisLabel: {
          color: tokens.ink,
          width: width < 520 ? 100 : 190,
          overflow: 'truncate',
          interval: many ? 'auto' : 0,
        },
      }),
      series: [
        {
          type: 'custom',
          silent: true,
          renderItem: intervalMark(
            (i) => colour(tokens, withInterval[i]?.dot.group),
            (i) => down(withInterval[i]?.dot.group),
          ),
          data: withInterval.map(({ dot, row }) => [dot.low, dot.high, row]),
          dimensions: ['low', 'high', 'row'],
          encode: { x: [0, 1], y: 2 },
        },
        ...groups.map((group, g) => ({
          type: 'scatter',
          name: group,
          symbol: symbols[g % symbols.length],
          symbolSize: many ? 5 : 9,
          symbolOffset: [0, down(group)],
          itemStyle: { color: colour(tokens, group), borderColor: tokens.ground, borderWidth: 1 },
          data: placed.flatMap(({ dot, row, at }) =>
            (dot.group ?? '') === group && dot.value !== null ? [{ value: [dot.value, row], at }] : [],
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
          data: placed.flatMap(({ dot, row }) =>
            dot.value === null
              ? [{ name: dot.reason ?? 'no value', value: [all.length > 0 ? least : 0, row] }]
              : [],
          ),
        },
      ],
    }),
  };
}
