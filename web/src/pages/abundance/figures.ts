import { dotPlot } from '../../charts/dotPlot';
import type { Figure } from '../../charts/types';
import type { AbundanceDocument } from '../../state/abundance';
import type { Quantity, SplitRow } from './answer';

const titles: Record<Quantity, string> = {
  growth: 'Growth less that of unedited cells (1/day)',
  fold: 'Log ratio to unedited cells (ln)',
};

/** More edits than this are not drawn: the surest are. */
const most = 60;

export function editFigure(document: AbundanceDocument, quantity: Quantity): Figure {
  const drawn = [...document.effects]
    .sort((a, b) => (a[quantity].p ?? 2) - (b[quantity].p ?? 2))
    .slice(0, most)
    .sort((a, b) => (b[quantity].value ?? 0) - (a[quantity].value ?? 0));
  const left = document.effects.length - drawn.length;
  return dotPlot({
    dots: drawn.map(({ edit, lost, hosts, cells, ...effect }) => {
      const { value, low, high, q } = effect[quantity];
      return {
        label: edit,
        value,
        low,
        high,
        reason: value === null ? 'no cells' : null,
        note: `${cells} cells in ${hosts} hosts${lost > 0 ? `, none in ${lost}` : ''}${q === null ? '' : `; q ${q.toPrecision(2)}`}`,
      };
    }),
    valueTitle: titles[quantity],
    rowTitle: 'Edit',
    references: [{ value: 0, label: 'as unedited cells' }],
    include: [0],
    description: `${drawn.length} edits with 95 % intervals over hosts${left > 0 ? `; ${left} less sure ones are in the table` : ''}.`,
  });
}

/** Where the cells of one edit are, against unedited cells. */
export function shareFigure(document: AbundanceDocument, edit: string): Figure | null {
  const effect = document.effects.find((entry) => entry.edit === edit);
  if (!effect || effect.share.length === 0) return null;
  return dotPlot({
    dots: document.compartments.map((label, k) => {
      const { value, low, high } = effect.share[k]!;
      return { label: label || 'not named', value, low, high, reason: value === null ? 'no cells' : null };
    }),
    valueTitle: 'Share of the edit’s cells, less that of unedited cells',
    rowTitle: 'Cell type',
    references: [{ value: 0, label: 'as unedited cells' }],
    include: [0],
    description: `${edit}: difference of shares by cell type, with 95 % intervals over hosts.`,
  });
}

/** The largest effects on the mean over all cells, and what they are made of. */
export function splitFigure(rows: readonly SplitRow[], edit: string): Figure {
  const drawn = rows.slice(0, 15);
  return dotPlot({
    dots: drawn.flatMap((row) => [
      {
        label: row.gene,
        value: row.moved,
        low: row.movedLow,
        high: row.movedHigh,
        group: 'cells that moved',
      },
      {
        label: row.gene,
        value: row.changed,
        low: row.changedLow,
        high: row.changedHigh,
        group: 'cells that changed',
      },
    ]),
    legend: true,
    valueTitle: 'Effect on the mean over cells (depth-normalised counts)',
    rowTitle: 'Gene',
    references: [{ value: 0, label: 'no effect' }],
    include: [0],
    description: `${edit}: the ${drawn.length} genes with the largest effects, split into cells in other compartments and cells that express differently.`,
  });
}
