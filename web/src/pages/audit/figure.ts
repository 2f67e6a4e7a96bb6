import { dotPlot } from '../../charts/dotPlot';
import type { Figure } from '../../charts/types';
import type { AuditItem, AuditRow, Verdict } from '../../state/documents';
import { words } from './verdicts';

/** Rows of a figure; the table behind it has all. */
const shown = 30;
const order: Verdict[] = ['violated', 'undecided', 'supported'];

/** The end of an interval that has no limit is drawn nowhere: the table says so. */
function drawable(value: number | null, log: boolean): number | null {
  return value === null || (log && value <= 0) ? null : value;
}

/** Every item with its 95 % interval against the margin; those that decide the row come first. */
export function rowFigure(row: AuditRow): Figure {
  const ranked = row.items.toSorted((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
  const items = ranked.slice(0, shown);
  const log = row.logarithmic && items.every((item) => item.estimate !== null && item.estimate > 0);
  const references = [
    { value: row.margin?.low ?? null, label: 'margin' },
    { value: row.margin?.high ?? null, label: 'margin' },
  ].flatMap(({ value, label }) => (value === null || (log && value <= 0) ? [] : [{ value, label }]));
  // A count has no interval, and the margin 0 of a size is only the end of the axis.
  const lines = references.filter(({ value }) => value !== 0);
  const figure = dotPlot({
    dots: items.map((item) => ({
      label: item.label,
      value: drawable(item.estimate, log),
      low: drawable(item.interval[0], log),
      high: drawable(item.interval[1], log),
      group: words[item.verdict],
      ...(item.note === null ? {} : { note: item.note }),
    })),
    rowTitle: 'item',
    valueTitle: row.quantity,
    log,
    references: lines,
    include: lines.map(({ value }) => value),
    legend: false,
    description: `${row.sentence} ${items.length} of ${row.items.length} items are drawn, each with its 95 % interval.`,
  });
  return {
    ...figure,
    table: {
      columns: [
        'item',
        row.quantity,
        'low',
        'high',
        'low, all items together',
        'high, all items together',
        'verdict',
        'note',
      ],
      rows: ranked.map((item: AuditItem) => [
        item.label,
        item.estimate,
        ...item.interval,
        ...item.simultaneous,
        item.verdict,
        item.note ?? '',
      ]),
    },
  };
}
