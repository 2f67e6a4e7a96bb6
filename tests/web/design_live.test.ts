import { describe, expect, test, vi } from 'vitest';
import { LiveDesign, type DesignCore, type Wanted } from '../../web/src/pages/design/live.svelte';
import { CoreError } from '../../web/src/worker/errors';

vi.mock('../../web/src/worker/core', () => ({ core: {} }));

/** A core that answers only when told to, and remembers what it was asked. */
class SlowCore {
  readonly asked: string[] = [];
  readonly waiting: (() => void)[] = [];
  refuse = false;

  private answer<T>(what: string, value: () => T): Promise<T> {
    this.asked.push(what);
    return new Promise((resolve, reject) =>
      this.waiting.push(() => {
        if (this.refuse) reject(new CoreError({ code: 'layout.bad', message: 'No.', hint: '' }));
        else resolve(value());
      }),
    );
  }

  /** Lets everything under way be answered, and what follows from it. */
  async drain(rounds = 12): Promise<void> {
    for (let i = 0; i < rounds; ++i) {
      this.waiting.splice(0).forEach((go) => go());
      await Promise.resolve();
      await Promise.resolve();
      await Promise.resolve();
    }
  }

  get door(): DesignCore {
    const session = {
      update: (variances: { sb2: number }) =>
        this.answer(`update ${variances.sb2}`, () => ({
          contrasts: 1,
          estimable: 1,
          median_se: variances.sb2,
          largest_se: variances.sb2,
          verdict: [`with ${variances.sb2}`],
        })),
      setCells: (changes: { row: number; batch: number; cells: number }[]) =>
        this.answer(
          changes.map(({ row, batch, cells }) => `cell ${row} ${batch} ${cells}`).join(),
          () => undefined,
        ),
      rows: () => this.answer('rows', () => ({ contrasts: [{ name: 'JAK2', se: 0.1 }] })),
      close: () => this.answer('close', () => undefined),
    };
    return {
      design: () => this.answer('open', () => session),
      call: (command: string, request: { json: { layout: { cells: number[][] } } }) =>
        this.answer(`${command} ${JSON.stringify(request.json.layout.cells)}`, () => ({
          json: { contrasts: [{ name: 'JAK2' }], components: [] },
          bytes: new Uint8Array(0),
        })),
    } as unknown as DesignCore;
  }
}

const request = { layout: { cells: [[1, 2]] } };
const wish = (sb2: number, over: Partial<Wanted> = {}): Wanted => ({
  request,
  edits: [],
  variances: { sb2 },
  fixed: false,
  ...over,
});

describe('a slider that moves faster than the worker answers', () => {
  test('only the newest wish is answered: nothing queues up', async () => {
    const core = new SlowCore();
    const live = new LiveDesign(core.door, () => {}, 10_000);
    live.want(wish(0.1));
    for (let i = 2; i <= 50; ++i) live.want(wish(i / 10));
    await core.drain();
    expect(core.asked.filter((what) => what.startsWith('update'))).toEqual(['update 0.1', 'update 5']);
    expect(core.asked.filter((what) => what === 'open')).toHaveLength(1);
    expect(live.summary?.verdict).toEqual(['with 5']);
    expect(live.busy).toBe(false);
    live.close();
  });

  test('changed cells go to the open session, once each', async () => {
    const core = new SlowCore();
    const live = new LiveDesign(core.door, () => {}, 10_000);
    const first = { row: 0, batch: 0, cells: 7 };
    const second = { row: 0, batch: 1, cells: 9 };
    live.want(wish(0.1));
    await core.drain();
    live.want(wish(0.1, { edits: [first] }));
    await core.drain();
    live.want(wish(0.1, { edits: [first, second] }));
    await core.drain();
    expect(core.asked.filter((what) => what.startsWith('cell'))).toEqual(['cell 0 0 7', 'cell 0 1 9']);
    expect(core.asked.filter((what) => what === 'open')).toHaveLength(1);
    live.close();
  });

  test('another request opens another session and closes the one before', async () => {
    const core = new SlowCore();
    const live = new LiveDesign(core.door, () => {}, 10_000);
    live.want(wish(0.1));
    await core.drain();
    live.want({ request: { layout: { cells: [[3]] } }, edits: [], variances: { sb2: 0.2 }, fixed: true });
    await core.drain();
    expect(core.asked.filter((what) => what === 'open')).toHaveLength(2);
    expect(core.asked).toContain('close');
    live.close();
  });

  test('when the wishes stop, the whole document follows, with the changed cells in it', async () => {
    vi.useFakeTimers();
    const core = new SlowCore();
    const settled = vi.fn();
    const live = new LiveDesign(core.door, settled, 100);
    live.want(wish(0.1, { edits: [{ row: 0, batch: 1, cells: 9 }] }));
    await core.drain();
    expect(settled).not.toHaveBeenCalled();
    vi.advanceTimersByTime(150);
    await core.drain();
    expect(core.asked.at(-1)).toBe('design [[1,9]]');
    expect(settled).toHaveBeenCalledOnce();
    live.close();
    vi.useRealTimers();
  });

  test('a refusal is said, and the answer before stays', async () => {
    const core = new SlowCore();
    const live = new LiveDesign(core.door, () => {}, 10_000);
    live.want(wish(0.1));
    await core.drain();
    core.refuse = true;
    live.want(wish(-1));
    await core.drain();
    expect(live.error?.code).toBe('layout.bad');
    expect(live.summary?.verdict).toEqual(['with 0.1']);
    core.refuse = false;
    live.want(wish(0.3));
    await core.drain();
    expect(live.error).toBeNull();
    expect(live.summary?.verdict).toEqual(['with 0.3']);
    live.close();
  });
});
