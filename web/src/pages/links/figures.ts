import { frame, tooltipLines } from '../../charts/frame';
import { heatMap } from '../../charts/heatMap';
import { formatInterval, formatNumber } from '../../charts/numbers';
import { scatterPlot } from '../../charts/scatterPlot';
import type { Figure, Tokens } from '../../charts/types';
import type { EditLink, LinksDocument } from '../../state/links';
import { scaleText } from '../../state/scales';
import type { CoreMessage } from '../../worker/message';
import { answerRows, edgeMatrix, type EdgeRow } from './answer';

/** Every identified coefficient; a stroke where the data do not tell. Genes without any are left out. */
export function matrixFigure(message: CoreMessage<LinksDocument>): Figure {
  const { genes, values } = edgeMatrix(message);
  const acting = genes.flatMap((_, j) => (values.some((row) => row[j] !== null) ? [j] : []));
  const acted = genes.flatMap((_, i) => (values[i]!.some((value) => value !== null) ? [i] : []));
  return heatMap({
    rows: acted.map((i) => genes[i]!),
    columns: acting.map((j) => genes[j]!),
    values: acted.map((i) => acting.map((j) => values[i]![j]!)),
    rowTitle: 'Gene acted on',
    columnTitle: 'Gene that acts',
    valueTitle: 'coefficient',
    scale: 'diverging',
  });
}

interface RenderApi {
  value: (dimension: number) => number;
  coord: (point: number[]) => number[];
}

/** Genes on a circle, an arrow an edge: towards the gene acted on, a bar at its end where it lowers it, dashed where its sign is open. */
export function graphFigure(edges: readonly EdgeRow[], threshold: number): Figure {
  const genes = [...new Set(edges.flatMap(({ from, to }) => [from, to]))].sort();
  const place = new Map(
    genes.map((gene, k) => {
      const angle = (2 * Math.PI * k) / Math.max(1, genes.length) - Math.PI / 2;
      return [gene, { x: Math.cos(angle), y: -Math.sin(angle) }];
    }),
  );
  const strongest = edges.reduce((most, { value }) => Math.max(most, Math.abs(value)), 0);
  return {
    height: 460,
    table: {
      columns: ['from', 'to', 'coefficient', 'low', 'high'],
      rows: edges.map(({ from, to, value, low, high }) => [from, to, value, low, high]),
    },
    description:
      `${edges.length} edges between ${genes.length} genes, of a size from ${formatNumber(threshold)}. ` +
      (edges[0] === undefined
        ? ''
        : `The strongest: ${edges[0].from} → ${edges[0].to}, ${formatNumber(edges[0].value)}.`),
    option: (tokens, width) => ({
      ...frame(tokens),
      grid: { left: width < 480 ? 60 : 90, right: width < 480 ? 60 : 90, top: 24, bottom: 24 },
      xAxis: { type: 'value', min: -1, max: 1, show: false },
      yAxis: { type: 'value', min: -1, max: 1, show: false },
      tooltip: {
        ...frame(tokens).tooltip,
        formatter: (point: { seriesIndex: number; dataIndex: number }) => {
          if (point.seriesIndex === 1) return tooltipLines(genes[point.dataIndex] ?? '', []);
          const edge = edges[point.dataIndex];
          if (!edge) return '';
          return tooltipLines(`${edge.from} → ${edge.to}`, [
            `coefficient ${formatNumber(edge.value)}`,
            formatInterval(edge.low, edge.high),
          ]);
        },
      },
      series: [
        {
          type: 'custom',
          renderItem: arrow(tokens, edges, strongest),
          data: edges.map(({ from, to }) => {
            const [a, b] = [place.get(from)!, place.get(to)!];
            return [a.x, a.y, b.x, b.y];
          }),
        },
        {
          type: 'scatter',
          symbolSize: 9,
          z: 3,
          itemStyle: { color: tokens.ink },
          data: genes.map((gene) => {
            const { x, y } = place.get(gene)!;
            return {
              value: [x, y],
              label: {
                show: genes.length <= 60,
                formatter: gene,
                position: Math.abs(x) < 0.25 ? (y > 0 ? 'top' : 'bottom') : x > 0 ? 'right' : 'left',
                color: tokens.ink,
                fontSize: genes.length > 30 ? 10 : 12,
              },
            };
          }),
        },
      ],
    }),
  };
}

/** A line that bends aside, so that both directions of a pair are seen; its head stops short of the gene. */
function arrow(tokens: Tokens, edges: readonly EdgeRow[], strongest: number) {
  return (parameters: { dataIndex: number }, api: RenderApi) => {
    const edge = edges[parameters.dataIndex]!;
    const [x1, y1] = api.coord([api.value(0), api.value(1)]) as [number, number];
    const [x2, y2] = api.coord([api.value(2), api.value(3)]) as [number, number];
    const [dx, dy] = [x2 - x1, y2 - y1];
    const length = Math.hypot(dx, dy) || 1;
    const [cx, cy] = [(x1 + x2) / 2 - 0.12 * dy, (y1 + y2) / 2 + 0.12 * dx];
    const end = Math.hypot(x2 - cx, y2 - cy) || 1;
    const [ux, uy] = [(x2 - cx) / end, (y2 - cy) / end];
    const gap = Math.min(9, length / 4);
    const [tx, ty] = [x2 - gap * ux, y2 - gap * uy];
    const colour = edge.value > 0 ? tokens.diverging.at(-1)! : tokens.diverging[0]!;
    const style = {
      stroke: colour,
      fill: 'none',
      lineWidth: 1 + (3 * Math.abs(edge.value)) / (strongest || 1),
      lineDash: edge.open ? [4, 3] : undefined,
    };
    const head =
      edge.value > 0
        ? {
            type: 'polygon',
            shape: {
              points: [
                [tx, ty],
                [tx - 8 * ux - 4 * uy, ty - 8 * uy + 4 * ux],
                [tx - 8 * ux + 4 * uy, ty - 8 * uy - 4 * ux],
              ],
            },
            style: { fill: colour },
          }
        : {
            type: 'line',
            shape: { x1: tx - 5 * uy, y1: ty + 5 * ux, x2: tx + 5 * uy, y2: ty - 5 * ux },
            style: { stroke: colour, lineWidth: 2.5 },
          };
    return {
      type: 'group',
      children: [{ type: 'bezierCurve', shape: { x1, y1, x2: tx, y2: ty, cpx1: cx, cpy1: cy }, style }, head],
    };
  };
}

/** The structural model's answer against the field's own, a point a gene; held genes are left out. */
export function besideFigure(message: CoreMessage<LinksDocument>, link: EditLink): Figure {
  const unit = scaleText(message.json.scale);
  const points = answerRows(message, link).flatMap(({ gene, held, scm, model }) =>
    held || scm === null || model === null ? [] : [{ x: model, y: scm, label: gene }],
  );
  return scatterPlot({
    groups: [{ name: 'genes', points }],
    xTitle: `Model's own steady state, effect (${unit})`,
    yTitle: `Structural model, effect (${unit})`,
    diagonal: true,
    description: `${link.label}: effects on ${points.length} genes by the structural model against those at the model's own steady state; root mean square difference ${formatNumber(link.difference)}.`,
  });
}
