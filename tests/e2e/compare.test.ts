import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violations } from './accessibility';
import { bring, Site } from './browser';
import { groundwork, root } from './command';
import { exported, folder, numberIn, openExample, saved } from './pages';

/* Comparing models: the numbers of the command line, the steady-state experiment, cancelling, tables of states. */

interface Comparison {
  results: { models: { name: string; scores: { mse: { mean: number } } }[]; verdict: string[] };
}

let site: Site;
beforeAll(async () => void (site = await Site.start()));
afterAll(async () => site.stop());

async function choose(page: Page, fields: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(fields)) {
    await page.getByLabel(label, { exact: true }).fill(value);
    await page.getByLabel(label, { exact: true }).press('Tab');
  }
}

/** Mean square errors that the page shows, beside those of the command line. */
async function expectScores(page: Page, comparison: Comparison): Promise<void> {
  for (const { name, scores } of comparison.results.models) {
    const cell = page.locator(`[data-score="${name}"] td`).first();
    const shown = numberIn((await cell.innerText()).split('\n')[0]!);
    // Baselines have a closed form; fields are trained in float, by another compiler's arithmetic.
    const tolerance = name.includes(':') ? 0.1 : 0.006;
    expect(Math.abs(shown / scores.mse.mean - 1), name).toBeLessThan(tolerance);
  }
}

test('two models on a time course: scores of the command line, the experiment, a cancelled run', async () => {
  const { page, foreign, complaints } = await site.open();
  await openExample(page, 'Knock-out time course');
  await page.getByRole('link', { name: /Compare/ }).click();
  await choose(page, { Folds: '2', Seeds: '1', Genes: '20', 'Most epochs': '40' });
  await page.getByRole('button', { name: 'Compare models' }).click();
  await page.getByTestId('compare-verdict').waitFor({ timeout: 90_000 });

  const screen = join(folder, 'compared.json');
  const example = join(root, 'examples/hipsc_time_course');
  groundwork(
    ...['summarise', '--counts', `${example}/counts.csv.gz`, '--cells', `${example}/cells.csv.gz`],
    ...['--perturbation', 'perturbation', '--control', 'non-targeting', '--batch', 'batch'],
    ...['--time', 'time_d', '--time-unit', 'd', '--modality', 'knockout', '-o', screen],
  );
  await expectScores(
    page,
    groundwork<Comparison>(
      ...['compare', '--screen', screen, '--models', 'production_decay:centred,linear:centred'],
      ...['--folds', '2', '--seeds', '1', '--genes', '20', '--epochs', '40'],
    ),
  );
  const rows = await exported(page, 'Scores', 'compare-scores.csv');
  expect(rows.map(({ predictor }) => predictor)).toEqual(
    expect.arrayContaining(['no_change', 'ridge', 'linear:centred']),
  );
  for (const row of rows) if (row.mse_low !== '') expect(Number(row.mse_low)).toBeGreaterThanOrEqual(0);
  expect(await violations(page)).toEqual([]);

  await page.getByRole('button', { name: 'Run the experiment' }).click();
  await page.getByTestId('experiment-verdict').waitFor({ timeout: 120_000 });
  expect(await page.getByTestId('experiment-verdict').innerText()).toMatch(/steady|rest|controls/i);
  expect(await violations(page)).toEqual([]);

  await choose(page, { Seeds: '20', 'Most epochs': '20000' });
  await page.getByRole('button', { name: 'Compare models' }).click();
  await page.getByTestId('compare-progress').waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText(/Stopped before a fold was finished/).waitFor({ timeout: 60_000 });
  expect(await page.getByTestId('experiment-verdict').count()).toBe(1);

  await choose(page, { Folds: '1' });
  await page.getByLabel('Models, one a line').fill('linear\nnothing_such');
  await page.getByLabel('Models, one a line').press('Tab');
  await page.getByText(/There is no model "nothing_such"/).waitFor();
  expect(foreign).toEqual([]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

/** Eight inputs and their pairs with a saturating effect; made without chance, so that it is the same everywhere. */
function madeTable(): string {
  const genes = Array.from({ length: 12 }, (_, g) => `P${g}`);
  const state = (inputs: number[]) =>
    genes.map((_, g) => {
      const sum = inputs.reduce((total, i) => total + Math.sin(1.7 * i + 0.9 * g), 0);
      const noise = Math.sin(37.1 * g + inputs.reduce((total, i) => total * 11 + i + 1, 5) * 13.7);
      return (Math.tanh(sum) + 0.05 * noise).toFixed(5);
    });
  const lines = [`condition,edits,medium,time,batch,variance,${genes.join(',')}`];
  lines.push(`control,,,,,,${genes.map(() => '0').join(',')}`);
  for (let i = 0; i < 8; ++i) lines.push(`r${i},drug${i},,,,,${state([i]).join(',')}`);
  for (let i = 0; i < 8; ++i)
    for (let k = i + 1; k < 8; ++k) lines.push(`r${i}_${k},drug${i}+drug${k},,,,,${state([i, k]).join(',')}`);
  return lines.join('\n') + '\n';
}

test('a table of states: opened, fitted, asked for rows that it lacks, compared', async () => {
  const path = join(folder, 'made_states.csv');
  writeFileSync(path, madeTable());
  const { page, foreign, complaints } = await site.open();
  await bring(page, path);
  await page.getByRole('heading', { name: /made_states\.csv: 37 rows × 12 genes/ }).waitFor();
  await page.getByRole('radio', { name: /log2/ }).check();
  expect(await violations(page)).toEqual([]);

  await page.getByRole('link', { name: /Compare/ }).click();
  await page.getByLabel('Held out in turn').selectOption('combination');
  await page.getByLabel('Models, one a line').fill('linear:centred');
  await choose(page, { Folds: '3', Seeds: '1', 'Most epochs': '60' });
  await page.getByRole('button', { name: 'Compare models' }).click();
  await page.getByTestId('compare-verdict').waitFor({ timeout: 90_000 });
  await expectScores(
    page,
    groundwork<Comparison>(
      ...[
        'compare',
        '--states',
        path,
        '--scale',
        'log2',
        '--split',
        'combination',
        '--models',
        'linear:centred',
      ],
      ...['--folds', '3', '--seeds', '1', '--epochs', '60'],
    ),
  );
  expect(await violations(page)).toEqual([]);

  await page.getByRole('link', { name: /^.*Fit/ }).click();
  await page.getByRole('combobox', { name: 'Model', exact: true }).selectOption('production_decay');
  await page.getByLabel('Members of the ensemble').fill('2');
  await page.getByRole('button', { name: /Run the fit/ }).click();
  await page.getByTestId('fit-verdict').waitFor({ timeout: 60_000 });
  const project = await saved(page, page.getByRole('button', { name: 'Save project' }), 'table.groundwork');
  const asked = join(folder, 'asked.csv');
  writeFileSync(asked, 'condition,edits,medium,time,batch,variance\nq,drug0+drug7,,,,\n');
  const predictions = groundwork<{ genes: string[]; rows: unknown[] }>(
    ...['predict', '--fit', project, '--conditions', asked],
  );
  expect(predictions.genes.length).toBe(12);
  expect(predictions.rows.length).toBe(1);
  expect(foreign).toEqual([]);
  expect(complaints).toEqual([]);
  await page.context().close();
});
