import { describe, expect, test } from 'vitest';
import { parseCsv, toCsv, toTabs } from '../../web/src/charts/csv';
import { formatDuration, formatInterval, formatNumber } from '../../web/src/charts/numbers';

describe('tables as text', () => {
  const table = {
    columns: ['name', 'value'],
    rows: [
      ['plain', 0.1],
      ['with, comma and "quotes"', null],
      ['two\nlines', 1e-12],
    ],
  };

  test('what is written is read again', () => {
    expect(parseCsv(toCsv(table))).toEqual([
      ['name', 'value'],
      ['plain', '0.1'],
      ['with, comma and "quotes"', ''],
      ['two\nlines', '1e-12'],
    ]);
  });

  test('the clipboard form has one line a row', () => {
    expect(toTabs(table).split('\n')).toHaveLength(5);
    expect(toTabs(table)).toContain('two lines\t1e-12');
  });

  test('tabs and semicolons separate too; a missing last line end does no harm', () => {
    expect(parseCsv('a\tb\r\n1\t2')).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
    expect(parseCsv('a;b\n1,5;2\n')).toEqual([
      ['a', 'b'],
      ['1,5', '2'],
    ]);
  });
});

describe('numbers for people', () => {
  test('three significant digits, also far from one', () => {
    expect(formatNumber(0.123456)).toBe('0.123');
    expect(formatNumber(12345.6)).toBe('12,346');
    expect(formatNumber(-0.5)).toBe('−0.5');
    expect(formatNumber(0)).toBe('0');
    expect(formatNumber(0.0000123)).toBe('1.23 × 10⁻⁵');
    expect(formatNumber(2.5e9)).toBe('2.50 × 10⁹');
  });

  test('what does not exist is a dash or its reason', () => {
    expect(formatNumber(null)).toBe('–');
    expect(formatNumber(NaN)).toBe('–');
    expect(formatInterval(null, 1, 'one member')).toBe('one member');
    expect(formatInterval(0.5, 1.25)).toBe('0.5 to 1.25');
  });

  test('durations', () => {
    expect([0.2, 12.4, 200, 4000].map(formatDuration)).toEqual([
      'under a second',
      '12 s',
      '3 min',
      '1 h 7 min',
    ]);
  });
});
