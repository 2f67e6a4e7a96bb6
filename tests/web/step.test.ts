import { describe, expect, it } from 'vitest';
import { CoreError } from '../../web/src/worker/errors';
import { Session } from '../../web/src/state/session.svelte';
import type { ScreenDocument } from '../../web/src/state/documents';
import type { CoreMessage } from '../../web/src/worker/message';

const screen = { json: { counts_name: 'a.csv' }, bytes: new Uint8Array(0) } as CoreMessage<ScreenDocument>;
const anything = <T>(): CoreMessage<T> => ({ json: {} as T, bytes: new Uint8Array(0) });
const failure = new CoreError({ code: 'text.ragged_line', message: 'Line 3 has two fields.', hint: '' });

function withFit(): Session {
  const session = new Session();
  session.data.complete(screen);
  session.components.complete(anything());
  session.fit.complete(anything());
  session.predict.complete(anything());
  return session;
}

describe('a step', () => {
  it('is empty until what it needs is there, then ready', () => {
    const { data, components, fit, predict, design } = new Session();
    expect([data.status, components.status, fit.status, predict.status]).toEqual([
      'empty',
      'empty',
      'empty',
      'empty',
    ]);
    expect(design.status).toBe('ready');
    expect(predict.lacks.map(({ id }) => id)).toEqual(['fit']);
    data.complete(screen);
    expect([components.status, fit.status, predict.status]).toEqual(['ready', 'ready', 'empty']);
  });

  it('tells how far it is and how long still', () => {
    const { fit } = new Session();
    fit.begin('training');
    expect(fit.status).toBe('running');
    expect(fit.progress).toEqual({ fraction: null, phase: 'training', secondsLeft: null });
    fit.report(0.5, 'training');
    expect(fit.progress?.secondsLeft).toBeGreaterThanOrEqual(0);
    fit.stop();
    expect(fit.status).toBe('empty');
    fit.report(0.9, 'too late');
    expect(fit.progress).toBeNull();
  });

  it('keeps its last good result when the next run fails or is stopped', () => {
    const { data } = withFit();
    data.begin('again');
    data.fail(failure);
    expect(data.result).toBe(screen);
    expect(data.status).toBe('done');
    expect(data.error?.code).toBe('text.ragged_line');
    data.begin('again');
    expect(data.error).toBeNull();
    data.stop();
    expect(data.result).toBe(screen);
  });
});

describe('a change', () => {
  it('marks everything that follows, with the reason, and nothing else', () => {
    const session = withFit();
    session.data.complete({ ...screen });
    expect(session.components.reason).toBe('Data changed');
    expect([session.data.status, session.fit.status, session.predict.status]).toEqual([
      'done',
      'out of date',
      'out of date',
    ]);
    expect(session.design.status).toBe('ready');
  });

  it('keeps the first reason, and loses it when the step runs again', () => {
    const session = withFit();
    session.fit.change({ model: 'linear' }, 'the model was changed');
    session.data.complete({ ...screen });
    expect(session.fit.reason).toBe('the model was changed');
    session.fit.complete(anything());
    expect(session.fit.status).toBe('done');
    expect(session.predict.reason).toBe('the model was changed');
  });

  it('does not make a step without a result out of date', () => {
    const session = new Session();
    session.data.complete(screen);
    session.data.complete({ ...screen });
    expect(session.fit.status).toBe('ready');
  });
});
