import { describe, expect, it } from 'vitest';
import {
  bestIntervals,
  decimalsFor,
  nameOf,
  writeInterval,
  writeValue,
} from '../../web/src/pages/fit/intervals';
import type { FitDocument, ParameterInterval } from '../../web/src/state/documents';

const rate: ParameterInterval = {
  quantity: 'gamma',
  gene: 'STAT1',
  by: null,
  value: 0.731234,
  low: 0.51234,
  high: 1.04321,
  prior_low: 0.14,
  prior_high: 7.1,
  learned: 0.9,
  determined: true,
};

describe('intervals of parameters', () => {
  it('are written with two digits of their width, never more', () => {
    expect(writeValue(rate)).toBe('0.73');
    expect(writeInterval(rate.low, rate.high)).toBe('0.51 to 1.04');
    expect(writeInterval(-0.00041, 0.00123)).toBe('−0.0004 to 0.0012');
    expect(writeInterval(-0.2, 0.00001)).toBe('−0.20 to 0.00');
    expect(writeInterval(120.4, 391.7)).toBe('120 to 392');
    expect(writeInterval(null, 3)).toBe('anything');
    expect(decimalsFor(1, 1)).toBe(2);
  });

  it('name the gene, what acts on it and the unit', () => {
    expect(nameOf(rate)).toBe('γ (1/day) of STAT1');
    expect(nameOf({ ...rate, quantity: 'W', by: 'JAK2' })).toBe('W: STAT1 by JAK2');
    expect(nameOf({ ...rate, quantity: 'b', by: '' })).toBe('b: STAT1 by the medium');
    expect(nameOf({ ...rate, quantity: 'kappa', gene: null })).toBe('κ of all knock-outs');
  });

  it('come from the member with the least objective, and from none where no optimiser went to the minimum', () => {
    const intervals = {
      reason: null,
      parameters: [rate],
      directions: [3, 0.1],
      determined: 1,
    };
    const member = (number: number, least: number, own: typeof intervals | null) => ({
      number,
      history: { epoch: [0], train: [least], inner: [null], drift: [0] },
      intervals: own,
    });
    const fit = (members: unknown[]) => ({ members }) as FitDocument;
    expect(bestIntervals(fit([member(0, 1.2, intervals), member(1, 1.1, intervals)]))?.number).toBe(1);
    expect(bestIntervals(fit([member(0, 1.2, null)]))).toBeNull();
  });
});
