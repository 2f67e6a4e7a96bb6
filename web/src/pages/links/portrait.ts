import { dashes, frame, grid, tooltipLines, valueAxis } from '../../charts/frame';
import { formatNumber } from '../../charts/numbers';
import type { Figure, Tokens } from '../../charts/types';
import type { PortraitAxis, PortraitDocument } from '../../state/links';
import { scaleText } from '../../state/scales';
import { tableOf, vectorOf } from '../../worker/arrays';
import type { CoreMessage } from '../../worker/message';

interface RenderApi {
  value: (dimension: number) => number;
  coord: (point: number[]) => number[];
}

function axisTitle(axis: PortraitAxis, unit: string): string {
  return axis.component
    ? `${axis.name[0]!.toUpperCase()}${axis.name.slice(1)}, ${formatNumber(100 * (axis.share ?? 0), 2)} % of the states' variance (${unit})`
    : `${axis.name}, change from control (${unit})`;
}

/** Arrows of the field, nullclines, ways of edits and steady states, on a plane of states. */
export function portraitFigure(message: CoreMessage<PortraitDocument>): Figure {
  const { axes, grid: field, paths, rests, scale, label } = message.json;
  const unit = scaleText(scale);
  const [u, v] = [vectorOf(message, field.u), vectorOf(message, field.v)];
  const [du, dv] = [tableOf(message, field.du), tableOf(message, field.dv)];
  const arrows = Array.from(u, (x, i) =>
    Array.from(v, (y, j) => [x, y, du.values[i * du.columns + j]!, dv.values[i * dv.columns + j]!]),
  ).flat();
  const [first, last] = [u[0]!, u.at(-1)!];
  const [low, high] = [v[0]!, v.at(-1)!];
  const drawn = paths.filter(({ diverged }) => !diverged).slice(0, 7);
  const stable = rests.filter((rest) => rest.stable);
  const others = rests.filter((rest) => !rest.stable);
  const nullcline = (
    pieces: readonly (readonly number[])[],
    name: string,
    colour: string,
    dash: number[],
  ) => ({
    type: 'custom',
    name,
    silent: true,
    data: pieces.map((piece) => [...piece]),
    itemStyle: { color: colour },
    renderItem: (_: unknown, api: RenderApi) => {
      const [x1, y1] = api.coord([api.value(0), api.value(1)]) as [number, number];
      const [x2, y2] = api.coord([api.value(2), api.value(3)]) as [number, number];
      return {
        type: 'line',
        shape: { x1, y1, x2, y2 },
        style: { stroke: colour, lineWidth: 1.5, lineDash: dash },
      };
    },
  });
  const restSeries = (name: string, list: typeof rests, filled: boolean, tokens: Tokens) => ({
    type: 'scatter',
    name,
    symbol: filled ? 'circle' : 'emptyCircle',
    symbolSize: 11,
    z: 5,
    itemStyle: { color: tokens.ink, borderColor: tokens.ink, borderWidth: 2 },
    data: list.map((rest) => ({ value: [rest.u, rest.v], rest })),
  });
  return {
    height: 520,
    table: {
      columns: [
        'what',
        'label',
        'time_d',
        axes[0].name,
        axes[1].name,
        'd_first',
        'd_second',
        'largest_real_part',
        'away',
      ],
      rows: [
        ...arrows.map(([x, y, dx, dy]) => ['field', label, null, x!, y!, dx!, dy!, null, null]),
        ...drawn.flatMap((path) =>
          path.times.map((time, t) => [
            'way',
            path.label,
            time,
            path.u[t]!,
            path.v[t]!,
            null,
            null,
            null,
            null,
          ]),
        ),
        ...rests.map((rest) => [
          rest.stable ? 'stable state' : 'unstable state',
          rest.label,
          null,
          rest.u,
          rest.v,
          null,
          null,
          rest.abscissa,
          rest.away,
        ]),
      ],
    },
    description: `Field of ${label} on ${axes[0].name} and ${axes[1].name}: ${drawn.length} ways of edits, ${stable.length} stable and ${others.length} unstable steady states.`,
    option: (tokens, width) => ({
      ...frame(tokens),
      tooltip: {
        ...frame(tokens).tooltip,
        formatter: (point: {
          seriesName: string;
          data: { rest?: (typeof rests)[number]; value?: number[] } | number[];
        }) => {
          const rest = Array.isArray(point.data) ? undefined : point.data.rest;
          if (rest === undefined) return tooltipLines(point.seriesName, []);
          return tooltipLines(`${rest.label}: ${rest.stable ? 'stable' : 'unstable'} state`, [
            `largest real part ${formatNumber(rest.abscissa, 2)} per day`,
            `${formatNumber(rest.away, 2)} off the plane (root mean square)`,
          ]);
        },
      },
      legend: {
        type: 'plain',
        top: 0,
        left: 8,
        width: width - 20,
        itemWidth: 18,
        itemHeight: 9,
        textStyle: { color: tokens.ink },
        inactiveColor: tokens.inkSoft,
        data: [
          ...drawn.map((path) => path.label),
          ...(field.u_nullcline.length > 0 ? [`${axes[0].name} at rest`] : []),
          ...(field.v_nullcline.length > 0 ? [`${axes[1].name} at rest`] : []),
          ...(stable.length > 0 ? ['stable state'] : []),
          ...(others.length > 0 ? ['unstable state'] : []),
        ],
      },
      grid: grid({ top: width < 520 ? 116 : 62 }),
      xAxis: valueAxis(tokens, axisTitle(axes[0], unit), {
        min: first,
        max: last,
        room: width - 120,
        axisLabel: ticks(tokens),
      }),
      yAxis: valueAxis(tokens, axisTitle(axes[1], unit), {
        min: low,
        max: high,
        room: 380,
        nameGap: 40,
        axisLabel: ticks(tokens),
      }),
      series: [
        {
          type: 'custom',
          name: 'field',
          silent: true,
          data: arrows,
          renderItem: fieldArrow(tokens, u.length, v.length, [first, last, low, high]),
        },
        nullcline(field.u_nullcline, `${axes[0].name} at rest`, tokens.series[5]!, [6, 3]),
        nullcline(field.v_nullcline, `${axes[1].name} at rest`, tokens.series[3]!, [2, 3]),
        ...drawn.map((path, k) => ({
          type: 'line',
          name: path.label,
          showSymbol: false,
          z: 4,
          lineStyle: { width: 2.5, type: dashes[k % dashes.length], color: tokens.series[k % 7] },
          itemStyle: { color: tokens.series[k % 7] },
          data: path.u.map((x, t) => [x, path.v[t]!]),
          endLabel: { show: width > 520, formatter: path.label, color: tokens.ink, fontSize: 11 },
        })),
        ...(stable.length > 0 ? [restSeries('stable state', stable, true, tokens)] : []),
        ...(others.length > 0 ? [restSeries('unstable state', others, false, tokens)] : []),
      ],
    }),
  };
}

const ticks = (tokens: Tokens) => ({
  color: tokens.inkSoft,
  formatter: (value: number) => formatNumber(value, 2),
  hideOverlap: true,
  showMinLabel: false,
  showMaxLabel: false,
});

/** All arrows have one length, so that slow places are seen; their direction on paper is that of the flow. */
function fieldArrow(
  tokens: Tokens,
  columns: number,
  rows: number,
  [first, last, low, high]: [number, number, number, number],
) {
  return (_: unknown, api: RenderApi) => {
    const [x, y, dx, dy] = [0, 1, 2, 3].map((k) => api.value(k)) as [number, number, number, number];
    const [px, py] = api.coord([x, y]) as [number, number];
    const [left, bottom] = api.coord([first, low]) as [number, number];
    const [right, top] = api.coord([last, high]) as [number, number];
    const [ax, ay] = [(dx * (right - left)) / (last - first), (-dy * (bottom - top)) / (high - low)];
    const size = Math.hypot(ax, ay);
    if (!(size > 0)) return { type: 'group', children: [] };
    const long = 0.36 * Math.min((right - left) / (columns - 1), (bottom - top) / (rows - 1));
    const [ux, uy] = [(ax / size) * long, (ay / size) * long];
    const style = { stroke: tokens.inkSoft, lineWidth: 1 };
    const [tx, ty] = [px + ux, py + uy];
    return {
      type: 'group',
      children: [
        { type: 'line', shape: { x1: px - ux, y1: py - uy, x2: tx, y2: ty }, style },
        {
          type: 'polyline',
          shape: {
            points: [
              [tx - 0.6 * ux - 0.4 * uy, ty - 0.6 * uy + 0.4 * ux],
              [tx, ty],
              [tx - 0.6 * ux + 0.4 * uy, ty - 0.6 * uy - 0.4 * ux],
            ],
          },
          style: { ...style, fill: 'none' },
        },
      ],
    };
  };
}
