import type { Description, FoundColumn } from '../../io/found';
import type { Roles } from '../../state/documents';

/* Which column plays which part: the proposal, and changes to it. Pure, so that tests can follow it. */

/** Roles of which a column can have one; `batch` may be had by several columns. */
export const columnRoles = ['perturbation', 'guide', 'batch', 'host', 'time', 'medium', 'cell_type'] as const;
export type ColumnRole = (typeof columnRoles)[number];

export const roleTitles: Record<ColumnRole, string> = {
  perturbation: 'Perturbation',
  guide: 'Guide',
  batch: 'Batch',
  host: 'Host',
  time: 'Time',
  medium: 'Medium',
  cell_type: 'Cell type',
};

export const roleMeanings: Record<ColumnRole, string> = {
  perturbation: 'what was edited or added in each cell; pairs are joined by a separator',
  guide: 'which guide brought the edit: a finer level, for efficacy and off-target effects',
  batch: 'cells handled together: donor, day, lane, library; several columns go from coarse to fine',
  host: 'the animal that the cells lived in: a batch level before all others',
  time: 'time since the edit or the last change of medium',
  medium: 'what the cells grew in',
  cell_type: 'the compartment that a cell was found in',
};

export const noRoles: Roles = {
  perturbation: '',
  separator: '+',
  control: [],
  no_control: false,
  modality: 'knockout',
  batch: [],
  host: '',
  time: '',
  time_unit: 'h',
  medium: '',
  guide: '',
  cell_type: '',
  drop: [],
  exclude_from_size_factor: [],
};

/** The core's proposal, with defaults for what it left open. */
export function proposedRoles(description: Description): Roles {
  const { why: _, ...proposed } = description.proposed;
  return { ...structuredClone(noRoles), ...structuredClone(proposed) };
}

/**
 * The roles chosen so far, after the table was read again with other columns: a role whose column is no longer one is
 * given up, and a column that is new gets the role proposed for it when nothing else has that role.
 */
export function keptRoles(roles: Roles, before: Description, after: Description): Roles {
  let next = structuredClone(roles);
  for (const { name } of before.columns) {
    if (columnNamed(after, name) === null) next = withRole(next, name, '');
  }
  const proposed = proposedRoles(after);
  for (const { name } of after.columns) {
    if (columnNamed(before, name) !== null) continue;
    const role = roleOf(proposed, name);
    if (role === 'batch' || (role !== '' && next[role] === '')) next = withRole(next, name, role);
    if (role === 'time' && next.time === name) next.time_unit = proposed.time_unit;
  }
  return next;
}

export function roleOf(roles: Roles, column: string): ColumnRole | '' {
  if (roles.batch.includes(column)) return 'batch';
  return columnRoles.find((role) => role !== 'batch' && roles[role] === column) ?? '';
}

/** A copy in which `column` plays `role` ('' = none); who played a role that only one can play gives it up. */
export function withRole(roles: Roles, column: string, role: ColumnRole | ''): Roles {
  const next = structuredClone(roles);
  const before = roleOf(roles, column);
  if (before === role) return next;
  if (before === 'batch') next.batch = next.batch.filter((name) => name !== column);
  else if (before !== '') next[before] = '';
  if (before === 'perturbation') Object.assign(next, { control: [], no_control: false, drop: [] });
  if (role === 'batch') next.batch.push(column);
  else if (role !== '') {
    next[role] = column;
    if (role === 'perturbation') Object.assign(next, { control: [], no_control: false, drop: [] });
  }
  return next;
}

/** A copy with batch column `at` one place coarser (−1) or finer (+1). */
export function moveBatch(roles: Roles, at: number, step: -1 | 1): Roles {
  const next = structuredClone(roles);
  const [moved] = next.batch.splice(at, 1);
  if (moved !== undefined) next.batch.splice(at + step, 0, moved);
  return next;
}

/** Names between commas, each once. */
export function namesIn(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  return [...new Set(names)].filter((name) => name !== '');
}

export function columnNamed(description: Description, name: string): FoundColumn | null {
  return description.columns.find((column) => column.name === name) ?? null;
}

export const modalities = [
  { value: 'knockout', title: 'Knock-out' },
  { value: 'crispri', title: 'CRISPRi' },
  { value: 'crispra', title: 'CRISPRa' },
  { value: 'drug', title: 'Drug or ligand' },
] as const;

export const timeUnits = [
  { value: 'min', title: 'minutes' },
  { value: 'h', title: 'hours' },
  { value: 'd', title: 'days' },
  { value: 'w', title: 'weeks' },
] as const;
