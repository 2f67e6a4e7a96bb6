import type { FitDocument, ParameterInterval } from '../../state/documents';

/* Parameters with their intervals, in as many digits as the interval carries. */

/** The member whose objective is least among those that have intervals; null where none has. */
export function bestIntervals(fit: FitDocument) {
  let best: { number: number; value: number; intervals: Intervals } | null = null;
  for (const member of fit.members) {
    if (!member.intervals) continue;
    const value = member.history.train.at(-1) ?? Infinity;
    if (best === null || value < best.value)
      best = { number: member.number, value, intervals: member.intervals };
  }
  return best;
}
export type Intervals = NonNullable<FitDocument['members'][number]['intervals']>;

const symbols: Record<string, string> = {
  gamma: 'γ (1/day)',
  alpha: 'α (1/day)',
  epsilon: 'ε (1/day)',
  kappa: 'κ',
};

/** Such as `γ (1/day) of STAT1`, or `W: STAT1 by JAK2`. */
export function nameOf(parameter: ParameterInterval): string {
  const symbol = symbols[parameter.quantity] ?? parameter.quantity;
  if (parameter.quantity === 'kappa')
    return parameter.gene ? `κ of ${parameter.gene}` : 'κ of all knock-outs';
  if (parameter.by === null) return `${symbol} of ${parameter.gene}`;
  return `${symbol}: ${parameter.gene} by ${parameter.by === '' ? 'the medium' : parameter.by}`;
}

/** Two digits of the width, and a value no finer than that. */
export function decimalsFor(low: number | null, high: number | null): number {
  const width = low === null || high === null ? NaN : high - low;
  if (!(width > 0)) return 2;
  return Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(width))));
}

export function writeInterval(low: number | null, high: number | null): string {
  if (low === null || high === null) return 'anything';
  const decimals = decimalsFor(low, high);
  return `${write(low, decimals)} to ${write(high, decimals)}`;
}

export function writeValue(parameter: ParameterInterval): string {
  if (parameter.value === null) return '';
  return write(parameter.value, decimalsFor(parameter.low, parameter.high));
}

function write(value: number, decimals: number): string {
  const text = value.toFixed(decimals).replace('-', '−');
  return /^−0(\.0*)?$/.test(text) ? text.slice(1) : text;
}
