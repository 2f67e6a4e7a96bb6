import { describe, expect, it } from 'vitest';
import type { GroundworkModule, Job, Reply } from 'groundwork-core';
import { plainRequest } from '../../web/src/worker/arrays';
import type { FromWorker } from '../../web/src/worker/messages';
import { Server } from '../../web/src/worker/serve';
import { nextTurn } from '../../web/src/worker/jobs';

const none = new Uint8Array(0);
const request = plainRequest({});

interface Script {
  slices: number;
  /** The slice at which advancing fails. */
  failAt?: number;
  /** Whether there is a snapshot before the end. */
  snapshots: boolean;
}

/** A module whose only job counts slices. */
function moduleWith({ slices, failAt, snapshots }: Script): {
  module: GroundworkModule;
  deleted: () => boolean;
} {
  let at = 0;
  let deleted = false;
  const refuse = (code: string): Reply<never> => ({ ok: false, code, message: `refused ${code}`, hint: '' });
  const job: Job = {
    advance: () => (++at === failAt ? refuse('fit.diverged') : { ok: true, done: at >= slices }),
    progress: () => ({ ok: true, json: JSON.stringify({ fraction: at / slices, phase: 'counting' }) }),
    result: () =>
      snapshots || at >= slices
        ? { ok: true, json: JSON.stringify({ at }), bytes: none }
        : refuse('job.no_snapshot'),
    delete: () => (deleted = true),
  };
  const module = {
    version: () => 'test',
    startJob: () => ({ ok: true, job }),
    call: () => {
      throw new Error('not a refusal but a fault');
    },
  } as unknown as GroundworkModule;
  return { module, deleted: () => deleted };
}

function serve(script: Script) {
  const said: FromWorker[] = [];
  const { module, deleted } = moduleWith(script);
  return { server: new Server(module, (message) => said.push(message)), said, deleted };
}

const job = { kind: 'job', id: 5, command: 'fit', request, slice: 1 } as const;

describe('the worker', () => {
  it('advances a job in slices and reports after each', async () => {
    const { server, said, deleted } = serve({ slices: 3, snapshots: true });
    await server.receive(job);
    expect(said.filter(({ kind }) => kind === 'progress').length).toBe(3);
    expect(said.at(-1)).toMatchObject({
      kind: 'answer',
      id: 5,
      answer: { finished: true, message: { json: { at: 3 } } },
    });
    expect(deleted()).toBe(true);
  });

  it('stops between two slices and answers with the last snapshot', async () => {
    const { server, said, deleted } = serve({ slices: 1e9, snapshots: true });
    const running = server.receive(job);
    while (said.length < 3) await nextTurn();
    await server.receive({ kind: 'cancel', id: 5 });
    await running;
    expect(said.at(-1)).toMatchObject({ kind: 'answer', answer: { finished: false } });
    expect(deleted()).toBe(true);
  });

  it('answers job.cancelled when there is no snapshot yet', async () => {
    const { server, said } = serve({ slices: 1e9, snapshots: false });
    const running = server.receive(job);
    await server.receive({ kind: 'cancel', id: 5 });
    await running;
    expect(said.at(-1)).toMatchObject({ kind: 'refused', error: { code: 'job.cancelled' } });
  });

  it('pauses, does nothing meanwhile, and goes on; a paused job can be cancelled', async () => {
    const { server, said } = serve({ slices: 1e9, snapshots: true });
    const running = server.receive(job);
    await nextTurn();
    await server.receive({ kind: 'pause', id: 5 });
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    const before = said.length;
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    expect(said.length).toBe(before);
    await server.receive({ kind: 'resume', id: 5 });
    while (said.length < before + 3) await nextTurn();
    await server.receive({ kind: 'pause', id: 5 });
    await nextTurn();
    await server.receive({ kind: 'cancel', id: 5 });
    await running;
    expect(said.at(-1)).toMatchObject({ kind: 'answer', answer: { finished: false } });
  });

  it('passes a refusal on and lets the job go', async () => {
    const { server, said, deleted } = serve({ slices: 5, failAt: 2, snapshots: true });
    await server.receive(job);
    expect(said.at(-1)).toMatchObject({ kind: 'refused', id: 5, error: { code: 'fit.diverged' } });
    expect(deleted()).toBe(true);
  });

  it('turns a fault into a sentence instead of silence', async () => {
    const { server, said } = serve({ slices: 1, snapshots: true });
    await server.receive({ kind: 'call', id: 9, command: 'components', request });
    expect(said).toEqual([
      { kind: 'refused', id: 9, error: expect.objectContaining({ code: 'page.unexpected' }) as unknown },
    ]);
  });

  it('refuses what needs open files or an open layout', async () => {
    const { server, said } = serve({ slices: 1, snapshots: true });
    await server.receive({ kind: 'design.rows', id: 1, session: 4, first: 0, count: 5 });
    await server.receive({
      kind: 'data.summarise',
      id: 2,
      request: { roles: {} as never, seed: 1, matrix: null, geneNames: null },
    });
    expect(said.map((message) => message.kind === 'refused' && message.error.code)).toEqual([
      'design.closed',
      'data.not_open',
    ]);
  });
});
