import { conditionText } from '../../state/conditions';
import type { ConditionEntry, Layout, ScreenDocument, StatesDocument } from '../../state/documents';
import { rowGrid } from '../data/statesFigure';
import type { CoreMessage } from '../../worker/message';
import type { DataTable } from '../../charts/types';
import { cellGrid } from '../data/cellsFigure';
import { columnHeads, columnsOfScreen, columnText, copyOf } from './conditionColumns';

/* A layout as the page edits it and as files carry it: `condition,<batches…>`, coarser levels in rows that begin with #. */

/** The file form of a layout: what the command line reads. */
export function layoutTable(layout: Layout): DataTable {
  const heads = layout.about ? columnHeads : [];
  return {
    columns: ['condition', ...heads, ...layout.batches],
    rows: [
      ...layout.levels.map((level) => [`#${level.name}`, ...heads.map(() => ''), ...level.of_batch]),
      ...layout.conditions.map((name, row) => [
        name,
        ...heads.map((_, column) => columnText(layout.about!, row, column)),
        ...layout.cells[row]!,
      ]),
    ],
  };
}

export interface Term {
  condition: string;
  coefficient: number;
}

export interface Contrast {
  name: string;
  terms: Term[];
}

export interface Problem {
  layout: Layout;
  control: string[];
  /** null: every condition that is not a control against the mean of the controls. */
  contrasts: Contrast[] | null;
}

/** What was done in the screen: its conditions × batches, and each edit against the controls of its own time and medium. */
export function problemOfScreen(message: CoreMessage<ScreenDocument>): Problem {
  const screen = message.json;
  const grid = cellGrid(message);
  const nameOf = (condition: ConditionEntry): string => conditionText(condition, screen.roles);
  const combinations = batchCombinations(screen);
  const coarse = screen.batches.slice(0, -1);
  const layout: Layout = {
    conditions: grid.rows,
    batches: grid.columns,
    levels: coarse.map((column, l) => ({
      name: column.name,
      // Nested: a label is told apart by those of the levels above it.
      of_batch: combinations.map((levels) =>
        screen.batches
          .slice(0, l + 1)
          .map((above, a) => above.levels[levels[a]!]!)
          .join(' ▸ '),
      ),
    })),
    cells: grid.cells,
    about: columnsOfScreen(screen, grid.rows),
  };
  const controls = screen.conditions.filter((condition) => condition.control);
  const control = controls.map(nameOf);
  if (controls.length < 2) return { layout, control, contrasts: null };
  const contrasts = screen.conditions
    .filter((condition) => !condition.control)
    .map((condition) => {
      const same = controls.filter(
        (one) =>
          one.time === condition.time &&
          one.medium === condition.medium &&
          one.compartment === condition.compartment,
      );
      const against = same.length > 0 ? same : controls;
      return {
        name: nameOf(condition),
        terms: [
          { condition: nameOf(condition), coefficient: 1 },
          ...against.map((one) => ({ condition: nameOf(one), coefficient: -1 / against.length })),
        ],
      };
    });
  return { layout, control, contrasts };
}

/** A table of states: a row (a replicate) stands where a cell stands in a screen. */
export function problemOfStates(table: StatesDocument): Problem {
  const { conditions, batches, cells, controls } = rowGrid(table);
  const layout: Layout = { conditions, batches, levels: [], cells };
  // Without a control row the first condition has to stand for it, as in a layout that is typed in.
  return { layout, control: controls.length > 0 ? controls : [conditions[0]!], contrasts: null };
}

/** The distinct combinations of batch levels, in the order of the grid's columns. */
function batchCombinations(screen: ScreenDocument): number[][] {
  return [...new Map(screen.groups.batch.map((levels) => [levels.join(), levels])).values()].sort((a, b) => {
    const at = a.findIndex((level, i) => level !== b[i]);
    return at < 0 ? 0 : a[at]! - b[at]!;
  });
}

export function totalCells(layout: Layout): number {
  return layout.cells.reduce((sum, row) => sum + row.reduce((part, cells) => part + cells, 0), 0);
}

/** A layout with one more condition or batch, or one less. Names are made distinct. */
export function withCondition(layout: Layout): Layout {
  const name = freeName(layout.conditions, 'condition');
  const { about } = copyOf(layout.about);
  about?.perturbation.push(name);
  about?.medium.push('');
  about?.time.push(null);
  about?.guides.push(null);
  return {
    ...layout,
    ...(about ? { about } : {}),
    conditions: [...layout.conditions, name],
    cells: [...layout.cells, layout.batches.map(() => 0)],
  };
}

export function withBatch(layout: Layout): Layout {
  const last = layout.batches.length - 1;
  return {
    ...layout,
    batches: [...layout.batches, freeName(layout.batches, 'batch')],
    levels: layout.levels.map((level) => ({
      ...level,
      of_batch: [...level.of_batch, level.of_batch[last]!],
    })),
    cells: layout.cells.map((row) => [...row, row[last]!]),
  };
}

export function withoutCondition(layout: Layout, row: number): Layout {
  const { about } = copyOf(layout.about);
  for (const column of about ? Object.values(about) : []) column.splice(row, 1);
  return {
    ...layout,
    ...(about ? { about } : {}),
    conditions: layout.conditions.toSpliced(row, 1),
    cells: layout.cells.toSpliced(row, 1),
  };
}

export function withoutBatch(layout: Layout, column: number): Layout {
  return {
    ...layout,
    batches: layout.batches.toSpliced(column, 1),
    levels: layout.levels.map((level) => ({ ...level, of_batch: level.of_batch.toSpliced(column, 1) })),
    cells: layout.cells.map((row) => row.toSpliced(column, 1)),
  };
}

/** A layout with one more level above its batches, below those that it has; at first every batch has a label of its own. */
export function withLevel(layout: Layout): Layout {
  const names = ['batch', ...layout.levels.map(({ name }) => name)];
  const name = ['day', 'donor', 'week'].find((one) => !names.includes(one)) ?? freeName(names, 'level');
  return {
    ...layout,
    levels: [...layout.levels, { name, of_batch: layout.batches.map((_, b) => `${name} ${b + 1}`) }],
  };
}

export function withoutLevel(layout: Layout, level: number): Layout {
  return { ...layout, levels: layout.levels.toSpliced(level, 1) };
}

function freeName(names: readonly string[], stem: string): string {
  const taken = new Set(names);
  let number = names.length + 1;
  while (taken.has(`${stem} ${number}`)) ++number;
  return `${stem} ${number}`;
}
