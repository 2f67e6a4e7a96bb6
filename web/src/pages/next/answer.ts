import { curvePlot } from '../../charts/curvePlot';
import { dotPlot } from '../../charts/dotPlot';
import type { DataTable, Figure } from '../../charts/types';
import type { CandidateEntry, NextDocument, ProspectEntry } from '../../state/nextExperiment';
import { scaleText } from '../../state/scales';

/** Candidates that are drawn; the table has all. */
const drawn = 30;

export interface RankedCandidate extends CandidateEntry {
  /** Its place in the document. */
  place: number;
  /** Its first turn among those chosen together; null where it was not chosen. */
  turn: number | null;
}

export function nameOf(entry: ProspectEntry, media: number, perDay: number, unit: string): string {
  const edits = entry.edits === '' ? 'unedited cells' : entry.edits;
  const medium = media > 1 && entry.medium !== '' ? ` in ${entry.medium}` : '';
  return `${edits}${medium}, ${Number((entry.time * perDay).toPrecision(4))} ${unit}`;
}

export function ranked(document: NextDocument): RankedCandidate[] {
  return document.conditions.map((entry, place) => {
    const turn = document.chosen.findIndex((chosen) => chosen.condition === place);
    return { ...entry, place, turn: turn < 0 ? null : turn + 1 };
  });
}

/** Larger is better. */
export function worth(document: NextDocument, entry: CandidateEntry): number {
  return (
    (document.criterion === 'parameters' ? entry.information : -(entry.target_sd ?? Infinity)) ?? -Infinity
  );
}

export function valueTitle(document: NextDocument): string {
  return document.criterion === 'parameters'
    ? 'Information about all parameters (bits)'
    : `SD of the predicted effects afterwards (${scaleText(document.scale)})`;
}

/** Where only times differ. */
export function onlyTimes(document: NextDocument): boolean {
  const [first] = document.conditions;
  return (
    document.conditions.length > 2 &&
    document.conditions.every((one) => one.edits === first!.edits && one.medium === first!.medium)
  );
}

export function rankFigure(
  document: NextDocument,
  name: (entry: ProspectEntry) => string,
  perDay: number,
  unit: string,
): Figure {
  const value = (entry: CandidateEntry) =>
    document.criterion === 'parameters' ? entry.information : entry.target_sd;
  if (onlyTimes(document)) {
    const entries = [...document.conditions].sort((a, b) => a.time - b.time);
    return curvePlot({
      curves: [
        {
          name: entries[0]!.edits || 'unedited',
          x: entries.map((entry) => entry.time * perDay),
          y: entries.map(value),
        },
      ],
      xTitle: `Time (${unit})`,
      yTitle: valueTitle(document),
      description: `What one measurement of ${name(entries[0]!).split(',')[0]} tells, by its time.`,
    });
  }
  const entries = ranked(document)
    .sort((a, b) => worth(document, b) - worth(document, a))
    .slice(0, drawn);
  const left = document.conditions.length - entries.length;
  return dotPlot({
    dots: entries.map((entry) => ({
      label: name(entry),
      value: value(entry),
      group: entry.turn === null ? 'not chosen' : 'chosen',
      note: `${entry.unseen ? 'never measured; ' : ''}SD of its predicted effect ${entry.sd?.toPrecision(2) ?? 'unknown'}`,
    })),
    legend: true,
    rowTitle: 'Condition',
    valueTitle: valueTitle(document),
    intervalTitle: 'interval',
    ...(document.criterion === 'parameters'
      ? { include: [0] }
      : { references: [{ value: document.target_sd ?? 0, label: 'as it is now' }] }),
    description: `The ${entries.length} candidates that tell most by themselves${left > 0 ? `; ${left} more are in the table` : ''}. No intervals: the values follow from the fitted parameters.`,
  });
}

export function candidatesTable(document: NextDocument): DataTable {
  return {
    columns: [
      ...['edits', 'medium', 'time_d', 'unseen', 'information_bits', 'target_sd_afterwards'],
      ...['effect_rms', 'effect_sd', 'effect_sd_before_data', 'chosen_as'],
    ],
    rows: ranked(document).map((entry) => [
      ...[entry.edits, entry.medium, entry.time, entry.unseen, entry.information, entry.target_sd],
      ...[entry.effect, entry.sd, entry.prior_sd, entry.turn],
    ]),
  };
}
