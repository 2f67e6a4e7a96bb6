import { heatMap } from '../../charts/heatMap';
import type { Figure } from '../../charts/types';
import { conditionText } from '../../state/conditions';
import type { ConditionEntry, ScreenDocument } from '../../state/documents';
import { vectorOf } from '../../worker/arrays';
import type { CoreMessage } from '../../worker/message';
import { integer } from './format';

/** Rows that are seen at once; more are reached by the slider beside them. */
const rowsAtOnce = 40;

export interface CellGrid {
  rows: string[];
  columns: string[];
  cells: number[][];
  controls: Set<string>;
}

/** Places of the conditions: controls on top, then edits by their number of cells; an edit's conditions together, in order of time. */
function orderOf({ conditions }: ScreenDocument): number[] {
  const editsOf = conditions.map(({ edits }) => edits.map(({ name, dose }) => `${name} ${dose}`).join('+'));
  const cellsOf = new Map<string, number>();
  conditions.forEach(({ cells }, at) => cellsOf.set(editsOf[at]!, (cellsOf.get(editsOf[at]!) ?? 0) + cells));
  return conditions
    .map((_, at) => at)
    .sort((a, b) => {
      const [one, other] = [conditions[a]!, conditions[b]!];
      return (
        Number(other.control) - Number(one.control) ||
        cellsOf.get(editsOf[b]!)! - cellsOf.get(editsOf[a]!)! ||
        editsOf[a]!.localeCompare(editsOf[b]!) ||
        one.medium.localeCompare(other.medium) ||
        (one.time ?? 0) - (other.time ?? 0) ||
        one.compartment.localeCompare(other.compartment)
      );
    });
}

/** Conditions × batches; the two halves of control cells are counted together. */
export function cellGrid(message: CoreMessage<ScreenDocument>): CellGrid {
  const screen = message.json;
  const conditions = vectorOf(message, screen.groups.condition);
  const counts = vectorOf(message, screen.groups.cells);
  const order = orderOf(screen);
  const text = (condition: ConditionEntry): string => conditionText(condition, screen.roles);
  const rowOf = new Map(order.map((condition, row) => [condition, row]));
  const keys = screen.groups.batch.map((levels) => levels.join());
  const batches = [...new Map(keys.map((key, at) => [key, screen.groups.batch[at]!])).values()].sort(
    (a, b) => {
      const at = a.findIndex((level, i) => level !== b[i]);
      return at < 0 ? 0 : a[at]! - b[at]!;
    },
  );
  const columnOf = new Map(batches.map((levels, column) => [levels.join(), column]));
  const cells = order.map(() => batches.map(() => 0));
  conditions.forEach((condition, group) => {
    cells[rowOf.get(condition)!]![columnOf.get(keys[group]!)!]! += counts[group]!;
  });
  // The name of the finest level is enough where it is unique; a nested one repeats the coarser names.
  const names = batches.map((levels) => levels.map((level, at) => screen.batches[at]!.levels[level]!));
  const fine = names.map((levels) => levels.at(-1) ?? 'all cells');
  const columns = new Set(fine).size === fine.length ? fine : names.map((levels) => levels.join(' ▸ '));
  return {
    rows: order.map((condition) => text(screen.conditions[condition]!)),
    columns,
    cells,
    controls: new Set(screen.conditions.filter(({ control }) => control).map(text)),
  };
}

export function cellsFigure(message: CoreMessage<ScreenDocument>): Figure {
  const screen = message.json;
  const { rows, columns, cells, controls } = cellGrid(message);
  const empty = cells.flat().filter((count) => count === 0).length;
  const figure = heatMap({
    rows,
    columns,
    values: cells,
    rowTitle: 'Condition',
    columnTitle: screen.batches.map(({ name }) => name).join(' ▸ ') || 'no batch column',
    valueTitle: 'cells',
    counts: true,
    controlRows: controls,
    description:
      `Cells of ${integer(rows.length)} conditions (controls on top) in ${integer(columns.length)} batches; ` +
      (empty === 0 ? 'no cell of the grid is empty.' : `${integer(empty)} cells of the grid are empty.`),
  });
  return rows.length <= 60 ? figure : windowed(figure);
}

/** A long map seen through a window: the numbers stay legible, the slider and dragging move it. */
function windowed(figure: Figure): Figure {
  return {
    ...figure,
    height: rowsAtOnce * 18 + 130,
    option: (tokens, width) => {
      const option = figure.option(tokens, width) as { grid: object; yAxis: { axisLabel: object } };
      const window = { type: 'slider', yAxisIndex: 0, startValue: 0, endValue: rowsAtOnce - 1 };
      return {
        ...option,
        grid: { ...option.grid, right: 48 },
        yAxis: { ...option.yAxis, axisLabel: { ...option.yAxis.axisLabel, interval: 'auto' } },
        dataZoom: [
          {
            ...window,
            right: 8,
            width: 16,
            showDetail: false,
            brushSelect: false,
            borderColor: tokens.line,
            fillerColor: `${tokens.accent}33`,
            handleStyle: { color: tokens.accent },
          },
          { ...window, type: 'inside', zoomOnMouseWheel: 'ctrl', moveOnMouseWheel: false },
        ],
      };
    },
  };
}
