import { scatterPlot } from '../../charts/scatterPlot';
import type { Figure } from '../../charts/types';
import type { EffectsDocument } from '../../state/effects';
import { rowOf, tableOf } from '../../worker/arrays';
import type { CoreMessage } from '../../worker/message';

/** One set of genes in one edited condition. */
export interface SetEffect {
  set: string;
  description: string;
  measured: number;
  genes: number;
  correlation: number | null;
  correlationFrom: 'replicates' | 'preset' | null;
  direction: 'up' | 'down';
  /** Mean log fold change inside less outside. */
  estimate: number;
  score: number;
  df: number;
  p: number;
  q: number;
  hit: boolean;
}

/** The sets that could be tested in a condition, in the order of the file. */
export function setEffectsOf(message: CoreMessage<EffectsDocument>, condition: string): SetEffect[] {
  const document = message.json;
  const answer = document.gene_sets;
  const row = document.conditions.findIndex((entry) => entry.condition === condition);
  if (!answer || row < 0) return [];
  const part = (stored: typeof answer.p) => rowOf(tableOf(message, stored), row);
  const [estimate, score, df, p, q] = [
    part(answer.estimate),
    part(answer.score),
    part(answer.df),
    part(answer.p),
    part(answer.q),
  ];
  return answer.sets.flatMap((set, s): SetEffect[] => {
    if (Number.isNaN(p[s]!)) return [];
    return [
      {
        set: set.name,
        description: set.description,
        measured: set.measured,
        genes: set.genes,
        correlation: set.correlation,
        correlationFrom: set.correlation_from,
        direction: score[s]! < 0 ? 'down' : 'up',
        estimate: estimate[s]!,
        score: score[s]!,
        df: df[s]!,
        p: p[s]!,
        q: q[s]!,
        hit: q[s]! <= document.fdr,
      },
    ];
  });
}

export function setFigure(sets: readonly SetEffect[], condition: string, fdr: number): Figure {
  const point = ({ set, estimate, p, q, measured }: SetEffect) => ({
    x: estimate,
    y: -Math.log10(Math.max(p, 1e-300)),
    label: `${set}, ${measured} genes, q ${q.toPrecision(2)}`,
  });
  const hits = sets.filter(({ hit }) => hit);
  return scatterPlot({
    groups: [
      { name: `q > ${fdr}`, points: sets.filter(({ hit }) => !hit).map(point) },
      { name: `down, q ≤ ${fdr}`, points: hits.filter(({ direction }) => direction === 'down').map(point) },
      { name: `up, q ≤ ${fdr}`, points: hits.filter(({ direction }) => direction === 'up').map(point) },
    ],
    xTitle: 'Mean log fold change of the set less that of other genes (ln)',
    yTitle: '−log₁₀ p',
    description: `${condition}: ${hits.length} of ${sets.length} gene sets have a q of at most ${fdr}.`,
  });
}
