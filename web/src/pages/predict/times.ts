const days: Record<string, number> = { s: 1 / 86400, min: 1 / 1440, h: 1 / 24, d: 1, w: 7 };
const names: Record<string, string> = { s: 'seconds', min: 'minutes', h: 'hours', d: 'days', w: 'weeks' };

/** "hours" and "hr" are h, as for the core. */
function short(unit: string): string {
  return unit.startsWith('min') ? 'min' : unit.slice(0, 1);
}

/** Days in one of a screen's unit of time: s, min, h, d or w. */
export function daysOf(unit: string): number {
  return days[short(unit)] ?? 1;
}

/** The unit in which a fit's times are told: the screen's; days where the screen has no times and days were typed in. */
export function unitOf(fit: {
  single_time: boolean;
  times: number[];
  sampling_time: number;
  time_unit: string;
}): string {
  const typed = fit.single_time && fit.times.at(-1) === fit.sampling_time;
  return typed ? 'd' : fit.time_unit;
}

export function unitName(unit: string): string {
  return names[short(unit)] ?? unit;
}
