import { dotPlot } from '../../charts/dotPlot';
import { scatterPlot } from '../../charts/scatterPlot';
import type { Figure } from '../../charts/types';
import type { EffectsDocument } from '../../state/effects';
import type { Effect } from './answer';

/** Smaller p are drawn at this height: where they lie says nothing any more. */
const tallest = 40;

export function volcanoFigure(effects: readonly Effect[], condition: string, fdr: number): Figure {
  const point = ({ gene, estimate, p, q }: Effect) => ({
    x: estimate,
    y: Math.min(tallest, -Math.log10(Math.max(p, 1e-300))),
    label: `${gene}, q ${q.toPrecision(2)}`,
  });
  const groups = [
    { name: `q > ${fdr}`, points: effects.filter(({ hit }) => !hit).map(point) },
    {
      name: `down, q ≤ ${fdr}`,
      points: effects.filter(({ hit, estimate }) => hit && estimate < 0).map(point),
    },
    {
      name: `up, q ≤ ${fdr}`,
      points: effects.filter(({ hit, estimate }) => hit && estimate >= 0).map(point),
    },
  ];
  const hits = effects.filter(({ hit }) => hit).length;
  return scatterPlot({
    groups,
    xTitle: 'Log fold change against control (ln)',
    yTitle: `−log₁₀ p (at most ${tallest})`,
    description: `${condition}: ${hits} of ${effects.length} tested genes have a q of at most ${fdr}.`,
  });
}

/** Efficacy of every guide of an edit; null where there is none to show. */
export function guideFigure(guides: EffectsDocument['guides'], condition: string): Figure | null {
  if (guides.length < 2 || guides.every(({ efficacy }) => efficacy === null)) return null;
  return dotPlot({
    dots: guides.map(({ guide, efficacy, efficacy_se, cells, verdict }) => ({
      label: guide,
      value: efficacy,
      low: efficacy === null || efficacy_se === null ? null : efficacy - 1.96 * efficacy_se,
      high: efficacy === null || efficacy_se === null ? null : efficacy + 1.96 * efficacy_se,
      reason: efficacy === null ? verdict : null,
      note: `${cells} cells. ${verdict}`,
    })),
    valueTitle: 'Effect, as a share of the other guides’',
    rowTitle: 'Guide',
    include: [0],
    references: [{ value: 1, label: 'as the others' }],
    description: `Efficacy of ${guides.length} guides of ${condition} relative to the other guides, with 95 % intervals.`,
  });
}
