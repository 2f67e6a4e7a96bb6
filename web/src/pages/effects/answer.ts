import type { EffectsDocument } from '../../state/effects';
import { rowOf, tableOf, vectorOf } from '../../worker/arrays';
import type { CoreMessage } from '../../worker/message';

/** One gene of one edited condition. */
export interface Effect {
  gene: string;
  estimate: number;
  /** Null: below detection, the estimate is an upper bound. */
  low: number | null;
  high: number;
  se: number;
  /** Infinity where the error stands on cells alone. */
  df: number;
  p: number;
  q: number;
  hit: boolean;
  belowDetection: boolean;
}

/** The condition to look at first: the one with most hits. */
export function strongest(document: EffectsDocument): string {
  const hits = ({ up, down }: EffectsDocument['conditions'][number]) => up + down;
  const [first] = [...document.conditions].sort((a, b) => hits(b) - hits(a));
  return first?.condition ?? '';
}

/** The tested genes of a condition, in the order of the document. */
export function effectsOf(message: CoreMessage<EffectsDocument>, condition: string): Effect[] {
  const document = message.json;
  const row = document.conditions.findIndex((entry) => entry.condition === condition);
  if (row < 0) return [];
  const part = (stored: EffectsDocument['p']) => rowOf(tableOf(message, stored), row);
  const [estimate, se, low, high, df, p, q] = [
    document.estimate,
    document.se,
    document.low,
    document.high,
    document.df,
    document.p,
    document.q,
  ].map(part) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const below = vectorOf(message, document.below_detection);
  return document.genes.flatMap((gene, g): Effect[] => {
    if (Number.isNaN(p[g]!)) return [];
    const belowDetection = below[row * document.genes.length + g] === 1;
    return [
      {
        gene,
        estimate: estimate[g]!,
        low: belowDetection ? null : low[g]!,
        high: high[g]!,
        se: se[g]!,
        df: Number.isNaN(df[g]!) ? Infinity : df[g]!,
        p: p[g]!,
        q: q[g]!,
        hit: q[g]! <= document.fdr,
        belowDetection,
      },
    ];
  });
}
