import { dotPlot, type Dot } from '../../charts/dotPlot';
import type { Figure } from '../../charts/types';
import type { ScreenDocument, TargetLeft } from '../../state/documents';
import { trueEffects } from '../predict/truth';
import { percent } from './format';

const wholeEdits = (screen: ScreenDocument): TargetLeft[] =>
  screen.target_left.filter(({ guide }) => guide === null);

/** Measured ones first, strongest first; then those without a number, with the reason. */
function ordered(entries: TargetLeft[]): TargetLeft[] {
  return [...entries].sort((a, b) => (a.fraction ?? Infinity) - (b.fraction ?? Infinity));
}

function dotOf(entry: TargetLeft, label: string, group: string): Dot {
  const { fraction, low, high, cells, control_cells } = entry;
  const reason = entry.reason?.replace(`${entry.edit} is `, '') ?? null;
  const note = `${cells} cells against ${control_cells} control cells`;
  return { label, value: fraction, low, high, reason, group, note };
}

/** The simulated fold of the target's share of all transcripts; the mean over an edit's conditions (times). */
function trueFraction(truth: unknown, edit: string, gene: string): number | null {
  const folds = trueEffects(truth, [edit], '', gene).map(({ effect }) => Math.exp(effect));
  return folds.length === 0 ? null : folds.reduce((sum, fold) => sum + fold, 0) / folds.length;
}

const axis = {
  valueTitle: 'Transcript left, fold of control',
  include: [0],
  references: [{ value: 1, label: 'control' }],
};

/** Edits whose target is measured, strongest first, then (unless there are many) those without a number and why; beside them the truth of an example. */
export function targetFigure(screen: ScreenDocument, truth: unknown): Figure | null {
  const entries = ordered(wholeEdits(screen));
  const measured = entries.filter(({ fraction }) => fraction !== null);
  if (measured.length === 0) return null;
  const shown = entries.length > 60 ? measured : entries;
  const dots = shown.flatMap((entry): Dot[] => {
    const estimate = dotOf(entry, entry.edit, 'estimate');
    const value = entry.gene === null ? null : trueFraction(truth, entry.edit, entry.gene);
    return value === null ? [estimate] : [estimate, { label: entry.edit, value, group: 'truth' }];
  });
  return dotPlot({
    ...axis,
    dots,
    rowTitle: 'Edit',
    legend: dots.some(({ group }) => group === 'truth'),
    description: `Transcript of the target left in ${measured.length} edits, as a fold of control with 95 % intervals.`,
  });
}

export function guideFigure(screen: ScreenDocument): Figure | null {
  const entries = screen.target_left.filter(({ guide, fraction }) => guide !== null && fraction !== null);
  if (entries.length === 0) return null;
  const byEdit = ordered(wholeEdits(screen)).map(({ edit }) => edit);
  entries.sort((a, b) => byEdit.indexOf(a.edit) - byEdit.indexOf(b.edit));
  return dotPlot({
    ...axis,
    dots: entries.map((entry) => dotOf(entry, entry.guide!, 'estimate')),
    rowTitle: 'Guide',
    description: `Transcript of the target left by ${entries.length} guides, as a fold of control with 95 % intervals.`,
  });
}

export function targetSentence(screen: ScreenDocument): string {
  const entries = wholeEdits(screen);
  const measured = entries.flatMap(({ fraction }) => (fraction === null ? [] : [fraction]));
  const rest = entries.length - measured.length;
  const without =
    rest === 0 ? '' : ` ${rest} of ${entries.length} edits have no number, for the reason given.`;
  if (measured.length === 0)
    return `No edit has a number: ${entries[0]?.reason ?? 'no target is among the genes'}.`;
  const sorted = measured.sort((a, b) => a - b);
  const middle = (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.floor(sorted.length / 2)]!) / 2;
  const knockout =
    screen.roles.modality === 'knockout'
      ? ' A knock-out may leave the transcript in place: judge it by what follows.'
      : '';
  return `The median edit leaves ${percent(middle)} of its target's transcript.${without}${knockout}`;
}
