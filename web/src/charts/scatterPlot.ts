import { frame, grid, symbols, tooltipLines, valueAxis } from './frame';
import { formatNumber } from './numbers';
import type { Figure } from './types';

export interface ScatterGroup {
  name: string;
  points: { x: number; y: number; label: string }[];
}

export interface ScatterPlot {
  groups: ScatterGroup[];
  xTitle: string;
  yTitle: string;
  /** The line of equality, and the same limits on both axes. */
  diagonal?: boolean;
  description: string;
}

/** Points in the plane, groups by shape and colour. */
export function scatterPlot(plot: ScatterPlot): Figure {
  const all = plot.groups.flatMap((group) => group.points);
  const least = all.reduce((best, p) => Math.min(best, p.x, p.y), plot.diagonal ? Infinity : 0);
  const most = all.reduce((best, p) => Math.max(best, p.x, p.y), plot.diagonal ? -Infinity : 0);
  const margin = (most - least) * 0.05 || 1;
  const limits = plot.diagonal && all.length > 0 ? { min: least - margin, max: most + margin } : {};
  const dense = all.length > 2000;
  return {
    height: 380,
    table: {
      columns: ['group', 'label', plot.xTitle, plot.yTitle],
      rows: plot.groups.flatMap((group) => group.points.map((p) => [group.name, p.label, p.x, p.y])),
    },
    description: plot.description,
    option: (tokens, width) => ({
      ...frame(tokens),
      tooltip: {
        ...frame(tokens).tooltip,
        formatter: (point: { seriesIndex: number; dataIndex: number; seriesName: string }) => {
          const datum = plot.groups[point.seriesIndex]?.points[point.dataIndex];
          if (!datum) return '';
          return tooltipLines(datum.label, [
            point.seriesName,
            `${plot.xTitle}: ${formatNumber(datum.x)}`,
            `${plot.yTitle}: ${formatNumber(datum.y)}`,
          ]);
        },
      },
      legend: {
        show: plot.groups.length > 1,
        top: 0,
        left: 8,
        itemWidth: 10,
        itemHeight: 10,
        textStyle: { color: tokens.ink },
        inactiveColor: tokens.inkSoft,
      },
      grid: grid({ top: plot.groups.length > 1 ? 32 : 12 }),
      xAxis: valueAxis(tokens, plot.xTitle, {
        ...limits,
        room: width - 120,
        axisLabel: ticks(tokens.inkSoft),
      }),
      yAxis: valueAxis(tokens, plot.yTitle, { ...limits, axisLabel: ticks(tokens.inkSoft), nameGap: 38 }),
      series: [
        ...plot.groups.map((group, g) => ({
          type: 'scatter',
          name: group.name,
          symbol: symbols[g % symbols.length],
          symbolSize: dense ? 3 : 6,
          itemStyle: { color: tokens.series[g % 7], opacity: dense ? 0.45 : 0.7 },
          data: group.points.map((p) => [p.x, p.y]),
        })),
        ...(plot.diagonal && all.length > 0
          ? [
              {
                type: 'line',
                silent: true,
                showSymbol: false,
                data: [
                  [least - margin, least - margin],
                  [most + margin, most + margin],
                ],
                lineStyle: { color: tokens.inkSoft, type: 'dashed', width: 1 },
                tooltip: { show: false },
              },
            ]
          : []),
      ],
    }),
  };
}

const ticks = (color: string) => ({
  color,
  formatter: (value: number) => formatNumber(value),
  hideOverlap: true,
  showMinLabel: false,
  showMaxLabel: false,
});
