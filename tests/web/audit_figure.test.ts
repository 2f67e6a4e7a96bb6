import { expect, test } from 'vitest';
import { rowFigure } from '../../web/src/pages/audit/figure';
import { belongsInDesign, choiceWords } from '../../web/src/pages/audit/verdicts';
import type { AuditItem, AuditRow, Verdict } from '../../web/src/state/documents';

function item(label: string, estimate: number, verdict: Verdict): AuditItem {
  return {
    label,
    estimate,
    interval: [estimate - 1, estimate + 1],
    simultaneous: [null, null],
    verdict,
    note: null,
  };
}

function row(part: Partial<AuditRow> = {}): AuditRow {
  return {
    id: 'A1',
    assumption: 'Cells rest.',
    verdict: 'undecided',
    sentence: 'Found.',
    conditional: null,
    quantity: 'Drift (log)',
    logarithmic: false,
    margin: { low: 0, high: 0.2, why: 'because' },
    items: [item('a', 1, 'supported'), item('b', 2, 'violated'), item('c', 3, 'undecided')],
    items_left_out: 0,
    would_decide: null,
    extra_sample: null,
    consequence: null,
    choice: null,
    flag: null,
    evidence: '',
    ...part,
  };
}

test('what decides a row comes first, and the table has all of it', () => {
  const figure = rowFigure(row());
  expect(figure.table.rows.map((r) => r[0])).toEqual(['b', 'c', 'a']);
  const many = rowFigure(
    row({
      items: Array.from({ length: 200 }, (_, i) => item(`i${i}`, i, 'supported')),
    }),
  );
  expect(many.table.rows).toHaveLength(200);
  expect(many.description).toContain('30 of 200');
});

test('ratios of which one is nothing are not drawn on a log scale', () => {
  const none = rowFigure(row({ logarithmic: true, items: [item('a', 0, 'supported')] }));
  expect(JSON.stringify(none.option({ series: [] } as never, 800))).not.toContain('log scale');
  const some = rowFigure(row({ logarithmic: true, items: [item('a', 2, 'supported')] }));
  expect(JSON.stringify(some.option({ series: [] } as never, 800))).toContain('log scale');
});

test('a choice in words, and which samples belong in Design', () => {
  expect(choiceWords({ loss: 'controls_as_data', centred: false })).toBe(
    'a field that is not centred, controls as data',
  );
  expect(belongsInDesign(row({ verdict: 'not testable', extra_sample: 'a bridge' }))).toBe(true);
  expect(belongsInDesign(row({ verdict: 'no data', extra_sample: 'cell types' }))).toBe(false);
});
