/** The truth behind a simulated example, as far as the page compares with it. */
interface TruthDocument {
  kind: 'truth';
  genes: string[];
  conditions: { edits: { name: string }[]; medium: string; time: number | null; control: boolean }[];
  /** Log-fold effects against unedited cells of the same medium and time: conditions × genes. */
  effect: number[][];
  /** Log of the expected depth over that of unedited cells, one a condition. */
  composition: number[];
}

function isTruth(value: unknown): value is TruthDocument {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'truth';
}

export interface TruePoint {
  /** Days; null: the screen has one time only. */
  time: number | null;
  effect: number;
}

/**
 * The true effects of an edit on a gene, depth-normalised as measured ones are. Empty where the example was not drawn with that
 * edit, or nothing is known.
 */
export function trueEffects(
  truth: unknown,
  edits: readonly string[],
  medium: string,
  gene: string,
): TruePoint[] {
  if (!isTruth(truth) || edits.length === 0) return [];
  const column = truth.genes.indexOf(gene);
  if (column < 0) return [];
  const wanted = [...edits].sort().join('\n');
  return truth.conditions
    .flatMap((condition, row): TruePoint[] => {
      const own = condition.edits
        .map((edit) => edit.name)
        .sort()
        .join('\n');
      if (own !== wanted || condition.medium !== medium) return [];
      const effect = truth.effect[row]?.[column];
      const composition = truth.composition[row] ?? 0;
      return effect === undefined ? [] : [{ time: condition.time, effect: effect - composition }];
    })
    .sort((a, b) => (a.time ?? 0) - (b.time ?? 0));
}
