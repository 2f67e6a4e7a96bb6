import { dashes, frame, grid, referenceLine, symbols, tooltipLines, valueAxis } from './frame';
import { formatInterval, formatNumber } from './numbers';
import type { Cell, Figure, Tokens } from './types';

export interface BandLine {
  name: string;
  /** At the end of the line; the name unless told. */
  label?: string;
  x: number[];
  y: (number | null)[];
  low?: (number | null)[];
  high?: (number | null)[];
  /** Measured points with their standard errors. */
  points?: { x: number; y: number; low: number | null; high: number | null; note: string }[];
  /** Places along the line at which something happens: a symbol on it and a thin vertical line. */
  marks?: { x: number; y: number | null; label: string }[];
  /** Drawn in the grey of controls, the known truth dashed in the line's own colour. */
  role?: 'control' | 'truth';
  /** Index of the colour; its own place among the lines unless told. */
  colour?: number;
}

export interface BandPlot {
  lines: BandLine[];
  xTitle: string;
  yTitle: string;
  log?: boolean;
  zero?: boolean;
  description: string;
}

interface RenderApi {
  value: (dimension: number) => number;
  coord: (point: number[]) => number[];
}

/** Lines over time or another quantity with their bands, measured points with error bars, a name at the end of each line. */
export function bandPlot(plot: BandPlot): Figure {
  const own = plot.lines.filter((line) => line.role === undefined);
  const place = (line: BandLine) => line.colour ?? Math.max(0, own.indexOf(line));
  const colour = (tokens: Tokens, line: BandLine) =>
    line.role === 'control' ? tokens.control : tokens.series[place(line) % tokens.series.length]!;
  const longest = plot.lines.reduce((most, line) => Math.max(most, (line.label ?? line.name).length), 0);

  return {
    height: 300,
    table: {
      columns: ['series', 'kind', plot.xTitle, plot.yTitle, 'low', 'high'],
      rows: plot.lines.flatMap((line) => [
        ...line.x.map((x, i): Cell[] => [
          line.name,
          line.role ?? 'predicted',
          x,
          line.y[i] ?? null,
          line.low?.[i] ?? null,
          line.high?.[i] ?? null,
        ]),
        ...(line.points ?? []).map((point): Cell[] => [
          line.name,
          `measured ${point.note}`,
          point.x,
          point.y,
          point.low,
          point.high,
        ]),
      ]),
    },
    description: plot.description,
    option: (tokens, width) => ({
      ...frame(tokens),
      tooltip: {
        ...frame(tokens).tooltip,
        formatter: (point: { data: { line?: number; at?: number; measured?: number; mark?: number } }) => {
          const line = plot.lines[point.data.line ?? -1];
          if (!line) return '';
          const mark = line.marks?.[point.data.mark ?? -1];
          if (mark) {
            return tooltipLines(`${line.name}: ${mark.label}`, [
              `${plot.xTitle}: ${formatNumber(mark.x)}`,
              `${plot.yTitle}: ${formatNumber(mark.y)}`,
            ]);
          }
          const measured = line.points?.[point.data.measured ?? -1];
          if (measured) {
            return tooltipLines(`${line.name}, measured ${measured.note}`, [
              `${plot.xTitle}: ${formatNumber(measured.x)}`,
              `${plot.yTitle}: ${formatNumber(measured.y)}`,
              `95 % interval: ${formatInterval(measured.low, measured.high)}`,
            ]);
          }
          const i = point.data.at ?? 0;
          return tooltipLines(line.name, [
            `${plot.xTitle}: ${formatNumber(line.x[i])}`,
            `${plot.yTitle}: ${formatNumber(line.y[i])}`,
            ...(line.low ? [`band: ${formatInterval(line.low[i], line.high?.[i])}`] : []),
          ]);
        },
      },
      grid: grid({ right: Math.min(width * 0.3, 24 + longest * 6.5), top: 16 }),
      xAxis: valueAxis(tokens, plot.xTitle, {
        room: width - 160,
        splitLine: { show: false },
      }),
      yAxis: valueAxis(tokens, plot.yTitle, {
        log: plot.log ?? false,
        nameGap: width < 520 ? 34 : 42,
        room: 210,
      }),
      series: plot.lines.flatMap((line, l) => [
        ...(line.low && line.high ? [band(line, colour(tokens, line))] : []),
        {
          type: 'line',
          name: line.name,
          data: line.x.map((x, i) => ({ value: [x, line.y[i] ?? null], line: l, at: i })),
          showSymbol: line.x.length <= 12 && line.role === undefined,
          symbol: line.role === 'control' ? 'emptyCircle' : symbols[place(line) % symbols.length],
          symbolSize: 6,
          z: 3,
          lineStyle: {
            color: colour(tokens, line),
            width: line.role === 'control' ? 1.5 : 2,
            type:
              line.role === 'truth'
                ? [3, 3]
                : line.role === 'control'
                  ? 'solid'
                  : dashes[place(line) % dashes.length],
          },
          itemStyle: { color: colour(tokens, line) },
          endLabel: {
            show: line.role !== 'truth',
            formatter: line.label ?? '{a}',
            color: line.role === 'control' ? tokens.inkSoft : tokens.ink,
            fontFamily: tokens.face,
            distance: 6,
          },
          labelLayout: { moveOverlap: 'shiftY' },
          ...(l === 0 && plot.zero
            ? { markLine: referenceLine(tokens, [{ value: 0, label: '', axis: 'y' }]) }
            : {}),
        },
        ...markSeries(line, l, colour(tokens, line), symbols[place(line) % symbols.length]!),
        ...measuredSeries(line, l, colour(tokens, line), tokens),
      ]),
    }),
  };
}

function markSeries(line: BandLine, l: number, ink: string, symbol: string) {
  if (!line.marks || line.marks.length === 0) return [];
  return [
    {
      type: 'scatter',
      z: 4,
      symbol,
      symbolSize: 9,
      itemStyle: { color: ink },
      data: line.marks.map((mark, i) => ({ value: [mark.x, mark.y], line: l, mark: i })),
      markLine: {
        silent: true,
        symbol: 'none',
        animation: false,
        label: { show: false },
        lineStyle: { color: ink, width: 1, type: 'dotted' as const, opacity: 0.7 },
        data: line.marks.map((mark) => ({ xAxis: mark.x })),
      },
    },
  ];
}

/** A filled band; the gap where an end is missing stays open. */
function band(line: BandLine, fill: string) {
  const known = line.x.map((x, i) => ({ x, low: line.low?.[i] ?? null, high: line.high?.[i] ?? null }));
  const ends = known.filter((end) => end.low !== null && end.high !== null) as {
    x: number;
    low: number;
    high: number;
  }[];
  return {
    type: 'custom',
    silent: true,
    z: 1,
    clip: true,
    // One datum carries the extent of the band, so that the axis keeps room for it.
    data: ends.map((end) => [end.x, end.low, end.high]),
    encode: { x: 0, y: [1, 2] },
    renderItem: (parameters: { dataIndex: number }, api: RenderApi) => {
      if (parameters.dataIndex !== 0) return null;
      const points = [
        ...ends.map((end) => api.coord([end.x, end.high])),
        ...ends.toReversed().map((end) => api.coord([end.x, end.low])),
      ];
      return { type: 'polygon', shape: { points }, style: { fill, opacity: 0.18 } };
    },
  };
}

function measuredSeries(line: BandLine, l: number, ink: string, tokens: Tokens) {
  if (!line.points || line.points.length === 0) return [];
  return [
    {
      type: 'custom',
      silent: true,
      z: 4,
      data: line.points.filter((p) => p.low !== null && p.high !== null).map((p) => [p.x, p.low, p.high]),
      encode: { x: 0, y: [1, 2] },
      renderItem: (_: unknown, api: RenderApi) => {
        const [x, y1] = api.coord([api.value(0), api.value(1)]) as [number, number];
        const [, y2] = api.coord([api.value(0), api.value(2)]) as [number, number];
        const style = { stroke: ink, lineWidth: 1.5 };
        return {
          type: 'group',
          children: [
            { type: 'line', shape: { x1: x, y1, x2: x, y2 }, style },
            { type: 'line', shape: { x1: x - 3, y1, x2: x + 3, y2: y1 }, style },
            { type: 'line', shape: { x1: x - 3, y1: y2, x2: x + 3, y2 }, style },
          ],
        };
      },
    },
    {
      type: 'scatter',
      z: 5,
      symbol: 'circle',
      symbolSize: 8,
      itemStyle: { color: tokens.ground, borderColor: ink, borderWidth: 2 },
      data: line.points.map((point, i) => ({ value: [point.x, point.y], line: l, measured: i })),
    },
  ];
}
