import { formatNumber } from '../../charts/numbers';
import type { DataTable } from '../../charts/types';
import type { EditLink, LinksDocument } from '../../state/links';
import { rowOf, tableOf, vectorOf } from '../../worker/arrays';
import type { CoreMessage } from '../../worker/message';

type Message = CoreMessage<LinksDocument>;

/** One identified edge, the strongest first. */
export interface EdgeRow {
  rank: number;
  from: string;
  to: string;
  value: number;
  low: number;
  high: number;
  learned: number;
  /** No interval tells its sign: it holds zero, or it is the spread between seeds alone. */
  open: boolean;
}

export function edgeRows(message: Message): EdgeRow[] {
  const { genes, edges } = message.json;
  const [from, to, value, low, high, learned] = [
    edges.ranked.from,
    edges.ranked.to,
    edges.ranked.value,
    edges.ranked.low,
    edges.ranked.high,
    edges.ranked.learned,
  ].map((stored) => vectorOf(message, stored));
  return Array.from(value!, (coefficient, k) => ({
    rank: k + 1,
    from: genes[from![k]!]!,
    to: genes[to![k]!]!,
    value: coefficient,
    low: low![k]!,
    high: high![k]!,
    learned: learned![k]!,
    open: edges.basis === 'seeds' || !(low![k]! > 0 || high![k]! < 0),
  }));
}

/** Edges of at least this size, as far as a picture can hold them. */
export function edgesFrom(rows: readonly EdgeRow[], threshold: number, most: number): EdgeRow[] {
  return rows.filter((row) => Math.abs(row.value) >= threshold).slice(0, most);
}

/** Where the picture begins: the size of the edge of this rank, so that it can be read; 0 where there are fewer. */
export function firstThreshold(rows: readonly EdgeRow[], rank = 30): number {
  return rows.length > rank ? Math.abs(rows[rank]!.value) : 0;
}

export function edgesTable(message: Message): DataTable {
  return {
    columns: ['rank', 'from', 'to', 'coefficient', 'low', 'high', 'told_by_data'],
    rows: edgeRows(message).map((row) => [
      row.rank,
      row.from,
      row.to,
      row.value,
      row.low,
      row.high,
      row.learned,
    ]),
  };
}

/** The matrix of coefficients; null where the data do not tell. Rows are the genes that are acted on. */
export function edgeMatrix(message: Message): { genes: string[]; values: (number | null)[][] } {
  const { genes, edges } = message.json;
  const table = tableOf(message, edges.matrix);
  return {
    genes,
    values: genes.map((_, i) => Array.from(rowOf(table, i), (value) => (Number.isNaN(value) ? null : value))),
  };
}

/** Both answers for one set of edits, gene by gene; null where there is no number. */
export interface AnswerRow {
  gene: string;
  held: boolean;
  scm: number | null;
  scmLow: number | null;
  scmHigh: number | null;
  model: number | null;
  modelLow: number | null;
  modelHigh: number | null;
}

export function answerRows(message: Message, link: EditLink): AnswerRow[] {
  const known = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? null : value);
  const columns = [
    link.scm.mean,
    link.scm.low,
    link.scm.high,
    link.model.mean,
    link.model.low,
    link.model.high,
  ].map((stored) => vectorOf(message, stored));
  const held = new Set(link.held);
  return message.json.genes.map((gene, g) => {
    const [scm, scmLow, scmHigh, model, modelLow, modelHigh] = columns.map((column) => known(column[g]));
    return {
      gene,
      held: held.has(gene),
      scm: scm!,
      scmLow: scmLow!,
      scmHigh: scmHigh!,
      model: model!,
      modelLow: modelLow!,
      modelHigh: modelHigh!,
    };
  });
}

export function answersTable(message: Message): DataTable {
  return {
    columns: [
      'edits',
      'kind',
      'gene',
      'held',
      'structural_model',
      'structural_low',
      'structural_high',
      'steady_state',
      'steady_low',
      'steady_high',
    ],
    rows: message.json.edits.flatMap((link) =>
      answerRows(message, link).map((row) => [
        link.label,
        link.kind,
        row.gene,
        row.held ? 'yes' : 'no',
        row.scm,
        row.scmLow,
        row.scmHigh,
        row.model,
        row.modelLow,
        row.modelHigh,
      ]),
    ),
  };
}

export const kindText = {
  intervention: 'held',
  shift: 'pushed',
  both: 'held and pushed',
} as const;

/** "stable" or "unstable in 2 of 5", for a cell of a table. */
export function stabilityText(answer: EditLink['scm'], members: number): string {
  if (answer.stable) return 'stable';
  if (answer.unstable > 0) return members === 1 ? 'unstable' : `unstable in ${answer.unstable} of ${members}`;
  return 'none';
}

/** "0.03 of 0.41": how far the two answers are apart, beside the size of the effect. */
export function apartText(link: EditLink): string {
  return link.difference === null || link.size === null
    ? 'no number'
    : `${formatNumber(link.difference, 2)} of ${formatNumber(link.size, 2)}`;
}

export function steadyTable(message: Message): DataTable {
  return {
    columns: [
      'condition',
      'member',
      'stable',
      'largest_real_part_per_day',
      'starts',
      'from_control',
      'distance',
    ],
    rows: message.json.steady_states.conditions.flatMap((condition) =>
      condition.members.flatMap(({ member, points }) =>
        points.map((point) => [
          condition.label,
          member,
          point.stable ? 'yes' : 'no',
          point.abscissa,
          point.starts,
          point.from_control ? 'yes' : 'no',
          point.distance,
        ]),
      ),
    ),
  };
}
