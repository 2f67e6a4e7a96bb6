import { escapeHtml, frame, grid } from './frame';
import { formatInteger, formatNumber } from './numbers';
import type { Figure, Tokens } from './types';

export interface HeatMap {
  rows: string[];
  columns: string[];
  /** rows × columns; null: there is no value. */
  values: (number | null)[][];
  rowTitle: string;
  columnTitle: string;
  /** Name of the value with its unit. */
  valueTitle: string;
  /** `sequential`: viridis from `low` (default: the least) to the most; `diverging`: centred on zero. */
  scale?: 'sequential' | 'diverging';
  /** Limits shared with other panels: the largest absolute value if diverging. */
  limit?: number;
  /** Counts are written as integers, and an empty cell is marked, not coloured. */
  counts?: boolean;
  /** Rows drawn with the grey of controls at their label. */
  controlRows?: ReadonlySet<string>;
  description?: string;
}

const maximalRows = 2000;

/** Values of rows × columns as colours, numbers inside where there is room, a stroke through cells that are empty. */
export function heatMap(map: HeatMap): Figure {
  const present = map.values
    .flat()
    .filter((value): value is number => value !== null && (!map.counts || value > 0));
  const diverging = map.scale === 'diverging';
  const most =
    map.limit ?? present.reduce((best, value) => Math.max(best, diverging ? Math.abs(value) : value), 0);
  const least = diverging
    ? -most
    : map.counts
      ? 0
      : present.reduce((best, value) => Math.min(best, value), most);
  const many = map.rows.length > 60;
  const rowHeight = many ? Math.max(1, 900 / map.rows.length) : 22;
  const write = (value: number | null) => (map.counts ? formatInteger(value) : formatNumber(value));
  const empty = map.values.flat().length - present.length;

  return {
    height: Math.round(Math.min(map.rows.length, maximalRows) * rowHeight + 108),
    table: {
      columns: [map.rowTitle, ...map.columns],
      rows: map.rows.map((row, i) => [row, ...(map.values[i] ?? [])]),
    },
    description:
      map.description ??
      `${map.valueTitle} of ${map.rows.length} rows (${map.rowTitle}) by ${map.columns.length} columns (${map.columnTitle}), ` +
        `from ${write(least)} to ${write(most)}; ${empty} empty.`,
    option: (tokens, width) => ({
      ...frame(tokens),
      tooltip: {
        ...frame(tokens).tooltip,
        formatter: (point: { data: { value: [number, number, number | null] } }) => {
          const [x, y, value] = point.data.value;
          return (
            `<strong>${escapeHtml(map.rows[y] ?? '')}</strong><br>${escapeHtml(map.columnTitle)} ` +
            `${escapeHtml(map.columns[x] ?? '')}<br>${escapeHtml(map.valueTitle)}: ` +
            `${value === null || (map.counts && value === 0) ? 'none' : write(value)}`
          );
        },
      },
      grid: grid({ top: 8, bottom: 40, right: 12 }),
      xAxis: {
        type: 'category',
        data: map.columns,
        name: map.columnTitle,
        nameLocation: 'middle',
        nameGap: 26,
        position: 'bottom',
        nameTextStyle: { color: tokens.inkSoft },
        axisLabel: { color: tokens.inkSoft, hideOverlap: true, width: 90, overflow: 'truncate' },
        axisTick: { show: false },
        axisLine: { show: false },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: map.rows,
        axisLabel: {
          color: (label?: string | number) =>
            map.controlRows?.has(String(label)) ? tokens.control : tokens.ink,
          fontSize: 11,
          width: width < 520 ? 90 : 170,
          overflow: 'truncate',
          interval: many ? 'auto' : 0,
        },
        axisTick: { show: false },
        axisLine: { show: false },
        name: map.rowTitle,
        nameLocation: 'start',
        nameGap: 4,
        nameTextStyle: { color: tokens.inkSoft, align: 'right' },
      },
      visualMap: {
        type: 'continuous',
        min: least,
        max: most === least ? least + 1 : most,
        dimension: 2,
        seriesIndex: 0,
        orient: 'horizontal',
        left: 'center',
        bottom: 0,
        itemWidth: 12,
        itemHeight: Math.max(80, Math.min(220, width - 200)),
        text: [`${write(most)} ${map.valueTitle}`, write(least)],
        textStyle: { color: tokens.inkSoft },
        calculable: false,
        inRange: { color: diverging ? tokens.diverging : tokens.sequential },
      },
      series: [
        { type: 'heatmap', data: filled(map, tokens), ...cellText(map, width, least, most, tokens, write) },
        { type: 'custom', silent: true, renderItem: emptyMark(tokens), data: missing(map), z: 3 },
      ],
    }),
  };
}

function filled(map: HeatMap, tokens: Tokens) {
  return map.values.flatMap((row, y) =>
    row.flatMap((value, x) =>
      value === null || (map.counts && value === 0)
        ? []
        : [
            {
              value: [x, y, value],
              itemStyle: { borderColor: tokens.ground, borderWidth: map.rows.length > 200 ? 0 : 1 },
            },
          ],
    ),
  );
}

function missing(map: HeatMap) {
  if (map.rows.length > 400) return [];
  return map.values.flatMap((row, y) =>
    row.flatMap((value, x) => (value === null || (map.counts && value === 0) ? [[x, y]] : [])),
  );
}

function cellText(
  map: HeatMap,
  width: number,
  least: number,
  most: number,
  tokens: Tokens,
  write: (value: number | null) => string,
) {
  if (map.rows.length > 60 || (width - 180) / Math.max(1, map.columns.length) < 34) return {};
  const dark = (value: number) => {
    const position = (value - least) / (most - least || 1);
    return map.scale === 'diverging' ? Math.abs(position - 0.5) > 0.35 : position < 0.6;
  };
  const light = tokens.diverging[2] === '#dfe2e5';
  return {
    label: {
      show: true,
      fontSize: 11,
      formatter: (point: { data: { value: [number, number, number] } }) => {
        const value = point.data.value[2];
        const tone =
          map.scale === 'diverging' ? (dark(value) === light ? 'w' : 'b') : dark(value) ? 'w' : 'b';
        return `{${tone}|${write(value)}}`;
      },
      rich: { w: { color: '#ffffff', fontSize: 11 }, b: { color: '#101418', fontSize: 11 } },
    },
  };
}

interface RenderApi {
  value: (dimension: number) => number;
  coord: (point: number[]) => number[];
  size: (extent: number[]) => number[];
}

/** A thin diagonal: an empty cell is seen without its colour. */
function emptyMark(tokens: Tokens) {
  return (_parameters: unknown, api: RenderApi) => {
    const [x, y] = api.coord([api.value(0), api.value(1)]) as [number, number];
    const [width, height] = api.size([1, 1]) as [number, number];
    const half = Math.min(width, height, 12) / 2;
    return {
      type: 'line',
      shape: { x1: x - half, y1: y + half, x2: x + half, y2: y - half },
      style: { stroke: tokens.lineStrong, lineWidth: 1 },
    };
  };
}
