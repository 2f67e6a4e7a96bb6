import { describe, expect, test } from 'vitest';
import { initialChoices, typicalScreens } from '../../web/src/pages/design/choices';
import {
  figureAt,
  typicalGuides,
  typicalVariances,
  type TypicalFigure,
} from '../../web/src/pages/design/typical';

const quantiles = (values: number[]) => ({
  '0.1': values[0]!,
  '0.25': values[1]!,
  '0.5': values[2]!,
  '0.75': values[3]!,
  '0.9': values[4]!,
});
const figure: TypicalFigure = {
  pooled: 0.002,
  planned: 0.002,
  genes: 100,
  estimates: quantiles([0, 0, 0, 0.003, 0.01]),
  between_genes: {
    quantiles: quantiles([0.0001, 0.0003, 0.001, 0.003, 0.01]),
    log_sd: 1.7,
    genes: 100,
    may_be_zero: false,
  },
  reason: null,
};

describe('typical values', () => {
  test('quantiles are those without the error of estimation; pooled is pooled', () => {
    expect(figureAt(figure, 'pooled')).toBe(0.002);
    expect(figureAt(figure, '0.5')).toBe(0.001);
    expect(figureAt({ ...figure, between_genes: null }, '0.75')).toBe(0.003);
  });

  test('what to plan with is the core’s to say', () => {
    expect(figureAt({ ...figure, pooled: 1e-6, planned: 0.01 }, 'pooled')).toBe(0.01);
    expect(figureAt({ ...figure, pooled: null, planned: null }, 'pooled')).toBeNull();
  });

  test('presets come from the stored figures, with their source and date, and only with batches', () => {
    expect(typicalScreens.map((screen) => screen.id)).toEqual(['typical', 'targeted', 'bulk']);
    for (const screen of typicalScreens) {
      expect(screen.source).toMatch(/Estimated by this program \(script\/typical, \d{4}-\d{2}-\d{2}\)/);
      expect(screen.variances.sb2.batch).toBeGreaterThan(0);
      expect(screen.variances.sg2).toBeGreaterThan(0);
      const loud = typicalVariances(screen.figures, '0.75', 'batch');
      const quiet = typicalVariances(screen.figures, '0.25', 'batch');
      expect(loud.sb2.batch).toBeGreaterThan(quiet.sb2.batch!);
      expect(loud.sg2).toBeGreaterThan(quiet.sg2);
    }
    expect(initialChoices().variances).toEqual(typicalScreens[0]!.variances);
    expect(typicalScreens[0]!.variances).toEqual({ sb2: { batch: 0.025 }, sg2: 0.0017, sw2: 8.4 });
    expect(typicalScreens[1]!.variances).toEqual({ sb2: { batch: 0.017 }, sg2: 0.00062, sw2: 0.88 });
  });

  test('two and three batches are said to be weak', () => {
    expect(typicalScreens[0]!.figures.weak[0]).toMatch(/^weak: three batches/);
    expect(typicalScreens[1]!.figures.weak[0]).toMatch(/^weak: two batches/);
  });

  test('guides differ as those of the screen do', () => {
    const { efficacy_sd, off_target_sd } = typicalGuides(typicalScreens[1]!)!;
    expect(efficacy_sd).toBeGreaterThan(0);
    expect(off_target_sd).toBeGreaterThanOrEqual(0);
    expect(typicalGuides(typicalScreens[2]!)).toBeNull();
  });
});
