import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ScreenFacts } from '../../web/src/pages/fit/choices';
import type { FitCore } from '../../web/src/pages/fit/run.svelte';
import {
  choicesFor,
  compareRequest,
  initialCompare,
  modelsOf,
  secondsFor,
} from '../../web/src/pages/compare/choices';
import { contenderName, errorFigure, errorsBy, variantFigure } from '../../web/src/pages/compare/figures';
import { CompareRun } from '../../web/src/pages/compare/run.svelte';
import type { ComparisonDocument, ComparisonResults, Estimate } from '../../web/src/state/comparison';
import type { ScreenDocument } from '../../web/src/state/documents';
import { session } from '../../web/src/state/session.svelte';
import { CoreError } from '../../web/src/worker/errors';
import type { CoreMessage } from '../../web/src/worker/message';

vi.mock('../../web/src/worker/core', () => ({ core: { workers: 2 } }));

const bytes = new Uint8Array(0);
const facts: ScreenFacts = {
  edits: ['A', 'B'],
  times: [],
  unit: 'd',
  hasTime: false,
  differentiating: false,
  conditions: 3,
  media: 1,
  tableGenes: null,
};

describe('what is asked of the core', () => {
  test('models, folds and the part of one worker', () => {
    const request = compareRequest({ ...initialCompare, each: true }, false, { index: 1, of: 2 });
    expect(request).toMatchObject({
      models: initialCompare.models,
      folds: 'each',
      part: { index: 1, of: 2 },
      seeds: 3,
    });
    expect(request).not.toHaveProperty('level');
    expect(request).not.toHaveProperty('experiment');
  });

  test('the experiment has a field and no models', () => {
    const request = compareRequest({ ...initialCompare, field: 'linear' }, true, null);
    expect(request).toMatchObject({ experiment: 'steady_state', model: 'linear', folds: 5 });
    expect(request).not.toHaveProperty('models');
  });

  test('models are typed one a line, each once; splits follow the screen', () => {
    expect(modelsOf('linear\n neural:centred, linear')).toEqual(['linear', 'neural:centred']);
    expect(choicesFor(facts).split).toBe('perturbation');
    expect(choicesFor({ ...facts, edits: [], times: [1, 2] }).split).toBe('time');
    expect(choicesFor({ ...facts, edits: [] }).split).toBe('batch');
  });

  test('more workers take less time, but not more than there are units', () => {
    expect(secondsFor(1e9, 10, 4, 1e-8)).toBeLessThan(secondsFor(1e9, 10, 1, 1e-8));
    expect(secondsFor(1e9, 2, 8, 1e-8)).toBe(secondsFor(1e9, 2, 2, 1e-8));
  });
});

const estimate = (mean: number | null, half = 0.1): Estimate => ({
  mean,
  low: mean === null ? null : mean - half,
  high: mean === null ? null : mean + half,
  folds: 2,
});
const metric = (mean: number | null) => ({ ...estimate(mean), by_fold: [mean, mean] });
const panel = (mse: number) => ({
  mse: metric(mse),
  l2: metric(1),
  pearson_delta: metric(null),
  pearson_vs_mean: metric(null),
  deg_weighted_mse: metric(1),
  centroid_rank: metric(0.5),
});
const model = (name: string, mse: number, trained: boolean, errors: number[]) => ({
  name,
  trained,
  what: '',
  scores: panel(mse),
  ensemble: panel(mse),
  relative_to_no_change: estimate(mse),
  drift: null,
  prediction_spread: null,
  parameter_spread: null,
  epochs: null,
  coverage: [],
  condition_mse: errors,
  gene_mse: errors,
  predicted: [],
  spread: [],
});
const results = {
  folds_scored: [true, true],
  genes: ['a', 'b'],
  conditions: ['P', 'Q'],
  floor: { mse: 0.1, shared_with_training: 0, by_gene: [] },
  ceiling: { pearson: 0.9 },
  models: [
    model('no_change', 1, false, [1, 1]),
    model('ridge', 0.5, false, [0.7, 0.3]),
    model('linear:centred', 0.4, true, [0.2, 0.6]),
  ],
} as unknown as ComparisonResults;

describe('figures', () => {
  test('every model stands between the noise floor and no change, with its interval', () => {
    const figure = errorFigure(results);
    expect(figure.description).toContain('Linear response, at rest 0.4');
    expect(figure.table!.rows).toHaveLength(3);
    expect(JSON.stringify(figure.table)).toContain('0.5');
  });

  test('the worst condition comes first, beside the best baseline of that row', () => {
    const rows = errorsBy({ json: {}, bytes }, results, 'linear:centred', 'condition');
    expect(rows.map((row) => row.name)).toEqual(['Q', 'P']);
    expect(rows[0]).toMatchObject({ model: 0.6, noChange: 1, best: 0.3, bestName: 'Ridge' });
  });

  test('names of models in words', () => {
    expect(contenderName('neural:steady_state:10')).toBe('Neural, soft steady state, λ = 10');
    expect(contenderName('mean_effect')).toBe('Mean effect');
    expect(contenderName('other_batches')).toBe('Other batches');
  });

  test('a variant without a spread says why', () => {
    const row = { variant: 'hard', label: 'hard (centred)', prediction_spread: estimate(null) };
    const figure = variantFigure([row as never], (one) => one.prediction_spread, 'sd', null);
    expect(JSON.stringify(figure.table)).toContain('one seed has no spread');
  });
});

type Message = CoreMessage<ComparisonDocument>;
interface Asked {
  part: { index: number; of: number };
  paused: boolean;
  finish: () => void;
  report: (fraction: number) => void;
}

class FakeCore {
  readonly asked: Asked[] = [];
  combined = 0;
  /** What the core says of the parts it was given. */
  answer: ComparisonDocument | CoreError = {
    results: { folds_scored: [true, false] },
  } as unknown as ComparisonDocument;

  get door(): FitCore {
    return {
      workers: 2,
      call: async <D>(command: string, request: CoreMessage): Promise<CoreMessage<D>> => {
        if (command === 'plan_comparison') return { json: { units: 4, work: 100 } as D, bytes };
        this.combined = (request.json as { comparisons: unknown[] }).comparisons.length;
        if (this.answer instanceof CoreError) throw this.answer;
        return { json: this.answer as D, bytes };
      },
      job: (_command, request, options) => {
        const asked: Asked = {
          part: (request.json as { part: Asked['part'] }).part,
          paused: false,
          finish: () => {},
          report: (fraction) => options.onProgress?.({ fraction, phase: 'training' } as never),
        };
        this.asked.push(asked);
        const message = { json: {}, bytes } as unknown as Message;
        const end = new Promise((resolve) => {
          asked.finish = () => resolve({ message, finished: true });
          options.signal?.addEventListener('abort', () => resolve({ message, finished: false }));
        });
        return {
          end: end as never,
          pause: () => (asked.paused = true),
          resume: () => (asked.paused = false),
        };
      },
    };
  }
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
const begin = async () => {
  const fake = new FakeCore();
  const run = new CompareRun(fake.door, 0);
  session.data.result = { json: { kind: 'screen', conditions: [] } as unknown as ScreenDocument, bytes };
  const end = run.start(initialCompare, false);
  await turn();
  return { fake, run, end };
};

describe('a comparison in parts', () => {
  afterEach(() => {
    session.compare.clear({});
    session.data.clear(null);
  });

  test('one part a worker, one progress, put together at the end', async () => {
    const { fake, run, end } = await begin();
    expect(fake.asked.map((one) => one.part)).toEqual([
      { index: 0, of: 2 },
      { index: 1, of: 2 },
    ]);
    fake.asked[0]!.report(0.5);
    fake.asked[1]!.report(0.3);
    expect(session.compare.progress?.fraction).toBeCloseTo(0.99 * 0.4);
    run.pause();
    expect(fake.asked.every((one) => one.paused)).toBe(true);
    run.resume();
    for (const one of fake.asked) one.finish();
    await end;
    expect(fake.combined).toBe(2);
    expect(session.compare.status).toBe('done');
    expect(run.rate).not.toBeNull();
  });

  test('stopped early, it keeps the finished folds and says how many', async () => {
    const { run, end } = await begin();
    run.cancel();
    await end;
    expect(run.notice).toContain('1 of 2 folds were finished');
    expect(session.compare.hasResult).toBe(true);
  });

  test('stopped before the first fold, nothing is lost and it is no error', async () => {
    const { fake, run, end } = await begin();
    fake.answer = new CoreError({ code: 'compare.unfinished', message: 'No fold.', hint: '' });
    run.cancel();
    await end;
    expect(run.notice).toContain('Stopped before a fold was finished');
    expect(session.compare.error).toBeNull();
    expect(session.compare.progress).toBeNull();
  });
});
