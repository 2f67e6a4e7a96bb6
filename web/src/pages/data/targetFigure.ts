import { dotPlot } from '../../charts/dotPlot';
import type { Figure } from '../../charts/types';
import type { ScreenDocument } from '../../state/documents';
import { percent } from './format';

/** Edits whose target is measured, strongest first, then those without a number and why. */
export function targetFigure(screen: ScreenDocument): Figure | null {
  const measured = screen.target_left.filter(({ fraction }) => fraction !== null);
  if (measured.length === 0) return null;
  const rest = screen.target_left.filter(({ fraction }) => fraction === null);
  const ordered = [...measured.sort((a, b) => a.fraction! - b.fraction!), ...rest];
  return dotPlot({
    dots: ordered.map(({ edit, fraction, low, high, reason, cells }) => ({
      label: edit,
      value: fraction,
      low,
      high,
      reason,
      note: `${cells} cells`,
    })),
    rowTitle: 'Edit',
    valueTitle: 'Transcript left, fold of control',
    include: [0],
    references: [{ value: 1, label: 'control' }],
    description: `Transcript of the target left in ${measured.length} edits, as a fold of control with 95 % intervals.`,
  });
}

export function targetSentence(screen: ScreenDocument): string {
  const measured = screen.target_left.flatMap(({ fraction }) => (fraction === null ? [] : [fraction]));
  const rest = screen.target_left.length - measured.length;
  const without =
    rest === 0 ? '' : ` ${rest} of ${screen.target_left.length} edits have no number, for the reason given.`;
  if (measured.length === 0) {
    const reason = screen.target_left[0]?.reason ?? 'no target is among the genes';
    return `No edit has a number: ${reason}.`;
  }
  const sorted = measured.sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)]!;
  const knockout =
    screen.roles.modality === 'knockout'
      ? ' A knock-out may leave the transcript in place: judge it by what follows.'
      : '';
  return `The median edit leaves ${percent(middle)} of its target's transcript.${without}${knockout}`;
}
