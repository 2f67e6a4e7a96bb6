import type { Layout } from '../../state/documents';
import { finest } from './choices';
import { columnsOf, columnText, columnTitles, copyOf, writeColumn } from './conditionColumns';

/* The grid's arithmetic, without the page: row 0 holds the names of the batches, then the coarser levels, then the conditions. */

export const rowHeight = 28;

export type GridChange =
  | { kind: 'cells'; edits: { row: number; batch: number; cells: number }[] }
  | { kind: 'layout'; layout: Layout };

/** The rows (or columns) to draw around what is in view. */
export function windowOf(
  offset: number,
  size: number,
  extent: number,
  count: number,
): { first: number; last: number } {
  const first = Math.max(0, Math.min(count, Math.floor(offset / extent) - 3));
  return { first, last: Math.min(count, first + Math.ceil(size / extent) + 7) };
}

export function textAt(layout: Layout, row: number, column: number): string {
  const heads = 1 + layout.levels.length;
  const batch = batchAt(layout, column);
  const between = column > 0 && batch < 0;
  if (row === 0) {
    if (between) return columnTitles[column - 1]!;
    return column === 0 ? 'condition' : (layout.batches[batch] ?? '');
  }
  if (row < heads) {
    const level = layout.levels[row - 1];
    return column === 0 ? (level?.name ?? '') : (level?.of_batch[batch] ?? '');
  }
  const condition = row - heads;
  if (between) return columnText(layout.about!, condition, column - 1);
  return column === 0 ? (layout.conditions[condition] ?? '') : String(layout.cells[condition]?.[batch] ?? '');
}

/** Which batch a column of the grid is; negative: the names, or what is known of conditions. */
export function batchAt(layout: Layout, column: number): number {
  return column - 1 - columnsOf(layout);
}

/** Whether a place of the grid holds a number of cells. */
export function holdsCells(layout: Layout, row: number, column: number): boolean {
  return row > layout.levels.length && batchAt(layout, column) >= 0;
}

interface Key {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
}

/** Where a key leads; null: it does not move. */
export function stepTo(
  { key, ctrlKey, metaKey }: Key,
  page: number,
  from: { row: number; column: number },
  rows: number,
  columns: number,
): { row: number; column: number } | null {
  const far = ctrlKey || metaKey;
  switch (key) {
    case 'ArrowUp':
      return { ...from, row: from.row - 1 };
    case 'ArrowDown':
      return { ...from, row: from.row + 1 };
    case 'ArrowLeft':
      return { ...from, column: from.column - 1 };
    case 'ArrowRight':
      return { ...from, column: from.column + 1 };
    case 'PageUp':
      return { ...from, row: from.row - page };
    case 'PageDown':
      return { ...from, row: from.row + page };
    case 'Home':
      return { row: far ? 0 : from.row, column: 0 };
    case 'End':
      return { row: far ? rows - 1 : from.row, column: columns - 1 };
    default:
      return null;
  }
}

/** A text typed at one place, or a block of a spreadsheet whose corner lies there. Refused as a whole when any part of it is wrong. */
export function pasteChange(
  layout: Layout,
  row: number,
  column: number,
  text: string,
): GridChange | { wrong: string } {
  const block = text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map((line) => line.split('\t'));
  const heads = 1 + layout.levels.length;
  const edits: { row: number; batch: number; cells: number }[] = [];
  const renamed: Layout = {
    conditions: [...layout.conditions],
    batches: [...layout.batches],
    levels: layout.levels.map((level) => ({ name: level.name, of_batch: [...level.of_batch] })),
    cells: layout.cells,
    ...copyOf(layout.about),
  };
  let names = false;
  for (const [i, line] of block.entries()) {
    for (const [j, part] of line.entries()) {
      const r = row + i;
      const c = column + j;
      const written = part.trim();
      const batch = batchAt(layout, c);
      if (r >= heads + layout.conditions.length || batch >= layout.batches.length) continue;
      if (c > 0 && batch < 0) {
        if (r < heads) continue;
        const wrong = writeColumn(renamed.about!, r - heads, c - 1, written);
        if (wrong !== null) return { wrong };
        names = true;
        continue;
      }
      if (r >= heads && c > 0) {
        const cells = Number(written.replace(/[\s,](?=\d{3}\b)/g, ''));
        if (written === '' || !Number.isInteger(cells) || cells < 0) {
          return { wrong: `Found '${written}', expected a number of cells (0, 1, 2, …).` };
        }
        edits.push({ row: r - heads, batch, cells });
        continue;
      }
      if (r === 0 && c === 0) continue;
      if (written === '') return { wrong: 'Expected a name, found nothing.' };
      names = true;
      if (r === 0) renamed.batches[batch] = written;
      else if (r < heads && c === 0) renamed.levels[r - 1]!.name = written;
      else if (r < heads) renamed.levels[r - 1]!.of_batch[batch] = written;
      else renamed.conditions[r - heads] = written;
    }
  }
  if (!names) return { kind: 'cells', edits };
  const levels = [...renamed.levels.map(({ name }) => name), finest];
  for (const list of [renamed.conditions, renamed.batches, levels]) {
    const twice = list.find((name, at) => list.indexOf(name) !== at);
    if (twice !== undefined) return { wrong: `'${twice}' is taken: names are given once.` };
  }
  return { kind: 'layout', layout: withCells(renamed, edits) };
}

export function withCells(
  layout: Layout,
  edits: readonly { row: number; batch: number; cells: number }[],
): Layout {
  const cells = [...layout.cells];
  const copied = new Set<number>();
  for (const { row, batch, cells: count } of edits) {
    if (!copied.has(row)) {
      cells[row] = [...cells[row]!];
      copied.add(row);
    }
    cells[row]![batch] = count;
  }
  return { ...layout, cells };
}
