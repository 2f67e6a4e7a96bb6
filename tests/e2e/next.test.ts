import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violations } from './accessibility';
import { bring, Site } from './browser';
import { groundwork } from './command';
import { exported, folder } from './pages';

/* What to measure next under a fit, and a layout carried through to a model: the numbers of the command line. */

interface NextAnswer {
  verdict: string[];
  value: number;
  conditions: { edits: string; information: number; target_sd: number | null }[];
  chosen: { condition: number }[];
}

let site: Site;
beforeAll(async () => void (site = await Site.start()));
afterAll(async () => site.stop());

const path = (file: string) => join(folder, `next-${file}`);

test('what to measure next: ranked, chosen together, for one effect, by time, and refused in words', async () => {
  writeFileSync(
    path('recipe.json'),
    JSON.stringify({
      genes: 10,
      network: { density: 0.2 },
      edits: 6,
      times: [1, 2, 4],
      layout: { levels: ['batch'], batches: 2, cells: 30, control_cells: 60 },
    }),
  );
  groundwork('simulate', '--recipe', path('recipe.json'), '-o', path('screen'));
  groundwork(
    ...['summarise', '--counts', path('screen/counts.csv.gz'), '--cells', path('screen/cells.csv.gz')],
    ...[
      '--perturbation',
      'perturbation',
      '--control',
      'non-targeting',
      '--batch',
      'batch',
      '--time',
      'time_d',
    ],
    ...['--time-unit', 'd', '-o', path('screen.json')],
  );
  groundwork(
    ...['fit', '--screen', path('screen.json'), '--model', 'production_decay', '--centred', '--genes', '10'],
    ...['--members', '1', '--epochs', '30', '-o', path('fit.json')],
  );
  groundwork(
    'project',
    '--screen',
    path('screen.json'),
    '--fit',
    path('fit.json'),
    '-o',
    path('a.groundwork'),
  );
  const asked = ['next', '--fit', path('fit.json'), '--screen', path('screen.json')];

  const { page, complaints } = await site.open();
  await bring(page, path('a.groundwork'));
  await page.getByRole('heading', { name: /cells in .* conditions/ }).waitFor();
  await page.getByRole('link', { name: /Next experiment/ }).click();
  await page.getByRole('button', { name: 'Rank' }).click();
  const verdict = page.getByTestId('next-verdict');
  await verdict.waitFor();
  const expected = groundwork<NextAnswer>(...asked, '--choose', '3');
  expect(await verdict.textContent()).toBe(expected.verdict[0]);
  const rows = await exported(page, 'candidates', 'next.csv');
  expect(rows.map((row) => row.edits)).toEqual(expected.conditions.map((one) => one.edits));
  rows.forEach((row, at) =>
    expect(Number(row.information_bits) / expected.conditions[at]!.information).toBeCloseTo(1, 6),
  );
  expect(rows.filter((row) => row.chosen_as !== '')).toHaveLength(3);
  expect(await violations(page)).toEqual([]);

  // The effect of one edit, and times of one edit.
  const target = expected.conditions[0]!.edits;
  await page.getByLabel(/The effect of this edit/).fill(target);
  await page.getByLabel(/The effect of this edit/).press('Tab');
  await page.getByText(/Out of date: what was asked changed/).waitFor();
  await page.getByRole('button', { name: 'Rank' }).click();
  await page.getByText(/would lower the standard deviation/).waitFor();
  const forOne = groundwork<NextAnswer>(...asked, '--choose', '3', '--target-edits', target);
  expect(await verdict.textContent()).toBe(forOne.verdict[0]);
  await page.getByRole('button', { name: 'Times of one edit' }).click();
  await page.getByRole('button', { name: 'Rank' }).click();
  await page.getByText(/As many times spread evenly would be worth/).waitFor();

  await page.getByLabel(/Edits, joined by/).fill('NOBODY');
  await page.getByLabel(/Edits, joined by/).press('Tab');
  await page.getByRole('button', { name: 'Rank' }).click();
  await page
    .getByRole('strong')
    .filter({ hasText: /cannot tell what NOBODY would teach/ })
    .waitFor();
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('pinned designs are carried through to a model, side by side, and a run is cancelled', async () => {
  const { page, complaints } = await site.open('#/design');
  await page.getByTestId('design-verdict').waitFor();
  const layout = path('layout.csv');
  const cells = (name: string, numbers: string) => `${name},${numbers}`;
  const rows = [
    'condition,b1,b2,b3',
    cells('control', '60,60,60'),
    ...[1, 2, 3, 4, 5, 6].map((k) => cells(`e${k}`, '20,20,20')),
  ];
  writeFileSync(layout, `${rows.join('\n')}\n`);
  await page.getByLabel('Layout file').setInputFiles(layout);
  await page.getByTestId('design-verdict').waitFor();
  await page.waitForTimeout(900);
  const card = page.getByTestId('rehearse');
  await card.getByText('What is simulated').click();
  await card.getByLabel('Genes modelled').fill('8');
  await card.getByLabel('Genes modelled').press('Tab');
  await card.getByRole('spinbutton', { name: 'Experiments' }).fill('3');
  await card.getByRole('spinbutton', { name: 'Experiments' }).press('Tab');
  await card.getByRole('button', { name: 'Rehearse' }).click();
  await card.getByTestId('rehearse-verdict').waitFor();
  const table = await exported(page, 'Rehearsal', 'rehearsal.csv');
  const by = (what: string) => Number(table.find((row) => row.what === what)!.mean);
  expect(by('measured, by the layout')).toBeGreaterThan(0);
  expect(by('no change')).toBeGreaterThan(0);
  expect(await violations(page)).toEqual([]);

  await card.getByRole('spinbutton', { name: 'Experiments' }).fill('100');
  await card.getByRole('spinbutton', { name: 'Experiments' }).press('Tab');
  await card.getByRole('button', { name: 'Rehearse' }).click();
  await card.getByRole('button', { name: 'Cancel' }).click();
  await card.getByRole('button', { name: 'Rehearse' }).waitFor();
  expect(Number((await exported(page, 'Rehearsal', 'kept.csv'))[0]!.mean)).toBe(Number(table[0]!.mean));
  expect(complaints).toEqual([]);
  await page.context().close();
});
