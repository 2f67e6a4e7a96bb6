import { expect, test } from 'vitest';
import { initialChoices } from '../../web/src/pages/design/choices';
import {
  initialOptimise,
  specOf,
  withPrices,
  type PricePreset,
} from '../../web/src/pages/design/optimiseSpec';

const layout = {
  conditions: ['control', 'A'],
  batches: ['b1', 'b2'],
  levels: [],
  cells: [
    [100, 100],
    [50, 50],
  ],
};
const choices = { ...initialChoices(), problem: { layout, control: ['control'], contrasts: null } };
const preset: PricePreset = {
  id: 'some',
  name: 'Some',
  source: 'a list',
  seen: '2026-11-28',
  unit: null,
  placeholder: false,
  batch: 2800 / 3,
  cell: 0.086,
  read: 0.374e-6,
};

test('a preset sets the prices, of reads by the million', () => {
  const choice = withPrices(initialOptimise, preset);
  expect(choice).toMatchObject({ prices: 'some', priceBatch: 933.333, priceCell: 0.086, priceReads: 0.374 });
  const spec = specOf(choices, choice) as { prices: { batch: number; cell: number; read: number } };
  expect(spec.prices.read).toBeCloseTo(0.374e-6, 12);
  expect(spec).toHaveProperty('depth', { share: 1e-4, dispersion: 0.2 });
});

test('depth stays as it is while reads cost nothing', () => {
  expect(specOf(choices, initialOptimise)).not.toHaveProperty('depth');
  expect(specOf(choices, initialOptimise).prices).toEqual({ batch: 0, cell: 1, read: 0 });
});
