import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { violations } from './accessibility';
import { bring, bringMade, refusal, Site } from './browser';
import { folder, openExample, saved } from './pages';

let site: Site;
beforeAll(async () => void (site = await Site.start()));
afterAll(async () => site.stop());

/** A table in which a whole-number column, a score and the genes look alike. */
function table(score: (cell: number) => string): string {
  const rows = Array.from({ length: 24 }, (_, c) =>
    [`c${c}`, c % 2 === 0 ? 'non-targeting' : 'G1', score(c), 1 + (c % 3), c % 5, 7 + (c % 4)].join(','),
  );
  return ['cell,perturbation,X7,G0,G1,G2', ...rows].join('\n');
}

describe('on Data', () => {
  test('a column taken for a gene is named as metadata, and roles chosen before stay', async () => {
    const { page, complaints } = await site.open('#/data');
    await bringMade(page, { name: 'a.csv', content: table((c) => String(c * 7919)) });
    await page.getByText('24 cells × 4 genes').waitFor();
    await page.getByLabel('Modality').selectOption('crispri');
    const named = page.getByLabel('Columns that are no genes');
    await named.fill('X7');
    await named.press('Enter');
    await page.getByText('24 cells × 3 genes').waitFor();
    expect(await page.getByLabel('Role of X7').count()).toBe(1);
    expect(await page.getByLabel('Modality').inputValue()).toBe('crispri');
    await named.fill('X7, X8');
    await named.press('Enter');
    const refused = await refusal(page);
    expect(refused.code).toBe('roles.unknown_column');
    expect(refused.text).toContain("'X8'");
    expect(await page.getByText('24 cells × 3 genes').count()).toBe(1);
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('a column that holds no counts is refused, named as metadata beside the refusal, and read', async () => {
    const { page } = await site.open('#/data');
    await bringMade(page, { name: 'a.csv', content: table((c) => (c / 8).toString()) });
    const refused = await refusal(page);
    expect(refused.code).toBe('counts.not_counts');
    expect(refused.text).toContain('Columns that are no genes');
    await page.getByLabel('Columns that are no genes').fill('X7');
    await page.getByLabel('Columns that are no genes').press('Enter');
    await page.getByText('24 cells × 3 genes').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.context().close();
  });

  test('the seed is a choice, and is stored', async () => {
    const { page } = await site.open();
    await openExample(page, 'A confounded design');
    await page.getByLabel('Seed', { exact: true }).fill('7');
    await page.getByText('The summary is out of date: another seed was chosen.').waitFor();
    await page.getByRole('button', { name: 'Summarise again' }).click();
    await page.getByText('The summary is out of date').waitFor({ state: 'detached' });
    const path = await saved(page, page.getByRole('button', { name: 'Save project' }), 'seed.groundwork');
    expect(readFileSync(path, 'latin1')).toContain('"seed":7');
    await page.context().close();
  });

  test('a summary that takes long is cancelled, and what was there stays', async () => {
    const { page } = await site.open();
    await openExample(page, 'A confounded design');
    const heading = await page.getByRole('heading', { name: /cells in .* conditions/ }).innerText();
    const genes = Array.from({ length: 400 }, (_, g) => `G${g}`).join(',');
    const counts = Array.from({ length: 400 }, (_, g) => String(g % 4)).join(',');
    const rows = Array.from({ length: 24_000 }, (_, c) => `c${c},${c % 3 === 0 ? 'ntc' : 'G1'},${counts}`);
    const large = join(folder, 'large.csv');
    writeFileSync(large, [`cell,perturbation,${genes}`, ...rows].join('\n'));
    await bring(page, large);
    await page.getByText('24,000 cells × 400 genes').waitFor();
    await page.getByRole('button', { name: /^Summarise/ }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('progressbar').waitFor({ state: 'detached' });
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await page.getByRole('heading', { name: heading }).isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Summarise again' }).click();
    await page.getByRole('heading', { name: /24,000 of 24,000 cells/ }).waitFor();
    await page.context().close();
  });
});

test('a project that was saved is offered on the start page, opens, and is removed', async () => {
  const { page, foreign, complaints } = await site.open();
  expect(await page.getByRole('heading', { name: 'Recent projects' }).count()).toBe(0);
  await openExample(page, 'A confounded design');
  await saved(page, page.getByRole('button', { name: 'Save project' }), 'recent.groundwork');
  await page.reload();
  await page.getByRole('link', { name: 'Groundwork' }).click();
  await page.getByRole('heading', { name: 'Recent projects' }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'counts.groundwork', exact: true }).click();
  await page.getByRole('heading', { name: /1,520 of 1,520 cells/ }).waitFor();
  await page.getByRole('link', { name: 'Groundwork' }).click();
  await page.getByRole('button', { name: 'Remove counts.groundwork' }).click();
  await page.getByRole('heading', { name: 'Recent projects' }).waitFor({ state: 'detached' });
  await page.reload();
  await page.getByRole('button', { name: /A confounded design/ }).waitFor();
  expect(await page.getByRole('heading', { name: 'Recent projects' }).count()).toBe(0);
  expect(foreign).toEqual([]);
  expect(complaints).toEqual([]);
  await page.context().close();
});
