import { curvePlot } from '../../charts/curvePlot';
import { dotPlot, type Dot } from '../../charts/dotPlot';
import { formatNumber } from '../../charts/numbers';
import { scatterPlot } from '../../charts/scatterPlot';
import type { Figure } from '../../charts/types';
import type { ComparedModel, ComparisonResults, Estimate, SteadyStateRow } from '../../state/comparison';
import { rowOf, tableOf, vectorOf } from '../../worker/arrays';
import type { CoreMessage } from '../../worker/message';
import { modelName, scoreName } from '../fit/models';

const lossWords: Record<string, string> = {
  centred: 'at rest',
  prediction: 'prediction alone',
  controls_as_data: 'controls as data',
  steady_state: 'soft steady state',
  steady_flow: 'steady flow',
};

/** "neural:centred:steady_state:1" as people read it; names of baselines as on the Fit page. */
export function contenderName(name: string): string {
  const [field = '', ...rest] = name.split(':');
  const extra: Record<string, string> = {
    additive: 'Additive',
    other_batches: 'Other batches',
    interpolation: 'Interpolation',
  };
  if (rest.length === 0) return extra[field] ?? scoreName(field);
  const words = rest.map((part) =>
    /^[\d.]+$/.test(part) ? `λ = ${part}` : (lossWords[part] ?? part.replace('_', ' ')),
  );
  return `${modelName(field)}, ${words.join(', ')}`;
}

/** A sentence of the core with the names of its models and baselines as people call them. */
export function inWords(sentence: string, results: ComparisonResults): string {
  const names = results.models.map((model) => model.name).toSorted((a, b) => b.length - a.length);
  const text = names.reduce((words, name) => {
    const own = contenderName(name);
    return words.replaceAll(name, name.includes(':') ? `“${own}”` : own.toLowerCase());
  }, sentence);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function groupOf(model: ComparedModel): string {
  if (model.name === 'no_change') return 'control';
  return model.trained ? 'model' : 'baseline';
}

function dot(label: string, estimate: Estimate, group: string, note?: string): Dot {
  return {
    label,
    value: estimate.mean,
    low: estimate.low,
    high: estimate.high,
    group,
    reason: 'nothing could be scored',
    ...(note === undefined ? {} : { note }),
  };
}

const over = (results: ComparisonResults) => {
  const folds = results.folds_scored.filter((scored) => scored).length;
  return folds < 2 ? 'one fold: no interval' : `95 % interval over ${folds} folds`;
};

/** Held-out error of every model between the noise floor and no change. */
export function errorFigure(results: ComparisonResults): Figure {
  const noChange = results.models.find((model) => model.name === 'no_change')?.scores.mse.mean ?? null;
  const floor = results.floor.mse;
  return dotPlot({
    dots: results.models
      .map((model) => dot(contenderName(model.name), model.scores.mse, groupOf(model)))
      // An error is not below 0, whatever a symmetric interval says.
      .map((one) =>
        one.low === null || one.low === undefined ? one : { ...one, low: Math.max(0, one.low) },
      ),
    rowTitle: 'Predictor',
    valueTitle: 'Held-out mean square error',
    intervalTitle: over(results),
    references: [
      ...(floor === null ? [] : [{ value: floor, label: 'noise floor' }]),
      ...(noChange === null ? [] : [{ value: noChange, label: 'no change' }]),
    ],
    include: [0],
    description: results.models
      .map((model) => `${contenderName(model.name)} ${formatNumber(model.scores.mse.mean)}`)
      .join(', '),
  });
}

/** Both correlations of each model, side by side: neither is shown alone. */
export function correlationFigure(results: ComparisonResults): Figure {
  const dots = results.models
    .filter((model) => model.name !== 'no_change')
    .flatMap((model) => [
      dot(contenderName(model.name), model.scores.pearson_delta, 'against controls'),
      dot(contenderName(model.name), model.scores.pearson_vs_mean, 'against the mean of all edits'),
    ])
    .map((one) => ({ ...one, reason: 'a constant prediction has no correlation' }));
  const ceiling = results.ceiling.pearson;
  return dotPlot({
    dots,
    rowTitle: 'Predictor',
    valueTitle: 'Correlation of changes over genes',
    intervalTitle: over(results),
    references: [
      { value: 0, label: '0' },
      ...(ceiling === null ? [] : [{ value: ceiling, label: 'ceiling' }]),
    ],
    legend: true,
    description: dots.map((one) => `${one.label} ${one.group}: ${formatNumber(one.value, 2)}`).join(', '),
  });
}

/** Share of observations inside the intervals, against the share that should be. */
export function calibrationFigure(results: ComparisonResults, name: string): Figure {
  const x = results.nominal_coverages;
  const models = results.models.filter((model) => model.name === name);
  return curvePlot({
    curves: [
      { name: 'ideal', x, y: x },
      ...models.map((model) => ({ name: contenderName(model.name), x, y: model.coverage })),
    ],
    xTitle: 'Nominal coverage of the interval',
    yTitle: 'Held-out observations inside',
    description: models
      .map((model) => `${contenderName(model.name)}: ${formatNumber(100 * (model.coverage[8] ?? NaN), 2)} %`)
      .join(', ')
      .concat(' of held-out observations lie inside the 90 % interval.'),
  });
}

/** Predicted against observed, every gene of every held-out condition, for one model. */
export function scatterFigure(message: CoreMessage, results: ComparisonResults, name: string): Figure {
  const model = results.models.find((one) => one.name === name) ?? results.models.at(-1)!;
  const observed = tableOf(message, results.observed);
  const predicted = tableOf(message, model.predicted);
  const points = results.conditions.flatMap((condition, c) => {
    const x = rowOf(observed, c);
    const y = rowOf(predicted, c);
    return results.genes.flatMap((gene, g) =>
      Number.isFinite(x[g]!) && Number.isFinite(y[g]!)
        ? [{ x: x[g]!, y: y[g]!, label: `${condition}, ${gene}` }]
        : [],
    );
  });
  return scatterPlot({
    groups: [{ name: contenderName(model.name), points }],
    xTitle: 'Observed effect',
    yTitle: 'Predicted effect',
    diagonal: true,
    description: `${points.length} held-out effects; on the dashed line prediction and observation agree.`,
  });
}

export interface ItemError {
  name: string;
  model: number | null;
  noChange: number | null;
  best: number | null;
  bestName: string;
}

const finite = (x: number | undefined) => (x !== undefined && Number.isFinite(x) ? x : null);

/** Errors per condition, or per gene, of one model beside no change and the best baseline of that row; worst first. */
export function errorsBy(
  message: CoreMessage,
  results: ComparisonResults,
  name: string,
  what: 'condition' | 'gene',
): ItemError[] {
  const errors = results.models.map((model) => ({
    name: model.name,
    trained: model.trained,
    values: vectorOf(message, what === 'gene' ? model.gene_mse : model.condition_mse),
  }));
  const own = errors.find((one) => one.name === name) ?? errors.at(-1)!;
  const noChange = errors.find((one) => one.name === 'no_change');
  const baselines = errors.filter((one) => !one.trained && one.name !== 'no_change');
  return (what === 'gene' ? results.genes : results.conditions)
    .map((item, i): ItemError => {
      const best = baselines
        .filter((one) => finite(one.values[i]) !== null)
        .toSorted((a, b) => a.values[i]! - b.values[i]!)[0];
      return {
        name: item,
        model: finite(own.values[i]),
        noChange: finite(noChange?.values[i]),
        best: finite(best?.values[i]),
        bestName: best === undefined ? '' : contenderName(best.name),
      };
    })
    .toSorted((a, b) => (b.model ?? -Infinity) - (a.model ?? -Infinity));
}

/** The steady-state experiment: one quantity of every variant. */
export function variantFigure(
  rows: SteadyStateRow[],
  pick: (row: SteadyStateRow) => Estimate,
  valueTitle: string,
  reference: { value: number; label: string } | null,
): Figure {
  return dotPlot({
    dots: rows.map((row) => ({
      ...dot(row.label, pick(row), row.variant === 'prediction' ? 'control' : 'model'),
      reason: 'one seed has no spread',
    })),
    rowTitle: 'Variant',
    valueTitle,
    intervalTitle: '95 % interval over folds',
    references: reference === null ? [] : [reference],
    include: [0],
    description: rows.map((row) => `${row.label} ${formatNumber(pick(row).mean)}`).join(', '),
  });
}
