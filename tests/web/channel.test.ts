import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Channel, patience } from '../../web/src/worker/channel';
import { Pool } from '../../web/src/worker/pool';
import { CoreClient } from '../../web/src/worker/client';
import { plainRequest } from '../../web/src/worker/arrays';
import { FakeWorker } from './fakeWorker';

const request = plainRequest({});
const call = { kind: 'call', command: 'components', request } as const;
const job = { kind: 'job', command: 'fit', request, slice: 100 } as const;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a channel', () => {
  it('matches answers to requests by id, in any order', async () => {
    const worker = new FakeWorker();
    const channel = new Channel(worker);
    worker.load();
    const first = channel.send(call);
    const second = channel.send({ kind: 'version' });
    worker.say({ kind: 'answer', id: second.id, answer: '1.2.3' });
    worker.say({ kind: 'answer', id: first.id, answer: request });
    await expect(second.answer).resolves.toBe('1.2.3');
    await expect(first.answer).resolves.toEqual(request);
  });

  it('passes progress on, and a refusal with its code and hint', async () => {
    const worker = new FakeWorker();
    const channel = new Channel(worker);
    worker.load();
    const seen: string[] = [];
    const { id, answer } = channel.send(job, { onProgress: ({ phase }) => seen.push(phase) });
    worker.say({ kind: 'progress', id, progress: { fraction: 0.1, phase: 'training' } });
    worker.say({ kind: 'refused', id, error: { code: 'fit.model', message: 'No.', hint: 'Yes.' } });
    await expect(answer).rejects.toMatchObject({ code: 'fit.model', message: 'No.', hint: 'Yes.' });
    expect(seen).toEqual(['training']);
  });

  it('says so when the worker crashes, to everyone who waits and to everyone who asks later', async () => {
    const worker = new FakeWorker();
    const ended = vi.fn();
    const channel = new Channel(worker, ended);
    worker.load();
    const { answer } = channel.send(call);
    worker.crash('unreachable');
    await expect(answer).rejects.toMatchObject({ code: 'worker.crashed' });
    await expect(channel.send(call).answer).rejects.toMatchObject({ code: 'worker.crashed' });
    expect(worker.terminated).toBe(true);
    expect(ended).toHaveBeenCalledOnce();
  });

  it('says so when the core cannot be loaded, however that shows', async () => {
    for (const fail of [
      (worker: FakeWorker) => worker.crash('404'),
      (worker: FakeWorker) =>
        worker.say({ kind: 'not loaded', error: { code: 'worker.load', message: 'wasm', hint: '' } }),
      () => vi.advanceTimersByTime(patience.load + 1),
    ]) {
      const worker = new FakeWorker();
      const { answer } = new Channel(worker).send(call);
      fail(worker);
      await expect(answer).rejects.toMatchObject({ code: 'worker.load' });
    }
  });

  it('says so when a result cannot be read', async () => {
    const worker = new FakeWorker();
    const { answer } = new Channel(worker).send(call);
    worker.onmessageerror?.({} as MessageEvent);
    await expect(answer).rejects.toMatchObject({ code: 'worker.message' });
  });

  it('asks a job to stop, and keeps the worker when it does', async () => {
    const worker = new FakeWorker();
    const channel = new Channel(worker);
    worker.load();
    const stop = new AbortController();
    const { id, answer } = channel.send(job, { signal: stop.signal });
    stop.abort();
    expect(worker.received.at(-1)).toEqual({ kind: 'cancel', id });
    worker.say({ kind: 'answer', id, answer: { message: request, finished: false } });
    await expect(answer).resolves.toMatchObject({ finished: false });
    vi.advanceTimersByTime(patience.cancel + 1);
    expect(worker.terminated).toBe(false);
  });

  it('ends a worker that does not hear the cancel', async () => {
    const worker = new FakeWorker();
    const channel = new Channel(worker);
    worker.load();
    const stop = new AbortController();
    const { answer } = channel.send(job, { signal: stop.signal });
    stop.abort();
    vi.advanceTimersByTime(patience.cancel + 1);
    await expect(answer).rejects.toMatchObject({ code: 'job.cancelled' });
    expect(worker.terminated).toBe(true);
  });
});

describe('a pool', () => {
  function poolOf(size: number): { pool: Pool; workers: FakeWorker[] } {
    const workers: FakeWorker[] = [];
    const pool = new Pool(size, () => {
      const worker = new FakeWorker();
      workers.push(worker);
      return worker;
    });
    return { pool, workers };
  }
  const settle = () => vi.advanceTimersByTimeAsync(0);

  it('starts workers only when they are needed, and no more than its size', async () => {
    const { pool, workers } = poolOf(2);
    expect(workers.length).toBe(0);
    const tasks = [1, 2, 3].map(() => pool.run((channel) => channel.send(call).answer));
    await settle();
    expect(workers.length).toBe(2);
    workers[0]!.say({ kind: 'answer', id: workers[0]!.lastId, answer: request });
    await tasks[0];
    await settle();
    expect(workers[0]!.received.length).toBe(2);
    workers.forEach((worker) => worker.say({ kind: 'answer', id: worker.lastId, answer: request }));
    await Promise.all(tasks);
    expect(workers.length).toBe(2);
  });

  it('replaces a worker that ended, for those in line and for those who come', async () => {
    const { pool, workers } = poolOf(1);
    const first = pool.run((channel) => channel.send(call).answer);
    const second = pool.run((channel) => channel.send(call).answer);
    const refused = expect(first).rejects.toMatchObject({ code: 'worker.crashed' });
    workers[0]!.load().crash('out of memory');
    await refused;
    await settle();
    expect(workers.length).toBe(2);
    workers[1]!.say({ kind: 'answer', id: workers[1]!.lastId, answer: request });
    await expect(second).resolves.toEqual(request);
    workers[1]!.crash('while nothing was asked');
    const third = pool.run((channel) => channel.send({ kind: 'version' }).answer);
    await settle();
    workers[2]!.say({ kind: 'answer', id: workers[2]!.lastId, answer: 'ok' });
    await expect(third).resolves.toBe('ok');
  });

  it('lets a cancelled task leave the line at once', async () => {
    const { pool, workers } = poolOf(1);
    void pool.run((channel) => channel.send(call).answer);
    const stop = new AbortController();
    const waiting = pool.run((channel) => channel.send(call).answer, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'job.cancelled' });
    expect(workers.length).toBe(1);
  });
});

describe('the client', () => {
  it('pauses and resumes a job, also before it has a worker', async () => {
    const workers: FakeWorker[] = [];
    const client = new CoreClient(() => {
      workers.push(new FakeWorker());
      return workers.at(-1)!;
    }, 1);
    const running = client.job('fit', request);
    running.pause();
    await vi.advanceTimersByTimeAsync(0);
    const worker = workers[0]!;
    const id = worker.lastId;
    expect(worker.received.at(-1)).toEqual({ kind: 'pause', id });
    running.resume();
    expect(worker.received.at(-1)).toEqual({ kind: 'resume', id });
    worker.say({ kind: 'answer', id, answer: { message: request, finished: true } });
    await expect(running.end).resolves.toMatchObject({ finished: true });
  });

  it('gives designs a worker of their own, and files one for each opening', async () => {
    const workers: FakeWorker[] = [];
    const client = new CoreClient(() => {
      workers.push(new FakeWorker());
      return workers.at(-1)!;
    }, 1);
    const design = client.design(request);
    workers[0]!.say({ kind: 'answer', id: workers[0]!.lastId, answer: 7 });
    const session = await design;
    const update = session.update({ sb2: 0.1 });
    expect(workers[0]!.received.at(-1)).toMatchObject({ kind: 'design.update', session: 7 });
    workers[0]!.say({ kind: 'answer', id: workers[0]!.lastId, answer: { estimable: 3 } });
    await expect(update).resolves.toEqual({ estimable: 3 });
    const refused = client.open([]);
    workers[1]!.say({
      kind: 'refused',
      id: workers[1]!.lastId,
      error: { code: 'file.none', message: '', hint: '' },
    });
    await expect(refused).rejects.toMatchObject({ code: 'file.none' });
    expect(workers[1]!.terminated).toBe(true);
    expect(workers[0]!.terminated).toBe(false);
  });
});
