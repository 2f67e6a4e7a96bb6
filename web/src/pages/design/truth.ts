import { formatNumber } from '../../charts/numbers';

interface TrueVariances {
  kind: 'truth';
  genes: string[];
  /** By level of batch, one a gene. */
  sb2: Record<string, number[]>;
  sg2: number[];
}

function isTruth(value: unknown): value is TrueVariances {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'truth';
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? null : (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

/** What a simulated example was drawn with, of one gene or of the middle one; null where nothing is known. */
export function trueVariances(truth: unknown, gene: string | null): string | null {
  if (!isTruth(truth)) return null;
  const at = gene === null ? -1 : truth.genes.indexOf(gene);
  if (gene !== null && at < 0) return null;
  const of = (values: readonly number[]) => (gene === null ? median(values) : (values[at] ?? null));
  const levels = Object.entries(truth.sb2).map(
    ([level, values]) => `s_b² of ${level} ${formatNumber(of(values))}`,
  );
  return `Truth of this simulated screen${gene === null ? ' (median over genes)' : ''}: ${[...levels, `s_g² ${formatNumber(of(truth.sg2))}`].join(', ')}.`;
}
