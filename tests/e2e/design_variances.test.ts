import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violations } from './accessibility';
import { Site } from './browser';
import { groundwork } from './command';
import { exported, folder, openExample } from './pages';

/** What the page opens with. */
const typical = ['--sb2', '0.025', '--sg2', '0.0017', '--sw2', '8.4'];
function gridOf(perturbations: number, batches: number, cells: number, control: number): string {
  const names = Array.from({ length: batches }, (_, b) => `b${b + 1}`);
  const row = (name: string, n: number) => [name, ...names.map(() => n)].join(',');
  const edits = Array.from({ length: perturbations }, (_, p) => row(`P${p + 1}`, cells));
  return [['condition', ...names].join(','), row('control', control), ...edits].join('\n') + '\n';
}

let site: Site;
beforeAll(async () => void (site = await Site.start()));
afterAll(async () => site.stop());

test('typical values: presets with their source, and a loaded screen takes their place', async () => {
  const { page, complaints } = await site.open('#/design');
  await page.getByTestId('design-verdict').waitFor();
  await page.getByText(/Papalexi et al. 2021.*Estimated by this program/).waitFor();
  await page.getByText(/^weak: three batches at level bio_rep/).waitFor();
  const gene = page.getByLabel('Its gene');
  const slider = page.getByLabel('s_w², between cells').first();
  const before = await slider.inputValue();
  await gene.selectOption('0.75');
  await expect.poll(() => slider.inputValue()).not.toBe(before);
  await page.getByText('Figures of this screen').click();
  const table = page.getByRole('table', { name: /Papalexi 2021: variances over genes/ });
  expect(await table.getByRole('row').count()).toBe(7);
  await page.getByLabel('Taken from').selectOption('targeted');
  await page.getByText(/^weak: two batches at level batch/).waitFor();
  expect(await violations(page)).toEqual([]);

  // A pilot of one's own.
  await page.goto(page.url().replace(/#.*/, '#/'));
  await openExample(page, 'Screen with one strong module');
  await page.getByRole('link', { name: 'Design' }).click();
  await page.getByRole('button', { name: /Estimate from the loaded screen/ }).click();
  await expect.poll(() => page.getByLabel('Taken from').inputValue(), { timeout: 20_000 }).toBe('screen');
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('a pilot says how many batches the variances need, as the command line does', async () => {
  const { page, complaints } = await site.open('#/design');
  await page.getByTestId('design-verdict').waitFor();
  const card = page.getByTestId('design-pilot');
  await card.getByRole('button', { name: 'Work out' }).click();
  await card.getByTestId('pilot-verdict').waitFor();
  const layout = join(folder, 'pilot.csv');
  writeFileSync(layout, gridOf(25, 3, 100, 500));
  const reply = groundwork('pilot', '--layout', layout, '--control', 'control', ...typical) as {
    verdict: string[];
    sizes: { batches: number; power: [number | null, number | null] }[];
  };
  expect(await card.getByTestId('pilot-verdict').locator('p').allInnerTexts()).toEqual(reply.verdict);
  const rows = await exported(page, 'How large a pilot', 'pilot.csv');
  expect(rows.map((row) => Number(row.batches))).toEqual(reply.sizes.map((size) => size.batches));
  expect(Number(rows.at(-1)!['power least'])).toBeCloseTo(reply.sizes.at(-1)!.power[0]!, 6);
  await page.getByLabel('Batches fixed').check();
  await card.getByText('The design has changed since.').waitFor();
  expect(await violations(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('prices come dated and give way to your own', async () => {
  const { page, complaints } = await site.open('#/design');
  await page.getByTestId('design-verdict').waitFor();
  const card = page.getByTestId('design-optimise');
  await expect.poll(() => card.getByLabel('Prices').locator('option').count()).toBe(5);
  await card.getByLabel('Prices').selectOption('placeholder');
  await card.getByText(/^Placeholder: nobody's prices.*2026/).waitFor();
  await card.getByLabel('Prices').selectOption('perturbplan');
  expect(await card.getByLabel('Price of a cell').inputValue()).toBe('0.086');
  expect(await card.getByLabel('Of a million reads').inputValue()).toBe('0.374');
  await card.getByLabel('Price of a batch').fill('100');
  await card.getByLabel('Price of a batch').press('Tab');
  await card.getByText('Your own prices, in any one currency.').waitFor();
  expect(await card.getByLabel('Prices').inputValue()).toBe('own');
  await card.getByRole('button', { name: 'Search' }).click();
  await card.getByTestId('optimise-result').waitFor({ timeout: 60_000 });
  expect(await violations(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("power over the genes of a screen: all, one, a set, and in PerturbPlan's setting", async () => {
  const { page, complaints } = await site.open('#/');
  await openExample(page, 'Screen with one strong module');
  await page.getByRole('link', { name: 'Design' }).click();
  await page.getByRole('button', { name: /Estimate from the loaded screen/ }).click();
  const card = page.getByTestId('design-power');
  await card.waitFor();
  await expect
    .poll(() => card.getByLabel('Genes', { exact: true }).locator('option[disabled]').count())
    .toBe(0);
  await card.getByLabel('Genes', { exact: true }).selectOption('screen');
  const sentence = card.getByTestId('power-genes');
  await sentence.waitFor();
  const count = Number(/^(\d+) genes of the screen/.exec(await sentence.innerText())![1]);
  const rows = await exported(page, 'Every gene', 'genes.csv');
  expect(rows).toHaveLength(count);
  const shown = Number(
    (
      await card
        .getByRole('row', { name: /^Power/ })
        .getByRole('cell')
        .nth(2)
        .innerText()
    ).replace(',', ''),
  );
  const sorted = rows.map((row) => Number(row.power)).sort((a, b) => a - b);
  const middle = (sorted[(count - 1) >> 1]! + sorted[count >> 1]!) / 2;
  expect(Math.abs(shown - middle)).toBeLessThan(0.006);
  await card.getByLabel('Only these').fill(rows[0]!.gene!);
  await card.getByLabel('Only these').press('Tab');
  await expect.poll(() => sentence.innerText()).toBe(`Of ${rows[0]!.gene} alone.`);
  const gmt = join(folder, 'sets.gmt');
  writeFileSync(
    gmt,
    `first ten\t\t${rows
      .slice(0, 10)
      .map((row) => row.gene)
      .join('\t')}\n`,
  );
  await card.getByLabel('Or a gene set').setInputFiles(gmt);
  await expect.poll(() => sentence.innerText()).toMatch(/^10 genes of the set first ten: power is/);
  expect(await violations(page)).toEqual([]);
  await card.getByLabel('Setting').selectOption('perturbplan');
  await card.getByLabel('Fold, sd between guides').waitFor();
  await expect.poll(() => card.getByRole('row', { name: /^Standard error/ }).count()).toBe(0);
  expect(await card.getByLabel('Fold change').inputValue()).toBe('0.85');
  expect(complaints).toEqual([]);
  await page.context().close();
});
