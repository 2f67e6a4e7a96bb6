import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violations } from './accessibility';
import { Site } from './browser';
import { groundwork } from './command';
import { exported, folder, saved } from './pages';

let site: Site;
beforeAll(async () => void (site = await Site.start()));
afterAll(async () => site.stop());

async function settled(page: Page): Promise<void> {
  await page.getByTestId('design-verdict').waitFor();
  await page.waitForTimeout(900);
}

/** Puts a layout on the page by its file. */
async function bring(page: Page, text: string): Promise<void> {
  const path = join(folder, 'lab.csv');
  writeFileSync(path, text);
  await page.getByLabel('Layout file').setInputFiles(path);
  await settled(page);
}

test('a confounded layout is explained, drawn and repaired with one press', async () => {
  const { page, complaints } = await site.open('#/design');
  await settled(page);
  await bring(page, 'condition,b1,b2,b3\ncontrol,100,100,0\nA,50,50,0\nB,0,0,50\n');
  await page.getByLabel(/Batches fixed/).check();
  await page.getByTestId('design-repairs').waitFor();
  const sentence = await page.getByTestId('design-repairs').locator('li p').first().innerText();
  expect(sentence).toContain('"B" cannot be estimated');
  expect(sentence).toContain('make it estimable, with a standard error of');
  expect(await page.getByRole('img', { name: /Graph of batches and conditions in 2 parts/ }).count()).toBe(1);
  expect(await violations(page)).toEqual([]);
  await page.getByTestId('design-repairs').getByRole('button').first().click();
  await settled(page);
  await page.getByTestId('design-repairs').waitFor({ state: 'detached' });
  const rows = await exported(page, 'Every contrast', 'repaired.csv');
  expect(rows.every((row) => row.estimable === 'true')).toBe(true);
  // The standard error is the one that the sentence promised.
  const promised = Number(/standard error of (\d*\.\d+)/.exec(sentence)![1]);
  expect(Number(rows.find((row) => row.contrast === 'B')!.se) / promised).toBeCloseTo(1, 2);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('two designs are pinned and compared, by keyboard', async () => {
  const { page } = await site.open('#/design');
  await settled(page);
  const pin = page.getByRole('button', { name: 'Pin this design' });
  await page.getByLabel('Name', { exact: true }).fill('complete');
  await pin.focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('Ready layout').selectOption('one_batch_each');
  await settled(page);
  await pin.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('rowheader', { name: 'Design 2' }).waitFor();
  const rows = await exported(page, 'Designs side by side', 'pins.csv');
  expect(rows.map((row) => row.design)).toEqual(['complete', 'Design 2']);
  expect(Number(rows[0]!['median se'])).toBeLessThan(Number(rows[1]!['median se']));
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Show complete' }).click();
  await settled(page);
  expect((await exported(page, 'Every contrast', 'shown.csv')).length).toBe(25);
  await page.context().close();
});

test('a search runs, is the command line’s, and its layout goes into the grid', async () => {
  const { page } = await site.open('#/design');
  await settled(page);
  await bring(page, 'condition,b1,b2\ncontrol,50,50\nA,50,50\nB,50,50\nC,50,50\nD,50,50\n');
  const card = page.getByTestId('design-optimise');
  await card.getByLabel('Budget').fill('1200');
  await card.getByLabel('Batches, most').fill('3');
  await card.getByLabel('Cells in a batch, most').fill('400');
  await card.getByRole('button', { name: 'Search' }).click();
  await page.getByTestId('optimise-result').waitFor();
  expect(await page.getByTestId('optimise-result').innerText()).toContain('3 batches with 1200 cells');
  const spec = await saved(page, card.getByRole('button', { name: 'Save spec' }), 'spec.json');
  const result = await saved(page, card.getByRole('button', { name: 'Save result' }), 'result.json');
  const here = JSON.parse(readFileSync(result, 'utf8')) as { value: number; bound: number };
  const there = groundwork<{ value: number }>('optimise', '--spec', spec);
  expect(here.value / there.value).toBeCloseTo(1, 6);
  expect(here.value / here.bound).toBeCloseTo(1, 2);
  await card.getByRole('button', { name: 'Put it into the grid' }).click();
  await settled(page);
  const rows = await exported(page, 'Every contrast', 'found.csv');
  const mean = rows.reduce((sum, row) => sum + Number(row.variance), 0) / rows.length;
  expect(mean / here.value).toBeCloseTo(1, 5);
  expect(await violations(page)).toEqual([]);
  await page.context().close();
});

test('power, what would help, and the way to the bench', async () => {
  const { page } = await site.open('#/design', { theme: 'dark' });
  await settled(page);
  const power = page.getByTestId('design-power');
  await power
    .getByText(/false discovery rate of 10 %/)
    .first()
    .waitFor();
  const before = await power.locator('p').first().innerText();
  await power.getByLabel('Fold change').fill('0.2');
  await settled(page);
  expect(await power.locator('p').first().innerText()).not.toBe(before);
  const help = page.getByTestId('design-suggestions');
  expect(await help.locator('li').count()).toBeGreaterThan(0);
  await help.getByRole('button').first().click();
  await settled(page);
  const bench = page.getByTestId('design-bench');
  expect(await page.getByTestId('design-methods').innerText()).toContain('generalised least squares');
  await bench.getByRole('button', { name: 'Make a sheet' }).click();
  const sheet = await saved(page, bench.getByRole('button', { name: 'Save sheet as CSV' }), 'sheet.csv');
  const lines = readFileSync(sheet, 'utf8').trim().split(/\r?\n/);
  expect(lines[0]).toBe('batch,plate,well,condition,cells');
  expect(lines.length).toBeGreaterThan(26 * 3);
  await page.getByText('Guides, depth, clones').click();
  await page.getByLabel('Guides differ').check();
  await settled(page);
  expect(await violations(page)).toEqual([]);
  await page.context().close();
});
