import { describe, expect, it } from 'vitest';
import { requestWith, rowOf, tableOf, vectorOf } from '../../web/src/worker/arrays';
import type { CoreMessage } from '../../web/src/worker/message';

function withBuffer(values: Float64Array, shape: number[], offset = 0): CoreMessage {
  const bytes = new Uint8Array(offset + values.byteLength);
  bytes.set(new Uint8Array(values.buffer), offset);
  return { json: { x: { buffer: 'x' }, buffers: { x: { dtype: 'f8', shape, offset } } }, bytes };
}

describe('arrays of a document', () => {
  it('are the same from either form, with NaN for null', () => {
    const message = withBuffer(Float64Array.of(1, NaN, 3, 4, 5, 6), [2, 3], 8);
    const beside = tableOf(message, { buffer: 'x' });
    const inside = tableOf(message, [
      [1, null, 3],
      [4, 5, 6],
    ]);
    expect(beside).toEqual(inside);
    expect([...rowOf(beside, 1)]).toEqual([4, 5, 6]);
    expect([...vectorOf(message, [null, 2])]).toEqual([NaN, 2]);
  });

  it('are read also where the bytes do not lie on a multiple of eight', () => {
    const message = withBuffer(Float64Array.of(1.5, 2.5), [2]);
    const moved = new Uint8Array(message.bytes.length + 3);
    moved.set(message.bytes, 3);
    expect([...vectorOf({ ...message, bytes: moved.subarray(3) }, { buffer: 'x' })]).toEqual([1.5, 2.5]);
  });

  it('that are not there or too short are refused', () => {
    const message = withBuffer(Float64Array.of(1), [4]);
    expect(() => vectorOf(message, { buffer: 'y' })).toThrow(/buffer 'y'/);
    expect(() => vectorOf(message, { buffer: 'x' })).toThrow(/ends after the bytes/);
  });
});

describe('a request with documents', () => {
  it('renames and moves their buffers as the core expects', () => {
    const one = withBuffer(Float64Array.of(1, 2), [2]);
    const other = withBuffer(Float64Array.of(3, 4, 5), [3]);
    const request = requestWith({ seed: 1 }, { screen: one, fits: [other, one] });
    expect(request.json).toMatchObject({
      seed: 1,
      screen: { x: { buffer: 'screen/x' } },
      fits: [{ x: { buffer: 'fits0/x' } }, { x: { buffer: 'fits1/x' } }],
    });
    expect((request.json.screen as object) && 'buffers' in (request.json.screen as object)).toBe(false);
    expect([...vectorOf(request, { buffer: 'fits0/x' })]).toEqual([3, 4, 5]);
    expect([...vectorOf(request, { buffer: 'fits1/x' })]).toEqual([1, 2]);
    expect(one.json).toMatchObject({ x: { buffer: 'x' } });
  });
});
