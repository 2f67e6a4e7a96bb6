import { categoryAxis, escapeHtml, frame, grid, symbols, valueAxis } from './frame';
import { formatNumber } from './numbers';
import type { Figure, Tokens } from './types';

export interface StripPanel {
  title: string;
  /** One for each label; null: not estimable. */
  values: (number | null)[];
  /** A value that the axis always shows. */
  origin?: number;
  /** Why a row has no value in this panel, in a word or two. */
  missing: (row: number) => string;
}

export interface StripPlot {
  labels: string[];
  rowTitle: string;
  panels: StripPanel[];
  /** Why a row has no value. */
  reasons?: (string | null)[];
  description: string;
}

/** Up to this many rows each has its name; more are stacked as dots over the axis. */
export const namedRows = 40;

/** The same rows in several panels side by side: by name while there are few, as swarms of dots when there are many. */
export function stripPlot(plot: StripPlot): Figure {
  const named = plot.labels.length <= namedRows;
  return {
    height: named ? plot.labels.length * 20 + 100 : plot.panels.length * 150,
    table: {
      columns: [plot.rowTitle, ...plot.panels.map((panel) => panel.title), 'reason'],
      rows: plot.labels.map((label, i) => [
        label,
        ...plot.panels.map((panel) => panel.values[i] ?? null),
        plot.reasons?.[i] ?? '',
      ]),
    },
    description: plot.description,
    option: (tokens, width) => ({
      ...frame(tokens),
      tooltip: {
        ...frame(tokens).tooltip,
        formatter: (point: { data: { row: number } }) => {
          const row = point.data.row;
          const lines = plot.panels.map(
            (panel) => `${escapeHtml(panel.title)}: ${formatNumber(panel.values[row])}`,
          );
          return `<strong>${escapeHtml(plot.labels[row] ?? '')}</strong><br>${lines.join('<br>')}`;
        },
      },
      ...(named ? namedOption(plot, tokens, width) : swarmOption(plot, tokens, width)),
    }),
  };
}

function extent(panel: StripPanel): { min: number; max: number } {
  const present = panel.values.filter((value): value is number => value !== null);
  const all = panel.origin === undefined ? present : [...present, panel.origin];
  if (all.length === 0) return { min: 0, max: 1 };
  const min = all.reduce((best, value) => Math.min(best, value));
  const max = all.reduce((best, value) => Math.max(best, value));
  const margin = (max - min) * 0.06 || Math.abs(max) * 0.1 || 1;
  return { min: panel.origin !== undefined && min === panel.origin ? min : min - margin, max: max + margin };
}

const tickLabels = (tokens: Tokens) => ({
  color: tokens.inkSoft,
  formatter: (value: number) => formatNumber(value),
  hideOverlap: true,
  showMaxLabel: false,
});

function namedOption(plot: StripPlot, tokens: Tokens, width: number) {
  const longest = plot.labels.reduce((most, label) => Math.max(most, label.length), 0);
  const labels = Math.min(longest * 7 + 18, 180, width * 0.3);
  const share = (width - labels - 24) / plot.panels.length;
  return {
    grid: plot.panels.map((_, k) =>
      grid({
        left: labels + k * share,
        width: share - 20,
        right: undefined,
        outerBoundsMode: 'none',
        bottom: width < 620 ? 78 : 48,
      }),
    ),
    xAxis: plot.panels.map((panel, k) => ({
      ...valueAxis(tokens, panel.title, {
        ...extent(panel),
        room: share - 10,
        axisLabel: tickLabels(tokens),
        splitNumber: width < 520 ? 2 : 4,
      }),
      gridIndex: k,
    })),
    yAxis: plot.panels.map((_, k) =>
      categoryAxis(tokens, '', plot.labels, {
        gridIndex: k,
        inverse: true,
        splitLine: { show: true, lineStyle: { color: tokens.line } },
        axisLabel: {
          show: k === 0,
          color: tokens.ink,
          fontSize: 11,
          interval: 0,
          width: labels - 12,
          overflow: 'truncate',
        },
      }),
    ),
    series: plot.panels.flatMap((panel, k) => [
      {
        type: 'scatter',
        xAxisIndex: k,
        yAxisIndex: k,
        symbol: symbols[k],
        symbolSize: 8,
        itemStyle: { color: tokens.series[k] },
        data: panel.values.flatMap((value, row) => (value === null ? [] : [{ value: [value, row], row }])),
      },
      {
        type: 'scatter',
        xAxisIndex: k,
        yAxisIndex: k,
        symbol: 'path://M0,0L10,10M10,0L0,10',
        symbolSize: 6,
        itemStyle: { color: 'transparent', borderColor: tokens.inkSoft, borderWidth: 1.5 },
        label: {
          show: true,
          position: 'right',
          color: tokens.inkSoft,
          fontSize: 11,
          formatter: ({ data }: { data: { row: number } }) => panel.missing(data.row),
        },
        data: panel.values.flatMap((value, row) =>
          value === null ? [{ value: [extent(panel).min, row], row }] : [],
        ),
      },
    ]),
  };
}

/** Bins the values and stacks those of one bin: [value, height, row]. */
export function stack(values: readonly (number | null)[], bins: number): [number, number, number][] {
  const present = values.flatMap((value, row) => (value === null ? [] : [{ value, row }]));
  const least = present.reduce((best, { value }) => Math.min(best, value), Infinity);
  const most = present.reduce((best, { value }) => Math.max(best, value), -Infinity);
  const heights = new Map<number, number>();
  return present.map(({ value, row }) => {
    const bin = most > least ? Math.min(bins - 1, Math.floor(((value - least) / (most - least)) * bins)) : 0;
    const height = (heights.get(bin) ?? 0) + 1;
    heights.set(bin, height);
    return [value, height, row];
  });
}

function swarmOption(plot: StripPlot, tokens: Tokens, width: number) {
  const tall = 150;
  return {
    grid: plot.panels.map((_, k) =>
      grid({
        top: k * tall + 10,
        height: tall - 58,
        bottom: undefined,
        left: 64,
        right: 20,
        outerBoundsMode: 'none',
      }),
    ),
    xAxis: plot.panels.map((panel, k) => ({
      ...valueAxis(tokens, panel.title, { ...extent(panel), axisLabel: tickLabels(tokens) }),
      gridIndex: k,
    })),
    yAxis: plot.panels.map((_, k) => ({
      ...valueAxis(tokens, 'contrasts', { min: 0, minInterval: 1, splitNumber: 2, nameGap: 40 }),
      gridIndex: k,
    })),
    series: plot.panels.map((panel, k) => ({
      type: 'scatter',
      xAxisIndex: k,
      yAxisIndex: k,
      large: false,
      symbol: symbols[k],
      symbolSize: 4,
      itemStyle: { color: tokens.series[k] },
      data: stack(panel.values, Math.max(20, Math.round((width - 64) / 5))).map(([value, height, row]) => ({
        value: [value, height],
        row,
      })),
    })),
  };
}
