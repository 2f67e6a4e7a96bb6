import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { parseCsv } from '../../web/src/charts/csv';

/* Steps that the tests of Design, Fit and Predict share. */

export const folder = mkdtempSync(join(tmpdir(), 'groundwork-e2e-'));

/** The file that pressing `button` saves, under its own name in a folder for these tests. */
export async function saved(page: Page, button: Locator, name: string): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  const path = join(folder, name);
  await download.saveAs(path);
  return path;
}

/** Rows of a CSV that an export menu saves, by column. */
export async function exported(page: Page, title: string, name: string): Promise<Record<string, string>[]> {
  const menu = page.locator('details.menu', { has: page.locator('summary', { hasText: title }) }).first();
  await menu.locator('summary').click();
  const path = await saved(page, menu.getByRole('button', { name: 'CSV' }), name);
  const [columns = [], ...rows] = parseCsv(readFileSync(path, 'utf8'));
  return rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at] ?? ''])));
}

/** Opens an example from the start page and waits until it is summarised. */
export async function openExample(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: new RegExp(title) }).click();
  await page.getByRole('heading', { name: /cells in .* conditions/ }).waitFor();
}

/** Numbers as the page writes them. */
export function numberIn(text: string): number {
  return Number(text.replaceAll('−', '-').replaceAll(',', '').trim());
}
