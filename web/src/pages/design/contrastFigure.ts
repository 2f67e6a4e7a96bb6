import { stripPlot } from '../../charts/stripPlot';
import { formatNumber } from '../../charts/numbers';
import type { Figure } from '../../charts/types';
import type { DesignContrast, DesignDocument } from '../../state/documents';

export const seTitle = 'Standard error (natural log)';
export const mdfcTitle = 'Minimal detectable fold change';

/** Contrasts from the least to the largest error; those that cannot be estimated come last, equal ones stay in order. */
export function byError(contrasts: readonly DesignContrast[]): DesignContrast[] {
  return contrasts.toSorted((a, b) =>
    a.se === null || b.se === null ? Number(a.se === null) - Number(b.se === null) : a.se - b.se,
  );
}

export function contrastFigure(contrasts: readonly DesignContrast[]): Figure {
  const sorted = byError(contrasts);
  const estimable = sorted.filter((contrast) => contrast.se !== null);
  const range = (values: (number | null)[]) => {
    const present = values.filter((value): value is number => value !== null);
    return present.length === 0
      ? 'none'
      : `${formatNumber(Math.min(...present))} to ${formatNumber(Math.max(...present))}`;
  };
  // A contrast may be estimable and have no detectable change: its layout leaves nothing to estimate the error from.
  const missing = (row: number) => (sorted[row]?.estimable ? 'no degrees of freedom' : 'confounded');
  return stripPlot({
    labels: sorted.map((contrast) => contrast.name),
    rowTitle: 'contrast',
    panels: [
      { title: seTitle, values: sorted.map((contrast) => contrast.se), origin: 0, missing },
      { title: mdfcTitle, values: sorted.map((contrast) => contrast.mdfc), origin: 1, missing },
    ],
    reasons: sorted.map((contrast) => contrast.reason),
    description:
      `${estimable.length} of ${sorted.length} contrasts are estimable; standard errors ` +
      `${range(sorted.map((contrast) => contrast.se))}, minimal detectable fold changes ` +
      `${range(sorted.map((contrast) => contrast.mdfc))}.`,
  });
}

/** The first names and how many more. */
export function namesOf(names: readonly string[], shown = 4): string {
  if (names.length <= shown + 1) return names.join(', ');
  return `${names.slice(0, shown).join(', ')} and ${names.length - shown} more`;
}

export function confoundedText(contrast: DesignContrast): string {
  if (contrast.estimable) return '';
  return contrast.confounded_with
    .map((part) => `${namesOf(part.conditions, 2)} in ${namesOf(part.batches, 2)}`)
    .join(' | ');
}

/** One sentence for each part of the graph of conditions and batches. */
export function componentSentences(document: DesignDocument): string[] {
  return document.components.map((part, index) => {
    const batches = part.batches.length === 1 ? 'batch' : 'batches';
    const conditions = part.conditions.length === 1 ? 'condition' : 'conditions';
    return `Part ${index + 1}: ${batches} ${namesOf(part.batches)} with ${conditions} ${namesOf(part.conditions, 6)}.`;
  });
}
