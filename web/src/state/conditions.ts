import type { ConditionEntry, Roles } from './documents';

/** Days in one unit of time, by the names that roles use. */
const daysPer: Record<string, number> = { s: 1 / 86_400, min: 1 / 1440, h: 1 / 24, d: 1, w: 7 };

/** Days as a time in the screen's own unit: "36 h". */
export function timeText(days: number, unit: string): string {
  const value = days / (daysPer[unit] ?? 1);
  return `${Number(value.toPrecision(6))} ${daysPer[unit] === undefined ? 'd' : unit}`;
}

/** A condition for people, in the screen's own unit of time: "JAK2+STAT1 · RA 1 · 36 h". */
export function conditionText(condition: ConditionEntry, roles: Roles): string {
  const edits = condition.edits.map(({ name, dose }) => (dose === 1 ? name : `${name} × ${dose}`)).join('+');
  const { medium, time, compartment } = condition;
  return [
    condition.control ? 'control' : edits,
    // A bare number says nothing without its column's name.
    medium === '' ? '' : Number.isFinite(Number(medium)) ? `${roles.medium} ${medium}` : medium,
    time === null ? '' : timeText(time, roles.time_unit),
    compartment,
  ]
    .filter((part) => part !== '')
    .join(' · ');
}
