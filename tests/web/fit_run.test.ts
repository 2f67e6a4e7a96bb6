import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  choicesFor,
  factsOf,
  faultsOf,
  fitRequest,
  initialFit,
  recommendedRequest,
  secondsFor,
} from '../../web/src/pages/fit/choices';
import { FitRun, thinned, type FitCore } from '../../web/src/pages/fit/run.svelte';
import { session } from '../../web/src/state/session.svelte';
import type { FitDocument, ScreenDocument } from '../../web/src/state/documents';
import { CoreError } from '../../web/src/worker/errors';
import type { CoreMessage } from '../../web/src/worker/message';

vi.mock('../../web/src/worker/core', () => ({ core: { workers: 2 } }));

const bytes = new Uint8Array(0);
const screen = {
  roles: { time_unit: 'h' },
  genes: ['STAT1', 'IRF1'],
  conditions: [
    { edits: [], time: 2, control: true },
    { edits: [{ name: 'STAT1', dose: 1 }], time: 2, control: false },
    { edits: [{ name: 'IRF1', dose: 1 }], time: 1, control: false },
  ],
} as unknown as ScreenDocument;
const facts = factsOf(screen);

describe('what is asked of the core', () => {
  test('a member is a fit of one with its own number', () => {
    const request = fitRequest({ ...initialFit, members: 5 }, facts, 3);
    expect(request).toMatchObject({
      members: 1,
      first_member: 3,
      seed: 1,
      split: 'perturbation',
      holdout: 0.25,
    });
    expect(request).not.toHaveProperty('epochs');
    expect(fitRequest(initialFit, facts, null)).toMatchObject({ members: 5, first_member: 0 });
  });

  test('times are held out in days, whatever the unit of the screen', () => {
    expect(facts.times.map((time) => Number(time.toFixed(9)))).toEqual([24, 48]);
    const request = fitRequest({ ...initialFit, split: 'time', heldOut: ['48'] }, facts, 0);
    expect(request.holdout).toEqual([2]);
  });

  test('without a split nothing is held out', () => {
    expect(fitRequest({ ...initialFit, split: 'none' }, facts, 0)).not.toHaveProperty('holdout');
  });

  test('an edit that the screen does not have is a fault', () => {
    expect(faultsOf({ ...initialFit, heldOut: ['MYC'] }, facts)[0]).toContain("'MYC'");
    expect(faultsOf({ ...initialFit, heldOut: ['IRF1'] }, facts)).toEqual([]);
    expect(faultsOf({ ...initialFit, geneChoice: 'names' }, facts)).toHaveLength(1);
  });

  test('recommended is what people get where it can be asked for, and it takes no settings of a model', () => {
    const choices = choicesFor(facts);
    expect(choices.model).toBe('recommended');
    const request = recommendedRequest(choices, facts, { index: 1, of: 2 });
    expect(request).toMatchObject({ model: 'recommended', seed: 1, part: { index: 1, of: 2 } });
    for (const key of ['loss', 'centred', 'members', 'first_member']) expect(request).not.toHaveProperty(key);
    expect(recommendedRequest(choices, facts, null)).not.toHaveProperty('part');
    // What was chosen for another model is hidden then, and must not be asked for.
    const hidden = {
      ...choices,
      optimiser: 'lbfgs',
      solver: 'adaptive',
      start: 'ridge',
      bootstrap: true,
      estimateKappa: true,
    };
    expect(recommendedRequest(hidden as typeof choices, facts, null)).toEqual(
      recommendedRequest(choices, facts, null),
    );
    expect(choicesFor({ ...facts, media: 2 }).model).toBe('production_decay');
    expect(choicesFor({ ...facts, differentiating: true }).model).toBe('production_decay');
  });

  test('cells that change by themselves are not centred; more workers take less time', () => {
    const course = factsOf({ ...screen, conditions: screen.conditions.slice(0, 1) });
    expect(choicesFor(course).centred).toBe(false);
    expect(secondsFor(initialFit, facts, 4, 1e-6)).toBeLessThan(secondsFor(initialFit, facts, 1, 1e-6));
  });
});

interface Asked {
  number: number;
  finish: (finished?: boolean) => void;
  fail: (error: CoreError) => void;
  report: (fraction: number) => void;
  paused: boolean;
}

class FakeCore {
  readonly workers = 2;
  readonly asked: Asked[] = [];
  readonly requests: Record<string, unknown>[] = [];
  combined: number[] = [];

  get door(): FitCore {
    return {
      workers: this.workers,
      job: (
        _command: string,
        request: CoreMessage,
        options: { onProgress?: (p: unknown) => void; signal?: AbortSignal },
      ) => {
        this.requests.push(request.json as Record<string, unknown>);
        const number = (request.json as { first_member: number }).first_member;
        const entry = { number, paused: false } as Asked;
        const end = new Promise((resolve, reject) => {
          entry.finish = (finished = true) => resolve({ message: document(number), finished });
          entry.fail = reject;
          options.signal?.addEventListener('abort', () => entry.finish(false));
        });
        entry.report = (fraction) => options.onProgress?.({ fraction, phase: 'Member 1 of 1: search' });
        this.asked.push(entry);
        return { end, pause: () => (entry.paused = true), resume: () => (entry.paused = false) };
      },
      call: (command: string, request: CoreMessage) => {
        expect(command).toBe('combine');
        const fits = (request.json as { fits: FitDocument[] }).fits;
        this.combined = fits.map((fit) => fit.members[0]!.number);
        return Promise.resolve({ json: { kind: 'fit', members: fits.flatMap((fit) => fit.members) }, bytes });
      },
    } as unknown as FitCore;
  }
}

const document = (number: number) => ({ json: { kind: 'fit', members: [{ number }] }, bytes });
const turns = async () => {
  for (let i = 0; i < 20; ++i) await Promise.resolve();
};

function begin(members: number): { core: FakeCore; run: FitRun; ended: Promise<void> } {
  session.data.result = { json: screen, bytes };
  const core = new FakeCore();
  const run = new FitRun(core.door, 0);
  const ended = run.start({ ...initialFit, members });
  return { core, run, ended };
}

afterEach(() => {
  session.fit.clear({});
  session.data.clear(null);
});

describe('members side by side', () => {
  test('one a worker, the next when one is done; put together in their order', async () => {
    const { core, run, ended } = begin(3);
    await turns();
    expect(core.asked.map(({ number }) => number)).toEqual([0, 1]);
    core.asked[1]!.finish();
    await turns();
    expect(core.asked.map(({ number }) => number)).toEqual([0, 1, 2]);
    core.asked[2]!.finish();
    core.asked[0]!.finish();
    await ended;
    expect(core.combined).toEqual([0, 1, 2]);
    expect(session.fit.result?.json.members).toHaveLength(3);
    expect(session.fit.status).toBe('done');
    expect(run.notice).toBe('');
    expect(run.rate).toBeGreaterThan(0);
  });

  test('progress is that of all members; pausing reaches each', async () => {
    const { core, run, ended } = begin(2);
    await turns();
    core.asked[0]!.report(0.5);
    expect(session.fit.progress?.fraction).toBeCloseTo(0.2475, 6);
    expect(run.members[0]!.phase).toBe('search');
    run.pause();
    expect(core.asked.every(({ paused }) => paused)).toBe(true);
    run.resume();
    expect(core.asked.some(({ paused }) => paused)).toBe(false);
    core.asked.forEach(({ finish }) => finish());
    await ended;
  });

  test('stopped early, what is trained is kept and it is said', async () => {
    const { core, run, ended } = begin(4);
    await turns();
    core.asked[0]!.finish();
    await turns();
    run.cancel();
    await ended;
    expect(core.combined).toEqual([0, 1, 2]);
    expect(run.notice).toContain('1 of 4 members trained to their end, 2 as far as they came');
    expect(session.fit.progress).toBeNull();
  });

  test('a failure stops the others, is said, and leaves the result before', async () => {
    session.fit.result = document(9) as unknown as CoreMessage<FitDocument>;
    const { core, ended } = begin(2);
    await turns();
    core.asked[0]!.fail(new CoreError({ code: 'fit.no_controls', message: 'No controls.', hint: '' }));
    await ended;
    expect(session.fit.error?.code).toBe('fit.no_controls');
    expect(session.fit.result?.json.members[0]!.number).toBe(9);
  });
});

describe('recommended', () => {
  test('each worker tries its share, and the choice is made from all of them', async () => {
    session.data.result = { json: screen, bytes };
    const core = new FakeCore();
    const run = new FitRun(core.door, 0);
    const ended = run.start({ ...initialFit, model: 'recommended' });
    await turns();
    expect(core.requests.map((request) => request.part)).toEqual([
      { index: 0, of: 2 },
      { index: 1, of: 2 },
    ]);
    expect(run.memberName).toBe('Worker');
    core.asked.forEach(({ finish }) => finish());
    await turns();
    expect(core.requests[2]!.parts).toHaveLength(2);
    expect(core.requests[2]!.screen).toBeDefined();
    core.asked[2]!.finish();
    await ended;
    expect(session.fit.status).toBe('done');
  });

  test('stopped, nothing is chosen, and that is said', async () => {
    session.data.result = { json: screen, bytes };
    const core = new FakeCore();
    const run = new FitRun(core.door, 0);
    const ended = run.start({ ...initialFit, model: 'recommended' });
    await turns();
    run.cancel();
    await ended;
    expect(run.notice).toContain('nothing is chosen');
    expect(core.asked).toHaveLength(2);
    expect(session.fit.result).toBeNull();
  });
});

test('long curves are thinned evenly, the ends kept', () => {
  const long = Array.from({ length: 5000 }, (_, i) => i);
  const { epoch, inner } = thinned({ epoch: long, train: long, inner: long, drift: long });
  expect(epoch).toHaveLength(200);
  expect([epoch[0], epoch.at(-1)]).toEqual([0, 4999]);
  expect(inner).toEqual(epoch);
  const short = { epoch: [1], train: [2], inner: [null], drift: [3] };
  expect(thinned(short)).toBe(short);
});
