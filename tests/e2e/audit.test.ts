import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violations } from './accessibility';
import { bring, hasShared, shared, Site } from './browser';
import { groundwork, root } from './command';
import { exported, folder, openExample } from './pages';

interface AuditReply {
  summary: string;
  rows: { id: string; verdict: string; sentence: string }[];
}

let site: Site;
beforeAll(async () => void (site = await Site.start()));
afterAll(async () => site.stop());

async function audit(page: Page): Promise<void> {
  await page.getByRole('link', { name: /Audit/ }).first().click();
  await page.getByRole('button', { name: /Run the audit/ }).click();
  await page.getByTestId('audit-summary').waitFor({ timeout: 60_000 });
}

/** Verdicts as the page shows them, by row. */
async function verdicts(page: Page): Promise<Record<string, string>> {
  const rows = await page.locator('[data-verdict]').all();
  return Object.fromEntries(
    await Promise.all(
      rows.map(async (row) => [
        (await row.getAttribute('data-testid'))!.replace('audit-', ''),
        (await row.getAttribute('data-verdict'))!,
      ]),
    ),
  ) as Record<string, string>;
}

test('the audit of an example, beside the command line; its choice reaches Fit, its sample reaches Design', async () => {
  const { page, foreign, complaints } = await site.open();
  await openExample(page, 'Knock-out time course');
  await audit(page);

  const example = join(root, 'examples/hipsc_time_course');
  const screen = join(folder, 'audit-screen.json');
  groundwork(
    ...['summarise', '--counts', `${example}/counts.csv.gz`, '--cells', `${example}/cells.csv.gz`],
    ...['--perturbation', 'perturbation', '--control', 'non-targeting', '--batch', 'batch'],
    ...['--time', 'time_d', '--time-unit', 'd', '--modality', 'knockout', '-o', screen],
  );
  const reply = groundwork<AuditReply>('audit', '--screen', screen);
  expect(await page.getByTestId('audit-summary').innerText()).toBe(reply.summary);
  expect(await verdicts(page)).toEqual(Object.fromEntries(reply.rows.map((row) => [row.id, row.verdict])));
  for (const row of reply.rows) {
    expect(await page.getByTestId(`audit-${row.id}`).innerText()).toContain(row.sentence);
  }
  expect(await violations(page)).toEqual([]);

  // Every batch of this screen has one day: a drift of its controls cannot be told from one of its batches.
  expect((await verdicts(page)).A1).toBe('not testable');
  await page.getByTestId('audit-A1').getByRole('link', { name: 'Plan it in Design' }).click();
  await page.getByTestId('wanted-sample').waitFor();
  expect(await page.getByTestId('wanted-sample').innerText()).toContain('A1');
  expect(foreign).toEqual([]);
  expect(complaints).toEqual([]);
});

test.skipIf(!hasShared)('retinoic acid: unedited cells move, and one click frees the field', async () => {
  const { page } = await site.open('#/data');
  await bring(page, `${shared}/data/semrau_mesc_retinoic_acid/counts.csv.gz`);
  await page.getByRole('button', { name: /Summarise/ }).click();
  await page.getByRole('heading', { name: /cells in .* conditions/ }).waitFor();
  await audit(page);
  const row = page.getByTestId('audit-A1');
  expect(await row.getAttribute('data-verdict')).toBe('violated');
  expect(await row.innerText()).toContain('one batch');
  const drift = await exported(page, 'A1: against the margin', 'a1.csv');
  expect(drift.length).toBe(8);
  await row.getByRole('button', { name: /Use for the fit/ }).click();
  await row.getByRole('link', { name: 'Go to Fit' }).click();
  await page.getByRole('heading', { name: 'Fit', exact: true }).waitFor();
  expect(
    await page
      .getByLabel(/centred|rest/i)
      .first()
      .isChecked(),
  ).toBe(false);
});

test.skipIf(!hasShared)(
  'Papalexi: one time, no pairs, controls in every replicate; a changed screen is said',
  async () => {
    const { page } = await site.open('#/data');
    await bring(page, `${shared}/data/papalexi_thp1_eccite/papalexi.h5ad`);
    await page.getByRole('button', { name: /Summarise/ }).click({ timeout: 30_000 });
    await page.getByRole('heading', { name: /cells in .* conditions/ }).waitFor({ timeout: 30_000 });
    await audit(page);
    const shown = await verdicts(page);
    expect(shown).toMatchObject({
      A1: 'not testable',
      A5: 'not testable',
      A7: 'supported',
      A8: 'no data',
      A10: 'not testable',
      A11: 'no data',
    });
    expect(await page.getByTestId('audit-A3').innerText()).toContain('signature');
    await page.getByRole('link', { name: /Data/ }).first().click();
    await page.getByRole('button', { name: /Summarise/ }).click();
    await page.waitForTimeout(500);
    await page.getByRole('link', { name: /Audit/ }).first().click();
    await page.getByText(/Out of date/).waitFor({ timeout: 30_000 });
    // What was found stays until there is something newer.
    expect(await verdicts(page)).toEqual(shown);
  },
);
