import { bandPlot, type BandLine } from '../../charts/bandPlot';
import { formatNumber } from '../../charts/numbers';
import type { Figure } from '../../charts/types';
import type { FitDocument, ProtocolDocument } from '../../state/documents';
import { scaleText } from '../../state/scales';
import type { CoreMessage } from '../../worker/message';
import { at } from '../predict/answer';
import { daysOf, unitName } from '../predict/times';
import { trueEffects } from '../predict/truth';
import { curvesOf, stageText } from './answer';
import type { Shown } from './page.svelte';

/** One gene along every protocol, a mark where a stage ends and the next begins. */
export function protocolFigure(
  message: CoreMessage<ProtocolDocument>,
  fit: FitDocument,
  gene: string,
  shown: Shown,
  /** Of a simulated screen. */
  truth: unknown = null,
): Figure {
  const { genes, protocols, scale } = message.json;
  const column = genes.indexOf(gene);
  const unit = daysOf(fit.time_unit);
  const lines = protocols.map((entry, p): BandLine => {
    const curves = curvesOf(message, entry, shown);
    const column_of = (table: typeof curves.mean) => entry.times.map((_, t) => at(table, t, column));
    return {
      name: entry.name,
      label: String(p + 1),
      x: entry.times.map((time) => time / unit),
      y: column_of(curves.mean),
      low: column_of(curves.low),
      high: column_of(curves.high),
      marks: entry.stages.slice(1).map((stage, s) => ({
        x: stage.start / unit,
        y: at(curves.mean, entry.stages[s]!.end_at, column),
        label: `stage ${s + 2}, ${stageText(
          stage.medium,
          stage.edits.map(({ name }) => name),
          fit.media.length,
        )}`,
      })),
    };
  });
  // Cells that went through these stages: drawn as a medium of this name, edited as the protocol edits in the end.
  const known = protocols.flatMap((entry, p): BandLine[] => {
    const edits = entry.stages.at(-1)!.edits.map(({ name }) => name);
    const points = trueEffects(truth, edits, entry.name, gene).filter(({ time }) => time !== null);
    if (shown !== 'effect' || points.length === 0) return [];
    return [
      {
        name: `${entry.name}, truth`,
        x: [0, ...points.map((point) => point.time! / unit)],
        y: [0, ...points.map((point) => point.effect)],
        role: 'truth',
        colour: p,
      },
    ];
  });
  const last = protocols.map((entry, p) => `${entry.name} ${formatNumber(lines[p]!.y.at(-1))}`);
  return bandPlot({
    lines: [...lines, ...known],
    zero: true,
    xTitle: `Time (${unitName(fit.time_unit)})`,
    yTitle: `${shown === 'state' ? 'Change since start' : 'Change against unedited cells'} (${scaleText(scale)})`,
    description: `${gene} along each protocol, at its end: ${last.join(', ')}.`,
  });
}
