import { conditionText } from '../../state/conditions';
import type { ConditionColumns, ConditionEntry, Layout, ScreenDocument } from '../../state/documents';

/* What is known of each condition beside its name: columns of the grid between the names and the batches. */

export const columnTitles = ['perturbation', 'medium', 'time (d)', 'guides'] as const;
/** The same in files. */
export const columnHeads = ['#perturbation', '#medium', '#time', '#guides'] as const;

/** How many columns of the grid stand between the names and the batches. */
export function columnsOf(layout: Layout): number {
  return layout.about ? columnTitles.length : 0;
}

/** Columns as a core document has them, some of which may be missing, or none. */
export function columnsFrom(
  conditions: readonly string[],
  about: Partial<ConditionColumns> | undefined,
): { about?: ConditionColumns } {
  if (about === undefined) return {};
  return {
    about: {
      // Without that column the core takes names for perturbations.
      perturbation: about.perturbation ?? [...conditions],
      medium: about.medium ?? conditions.map(() => ''),
      time: about.time ?? conditions.map(() => null),
      guides: about.guides ?? conditions.map(() => null),
    },
  };
}

/** A layout with columns to fill in: the name of every condition that is no control is its perturbation. */
export function withColumns(layout: Layout, control: readonly string[]): Layout {
  const perturbation = layout.conditions.map((name) => (control.includes(name) ? '' : name));
  return { ...layout, ...columnsFrom(layout.conditions, { perturbation }) };
}

export function withoutColumns(layout: Layout): Layout {
  const { about: _, ...rest } = layout;
  return rest;
}

/** The columns of a screen's conditions, in the order in which a layout names them. */
export function columnsOfScreen(screen: ScreenDocument, names: readonly string[]): ConditionColumns {
  const byName = new Map<string, ConditionEntry>(
    screen.conditions.map((condition) => [conditionText(condition, screen.roles), condition]),
  );
  const found = names.map((name) => byName.get(name));
  return {
    perturbation: found.map((one) =>
      one === undefined || one.control
        ? ''
        : one.edits.map(({ name, dose }) => (dose === 1 ? name : `${name} × ${dose}`)).join('+'),
    ),
    // Cells of another compartment are compared with controls of the same one.
    medium: found.map((one) => [one?.medium, one?.compartment].filter(Boolean).join(' · ')),
    time: found.map((one) => one?.time ?? null),
    guides: names.map(() => null),
  };
}

export function columnText(about: ConditionColumns, condition: number, column: number): string {
  const value = [about.perturbation, about.medium, about.time, about.guides][column]?.[condition];
  return value === null || value === undefined ? '' : String(value);
}

/** Writes one entry; a sentence where it is refused. */
export function writeColumn(
  about: ConditionColumns,
  condition: number,
  column: number,
  written: string,
): string | null {
  if (column < 2) {
    (column === 0 ? about.perturbation : about.medium)[condition] = written;
    return null;
  }
  const value = written === '' ? null : Number(written);
  if (value !== null && !(Number.isFinite(value) && value >= 0))
    return `Found '${written}', expected a number of ${column === 2 ? 'days' : 'guides'}, or nothing.`;
  (column === 2 ? about.time : about.guides)[condition] = value;
  return null;
}

export function copyOf(about: ConditionColumns | undefined): { about?: ConditionColumns } {
  if (about === undefined) return {};
  const { perturbation, medium, time, guides } = about;
  return {
    about: { perturbation: [...perturbation], medium: [...medium], time: [...time], guides: [...guides] },
  };
}
