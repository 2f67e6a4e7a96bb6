import { bandPlot } from '../../charts/bandPlot';
import { curvePlot } from '../../charts/curvePlot';
import { dotPlot } from '../../charts/dotPlot';
import { formatNumber } from '../../charts/numbers';
import { scatterPlot } from '../../charts/scatterPlot';
import type { Figure } from '../../charts/types';
import type { FitDocument, FitScore } from '../../state/documents';
import { scaleText } from '../../state/scales';
import { rowOf, tableOf } from '../../worker/arrays';
import type { CoreMessage } from '../../worker/message';
import { daysOf, unitName } from '../predict/times';
import { scoreName } from './models';
import type { Curves } from './run.svelte';

/** Loss of training and of what was set aside, of all members. */
export function lossFigure(members: { number: number; curves: Curves }[]): Figure {
  const curves = [
    ...members.map(({ curves: c }) => ({ name: 'training', x: c.epoch, y: c.train, kind: 0 })),
    ...members.map(({ curves: c }) => ({ name: 'set aside', x: c.epoch, y: c.inner, kind: 1 })),
  ].filter((curve) => curve.y.some((value) => value !== null));
  return curvePlot({
    curves,
    xTitle: 'Epoch',
    yTitle: 'Loss per value',
    log: true,
    description: `Loss of ${members.length} members over epochs: on the training rows, and on rows set aside to decide when to stop.`,
  });
}

/** How far unedited cells move by themselves, while it is learned. */
export function driftCurves(members: { number: number; curves: Curves }[]): Figure {
  return curvePlot({
    curves: members.map(({ number, curves: c }) => ({
      name: `member ${number + 1}`,
      x: c.epoch,
      y: c.drift,
      kind: 2,
    })),
    xTitle: 'Epoch',
    yTitle: 'Drift of unedited cells',
    height: 180,
    description:
      'Root mean square change of unedited cells at the last time, on the scale of the model, over epochs.',
  });
}

const onHeldOut = (fit: FitDocument) => (fit.scored === 'held_out' ? 'held-out' : 'training');

/** Mean square error of model and baselines, between the noise floor and no change. */
export function scoreFigure(fit: FitDocument): Figure {
  const noChange = fit.scores.find((score) => score.name === 'no_change')?.mse ?? null;
  const floor = fit.floor.mse;
  const count = fit.scored_conditions.length;
  return dotPlot({
    dots: fit.scores.map((score) => ({
      label: scoreName(score.name),
      value: score.mse,
      low: score.mse === null || score.mse_se === null ? null : Math.max(0, score.mse - 1.96 * score.mse_se),
      high: score.mse === null || score.mse_se === null ? null : score.mse + 1.96 * score.mse_se,
      group: groupOf(fit, score),
      reason: 'nothing could be scored',
    })),
    rowTitle: 'Predictor',
    valueTitle: `Mean square error (${scaleText(fit.scale)}²)`,
    intervalTitle: `95 % interval over ${count} ${onHeldOut(fit)} conditions`,
    references: [
      ...(floor === null ? [] : [{ value: floor, label: 'noise floor' }]),
      ...(noChange === null ? [] : [{ value: noChange, label: 'no change' }]),
    ],
    include: [0],
    description: fit.scores.map((score) => `${scoreName(score.name)} ${formatNumber(score.mse)}`).join(', '),
  });
}

function groupOf(fit: FitDocument, score: FitScore): string {
  if (score.name === 'no_change') return 'control';
  return score.name === fit.model ? 'model' : 'baseline';
}

/** The error less that of no change, paired over conditions: the comparison that chance is judged by. */
export function differenceFigure(fit: FitDocument): Figure {
  const rest = fit.scores.filter((score) => score.name !== 'no_change');
  return dotPlot({
    dots: rest.map((score) => ({
      label: scoreName(score.name),
      value: score.difference.mean,
      low: score.difference.low,
      high: score.difference.high,
      group: groupOf(fit, score),
      reason: 'nothing could be scored',
    })),
    rowTitle: 'Predictor',
    valueTitle: `Difference of errors (${scaleText(fit.scale)}²)`,
    intervalTitle: '95 % interval, paired over conditions',
    references: [{ value: 0, label: 'no change' }],
    description: rest
      .map((score) => `${scoreName(score.name)} ${formatNumber(score.difference.mean)}`)
      .join(', '),
  });
}

/** Every gene of every scored condition: predicted effect against the observed one. */
export function scatterFigure(message: CoreMessage<FitDocument>): Figure {
  const fit = message.json;
  const observed = tableOf(message, fit.observed.x);
  const predicted = tableOf(message, fit.predicted.mean);
  const points = fit.scored_conditions.flatMap((condition) => {
    const x = rowOf(observed, condition);
    const y = rowOf(predicted, condition);
    return fit.genes.flatMap((gene, g) =>
      Number.isFinite(x[g]!) && Number.isFinite(y[g]!)
        ? [{ x: x[g]!, y: y[g]!, label: `${fit.observed.conditions[condition]}, ${gene}` }]
        : [],
    );
  });
  return scatterPlot({
    groups: [{ name: `${onHeldOut(fit)} conditions`, points }],
    xTitle: `Observed effect (${scaleText(fit.scale)}${fit.scale === 'linear' ? '' : ' fold change'})`,
    yTitle: 'Predicted effect',
    diagonal: true,
    description: `${points.length} effects of ${fit.scored_conditions.length} ${onHeldOut(fit)} conditions on ${fit.genes.length} genes; on the dashed line prediction and observation agree.`,
  });
}

export interface ConditionError {
  condition: string;
  model: number | null;
  noChange: number | null;
  best: number | null;
  bestName: string;
}

/** Errors of each scored condition, the model's worst first. */
export function conditionErrors(fit: FitDocument): ConditionError[] {
  const model = fit.scores.at(-1);
  const noChange = fit.scores.find((score) => score.name === 'no_change');
  const baselines = fit.scores.slice(0, -1).filter((score) => score.name !== 'no_change');
  const errors = fit.scored_conditions.map((condition, i): ConditionError => {
    const of = (score: FitScore | undefined) => score?.per_condition[i] ?? null;
    const best = baselines
      .filter((score) => of(score) !== null)
      .reduce<FitScore | undefined>(
        (least, score) => (least === undefined || of(score)! < of(least)! ? score : least),
        undefined,
      );
    return {
      condition: fit.observed.conditions[condition] ?? '',
      model: of(model),
      noChange: of(noChange),
      best: of(best),
      bestName: best ? scoreName(best.name) : '',
    };
  });
  return errors.sort((a, b) => (b.model ?? -Infinity) - (a.model ?? -Infinity));
}

/** Drift of unedited cells over the screen's times; null where there is one time only. */
export function driftFigure(fit: FitDocument): Figure | null {
  if (fit.drift.times.length < 2) return null;
  const unit = daysOf(fit.time_unit);
  return bandPlot({
    lines: [
      {
        name: 'drift',
        x: fit.drift.times.map((time) => time / unit),
        y: fit.drift.rms,
        role: 'control',
      },
    ],
    xTitle: `Time (${unitName(fit.time_unit)})`,
    yTitle: `RMS change (${scaleText(fit.scale)})`,
    zero: true,
    description: `Root mean square change of unedited cells over ${fit.genes.length} genes: ${fit.drift.rms.map((value) => formatNumber(value)).join(', ')}.`,
  });
}

/** Root mean square of the observed effects that were scored: what the drift is small or large beside. */
export function effectSize(message: CoreMessage<FitDocument>): number | null {
  const table = tableOf(message, message.json.observed.x);
  let sum = 0;
  let count = 0;
  message.json.observed.edits.forEach((edits, condition) => {
    if (edits.length === 0) return;
    for (const value of rowOf(table, condition)) {
      if (!Number.isFinite(value)) continue;
      sum += value * value;
      count += 1;
    }
  });
  return count === 0 ? null : Math.sqrt(sum / count);
}
