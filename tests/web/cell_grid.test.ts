import { expect, it } from 'vitest';
import { cellGrid } from '../../web/src/pages/data/cellsFigure';
import type { ScreenDocument } from '../../web/src/state/documents';

const condition = (edit: string | null, time: number, cells: number) => ({
  label: '',
  edits: edit === null ? [] : [{ name: edit, dose: 1 }],
  medium: '1',
  time,
  compartment: '',
  control: edit === null,
  cells,
});

/** Groups as they come in a small screen and, beside the JSON, in a large one. */
function screen(beside: boolean) {
  const groups = { condition: [0, 1, 1, 2, 3, 4], cells: [5, 1, 2, 3, 40, 6] };
  const bytes = new Uint8Array(Int32Array.from([...groups.condition, ...groups.cells]).buffer);
  const place = (offset: number) => ({ dtype: 'i4', shape: [6], offset });
  const json = {
    roles: { time_unit: 'h', medium: 'RA' },
    conditions: [
      condition('A', 1, 5),
      condition(null, 1, 3),
      condition(null, 0.25, 3),
      condition('B', 0.25, 40),
      condition('A', 0.25, 6),
    ],
    batches: [{ name: 'lane', levels: ['a', 'b'] }],
    groups: {
      ...(beside ? { condition: { buffer: 'c' }, cells: { buffer: 'n' } } : groups),
      batch: [[0], [0], [0], [1], [1], [1]],
    },
    ...(beside ? { buffers: { c: place(0), n: place(24) } } : {}),
  };
  return { json: json as unknown as ScreenDocument, bytes };
}

it.each([false, true])(
  'conditions × batches: controls on top, an edit over time, in the screen’s unit',
  (beside) => {
    const grid = cellGrid(screen(beside));
    expect(grid.rows).toEqual([
      'control · RA 1 · 6 h',
      'control · RA 1 · 24 h',
      'B · RA 1 · 6 h',
      'A · RA 1 · 6 h',
      'A · RA 1 · 24 h',
    ]);
    expect(grid.columns).toEqual(['a', 'b']);
    expect(grid.cells).toEqual([
      [0, 3],
      [3, 0],
      [0, 40],
      [0, 6],
      [5, 0],
    ]);
    expect(grid.controls).toEqual(new Set(grid.rows.slice(0, 2)));
  },
);
