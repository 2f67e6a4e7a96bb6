import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violations } from './accessibility';
import { Site } from './browser';
import { groundwork, root } from './command';
import { exported, folder, openExample } from './pages';

/* Cells of every edit, batch by batch: the numbers of the command line, with and without numbers at the start. */

let site: Site;
beforeAll(async () => void (site = await Site.start()));
afterAll(async () => site.stop());

test('an example: cells are counted, a table of the start gives growth, a damaged one is refused', async () => {
  const { page, foreign, complaints } = await site.open();
  await openExample(page, 'Screen with one strong module');
  await page.getByRole('link', { name: /Abundance/ }).click();
  await page.getByRole('button', { name: /Count every edit/ }).click();
  const sentence = page.getByTestId('abundance-sentence');
  await sentence.waitFor();

  const example = join(root, 'examples/eccite_interferon');
  const screen = join(folder, 'abundance-screen.json');
  groundwork(
    ...['summarise', '--counts', `${example}/counts.csv.gz`, '--cells', `${example}/cells.csv.gz`],
    ...['--perturbation', 'perturbation', '--control', 'non-targeting', '--batch', 'replicate', '-o', screen],
  );
  type Answer = {
    verdict: string[];
    effects: { edit: string; fold: { value: number }; growth: { value: number } }[];
  };
  const counted = groundwork<Answer>('abundance', '--screen', screen);
  expect(await sentence.textContent()).toBe(counted.verdict[0]);
  const rows = await exported(page, 'edits', 'abundance.csv');
  expect(rows).toHaveLength(counted.effects.length);
  for (const { edit, fold } of counted.effects)
    expect(Number(rows.find((row) => row.edit === edit)!.log_fold_value)).toBeCloseTo(fold.value, 9);
  expect(await violations(page)).toEqual([]);

  const table = ['edit,number', 'control,6', ...counted.effects.map(({ edit }) => `${edit},1`)].join('\n');
  const library = join(folder, 'library.csv');
  writeFileSync(library, table);
  await page.getByLabel('Numbers at the start', { exact: true }).setInputFiles(library);
  await page
    .getByText(/out of date/)
    .first()
    .waitFor();
  await page.getByRole('button', { name: /Count again/ }).click();
  await page.getByRole('heading', { name: 'Growth' }).waitFor();
  const grown = groundwork<Answer>('abundance', '--screen', screen, '--input', library);
  expect(await sentence.textContent()).toBe(grown.verdict[0]);
  for (const row of await exported(page, 'edits', 'growth.csv'))
    expect(Number(row.growth_per_day_value)).toBeCloseTo(
      grown.effects.find(({ edit }) => edit === row.edit)!.growth.value,
      9,
    );

  writeFileSync(library, `${table}\ncontrol,6\n`);
  await page.getByLabel('Numbers at the start', { exact: true }).setInputFiles(library);
  await page
    .getByText(/out of date/)
    .first()
    .waitFor();
  await page.getByRole('button', { name: /Count again/ }).click();
  await page
    .getByText(/is there twice/)
    .first()
    .waitFor();
  expect(await sentence.textContent()).toBe(grown.verdict[0]);
  expect(foreign).toEqual([]);
  expect(complaints).toEqual([]);
  await page.close();
});
