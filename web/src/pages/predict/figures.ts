import { bandPlot, type BandLine } from '../../charts/bandPlot';
import { dotPlot, type Dot } from '../../charts/dotPlot';
import { formatNumber } from '../../charts/numbers';
import type { Figure } from '../../charts/types';
import type { FitDocument, PredictDocument, Scale } from '../../state/documents';
import { scaleText } from '../../state/scales';
import type { CoreMessage } from '../../worker/message';
import { at, changesOf, measuredOf, type Change } from './answer';
import { daysOf, unitName } from './times';
import { trueEffects } from './truth';

export const changeTitle = (edited: boolean, scale?: Scale) =>
  `${edited ? 'Change' : 'Change since start'} (${scaleText(scale)})`;

/** One gene over time: the prediction with its spread, unedited cells at zero, measured points, the truth of an example. */
export function trajectoryFigure(
  message: CoreMessage<PredictDocument>,
  fit: CoreMessage<FitDocument>,
  gene: string,
  truth: unknown,
): Figure {
  const { edits, medium } = message.json;
  const changes = changesOf(message, fit);
  const column = changes.genes.indexOf(gene);
  const unit = daysOf(fit.json.time_unit);
  const x = changes.times.map((time) => time / unit);
  const column_of = (table: typeof changes.mean) => changes.times.map((_, t) => at(table, t, column));
  const measured = measuredOf(fit, edits, medium, gene);
  const known = trueEffects(truth, edits, medium, gene);
  const lines: BandLine[] = [
    {
      name: edits.length > 0 ? edits.join(' + ') : 'unedited',
      x,
      y: column_of(changes.mean),
      low: column_of(changes.low),
      high: column_of(changes.high),
      points: measured.map((point) => ({
        x: point.time / unit,
        y: point.effect,
        low: point.low,
        high: point.high,
        note: point.heldOut ? '(held out)' : '(in training)',
      })),
    },
  ];
  if (edits.length > 0) {
    lines.push({ name: 'unedited', x: [x[0]!, x.at(-1)!], y: [0, 0], role: 'control' });
  }
  if (known.length > 0) {
    const own = known.filter((point) => point.time !== null);
    lines.push({
      name: 'truth',
      x: [0, ...own.map((point) => point.time! / unit)],
      y: [0, ...own.map((point) => point.effect)],
      role: 'truth',
      colour: 2,
    });
  }
  const last = at(changes.mean, changes.times.length - 1, column);
  return bandPlot({
    lines,
    xTitle: `Time (${unitName(fit.json.time_unit)})`,
    yTitle: changeTitle(edits.length > 0, fit.json.scale),
    description:
      `${gene} after ${edits.join(' and ') || 'no edit'}: predicted ${formatNumber(last)} at the last time; ` +
      `${measured.length} measured points${known.length > 0 ? '; the truth of the example dashed' : ''}.`,
  });
}

/** Genes as rows: predicted, measured and, in an example, true changes beside one another. */
export function changesFigure(
  changes: readonly Change[],
  edited: boolean,
  members: number,
  scale?: Scale,
): Figure {
  const dots = changes.flatMap((change): Dot[] => [
    {
      label: change.gene,
      group: 'predicted',
      value: change.effect,
      low: change.low,
      high: change.high,
    },
    ...(change.measured
      ? [
          {
            label: change.gene,
            group: 'measured',
            value: change.measured.effect,
            low: change.measured.low,
            high: change.measured.high,
            note: change.measured.heldOut ? 'held out of training' : 'in training',
          },
        ]
      : []),
    ...(change.truth ? [{ label: change.gene, group: 'truth', value: change.truth.effect }] : []),
  ]);
  return dotPlot({
    dots,
    rowTitle: 'Gene',
    valueTitle: changeTitle(edited, scale),
    intervalTitle: `95 % range (predicted: over ${members} members)`,
    references: [{ value: 0, label: edited ? 'unedited' : 'start' }],
    legend: true,
    description: changes
      .slice(0, 8)
      .map((change) => `${change.gene} ${formatNumber(change.effect)}`)
      .join(', '),
  });
}
