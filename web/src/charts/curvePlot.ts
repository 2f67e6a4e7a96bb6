import { dashes, frame, grid, valueAxis } from './frame';
import { formatNumber } from './numbers';
import type { Figure } from './types';

export interface Curve {
  name: string;
  x: number[];
  y: (number | null)[];
  /** Curves of one kind look alike, and only the last of them carries the name; its own place unless told. */
  kind?: number;
}

export interface CurvePlot {
  curves: Curve[];
  xTitle: string;
  yTitle: string;
  log?: boolean;
  height?: number;
  description: string;
}

/** Loss curves: cheap enough to be drawn again several times a second. */
export function curvePlot(plot: CurvePlot): Figure {
  // A logarithmic axis has no place for zero and below.
  const clean = (y: number | null | undefined) =>
    y === null || y === undefined || !Number.isFinite(y) || (plot.log && y <= 0) ? null : y;
  return {
    height: plot.height ?? 240,
    table: {
      columns: ['curve', plot.xTitle, plot.yTitle],
      rows: plot.curves.flatMap((curve) => curve.x.map((x, i) => [curve.name, x, curve.y[i] ?? null])),
    },
    description: plot.description,
    option: (tokens, width) => ({
      ...frame(tokens),
      tooltip: {
        ...frame(tokens).tooltip,
        trigger: 'axis',
        valueFormatter: (value: unknown) => formatNumber(typeof value === 'number' ? value : null),
      },
      grid: grid({ right: Math.min(width * 0.34, 150), top: 16 }),
      xAxis: valueAxis(tokens, plot.xTitle, { splitLine: { show: false }, min: 0, max: 'dataMax' }),
      yAxis: valueAxis(tokens, plot.yTitle, {
        log: plot.log ?? false,
        nameGap: 44,
        room: (plot.height ?? 240) - 70,
        axisLabel: { color: tokens.inkSoft, formatter: (v: number) => formatNumber(v, 2), hideOverlap: true },
      }),
      series: plot.curves.map((curve, c) => {
        const kind = curve.kind ?? c;
        const named = plot.curves.findLastIndex((other, o) => (other.kind ?? o) === kind) === c;
        return {
          type: 'line',
          name: curve.name,
          showSymbol: curve.x.length < 3,
          data: curve.x.map((x, i) => [x, clean(curve.y[i])]),
          lineStyle: {
            width: named ? 2 : 1,
            type: dashes[kind % dashes.length],
            color: tokens.series[kind % 7],
          },
          itemStyle: { color: tokens.series[kind % 7] },
          endLabel: { show: named, formatter: '{a}', color: tokens.ink, fontFamily: tokens.face },
          labelLayout: { moveOverlap: 'shiftY' },
        };
      }),
    }),
  };
}
