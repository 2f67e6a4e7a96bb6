import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violations } from './accessibility';
import { bring, hasShared, shared, Site } from './browser';
import { groundwork } from './command';
import { exported, folder, openExample } from './pages';

/* Effects of the loaded screen: the numbers of the command line, the volcano, the guides. */

let site: Site;
beforeAll(async () => void (site = await Site.start()));
afterAll(async () => site.stop());

test('an example: every edit is tested, one is looked at, its genes are saved', async () => {
  const { page, foreign, complaints } = await site.open();
  await openExample(page, 'Screen with one strong module');
  await page.getByRole('link', { name: /Effects/ }).click();
  await page.getByRole('button', { name: /Test every edit/ }).click();
  await page.getByTestId('effects-sentence').waitFor();
  expect(await page.getByTestId('effects-sentence').textContent()).toMatch(
    /edited conditions move at least one of/,
  );
  const rows = await exported(page, 'genes', 'effects.csv');
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows) expect(Number(row.p)).toBeLessThanOrEqual(Number(row.q) + 1e-12);
  expect(await violations(page)).toEqual([]);
  expect(foreign).toEqual([]);
  expect(complaints).toEqual([]);
  await page.close();
});

test.skipIf(!hasShared)('Papalexi: hits beside the command line', async () => {
  const { page } = await site.open();
  const papalexi = join(shared, 'data/papalexi_thp1_eccite');
  await bring(page, join(papalexi, 'papalexi.h5ad'));
  await page.getByRole('button', { name: 'Summarise', exact: true }).click();
  await page.getByRole('heading', { name: /cells in .* conditions/ }).waitFor();
  await page.getByRole('link', { name: /Effects/ }).click();
  await page.getByRole('button', { name: /Test every edit/ }).click();
  await page.getByTestId('effects-sentence').waitFor({ timeout: 60_000 });
  const stored = join(folder, 'papalexi-effects.json');
  groundwork(
    ...[
      'summarise',
      '--counts',
      join(papalexi, 'matrix.mtx.gz'),
      '--features',
      join(papalexi, 'features.tsv.gz'),
    ],
    ...['--barcodes', join(papalexi, 'barcodes.tsv.gz'), '--cells', join(papalexi, 'cells.csv.gz')],
    ...['--perturbation', 'target', '--control', 'non-targeting', '--batch', 'bio_rep', '--guide', 'grna'],
    ...['-o', stored],
  );
  const { verdict } = groundwork<{ verdict: string[] }>('effects', '--screen', stored);
  expect(await page.getByTestId('effects-sentence').textContent()).toBe(verdict[0]);
  expect(await page.getByText(/Non-targeting guides left out/).textContent()).toBe(verdict[1]);
  await page.close();
});
