import type { FoundData } from '../../io/found';

/** Values a second that a summary gets through, two passes included; measured on a small laptop, rounded down. */
const valuesPerSecond = { dense: 20e6, csr: 20e6, csc: 20e6, text: 8e6 };

/** How long a summary will take, in words. */
export function secondsToSummarise(found: FoundData, matrix: string | null): string {
  const { cells, genes } = found.description;
  const form = found.matrices.find(({ path }) => path === matrix)?.form ?? 'text';
  const seconds = (cells * genes.count) / valuesPerSecond[form];
  if (seconds < 1) return 'a second';
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return `${Math.ceil(seconds / 60)} min`;
}
