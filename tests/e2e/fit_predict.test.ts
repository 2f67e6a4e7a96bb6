import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violations } from './accessibility';
import { Site } from './browser';
import { groundwork, root } from './command';
import { exported, folder, numberIn, openExample, saved } from './pages';

interface Score {
  name: string;
  mse: number;
}
interface FitReply {
  scores: Score[];
  floor: { mse: number };
}
interface PredictReply {
  genes: string[];
  top: { gene: string; time: number; effect: number; low: number; high: number }[];
}

let site: Site;
beforeAll(async () => void (site = await Site.start()));
afterAll(async () => site.stop());

const example = join(root, 'examples/hipsc_time_course');

/** Scores of the command line for the same screen and settings. */
function fitByCommand(): FitReply {
  const screen = join(folder, 'screen.json');
  groundwork(
    ...['summarise', '--counts', `${example}/counts.csv.gz`, '--cells', `${example}/cells.csv.gz`],
    ...['--perturbation', 'perturbation', '--control', 'non-targeting', '--batch', 'batch'],
    ...['--time', 'time_d', '--time-unit', 'd', '--modality', 'knockout', '-o', screen],
  );
  return groundwork<FitReply>(
    ...['fit', '--screen', screen, '--model', 'production_decay', '--centred', '--loss', 'controls_as_data'],
    ...['--genes', '30', '--split', 'perturbation', '--seed', '1', '--members', '2'],
  );
}

async function prepare(page: Page): Promise<void> {
  await openExample(page, 'Knock-out time course');
  await page.getByRole('link', { name: /^.*Fit/ }).click();
  await page.getByRole('combobox', { name: 'Model', exact: true }).selectOption('production_decay');
  await page.getByLabel('Number of genes').fill('30');
  await page.getByLabel('Members of the ensemble').fill('2');
}

test('from an example to a fit and a prediction of an edit that it never saw', async () => {
  const { page, foreign, complaints } = await site.open();
  await prepare(page);
  await page.getByRole('button', { name: /Run the fit/ }).click();
  await page.getByTestId('fit-verdict').waitFor({ timeout: 60_000 });

  const reply = fitByCommand();
  const shown = async (name: string) =>
    numberIn(await page.locator(`[data-score=${name}] td`).first().innerText());
  for (const score of reply.scores) {
    // Baselines have a closed form; the model is trained in float, by another compiler's arithmetic.
    const digits = score.name === 'production_decay' ? 0.1 : 0.004;
    expect(Math.abs((await shown(score.name)) / score.mse - 1)).toBeLessThan(digits);
  }
  const rows = await exported(page, 'Scores', 'scores.csv');
  const ridge = rows.find((row) => row.predictor === 'ridge')!;
  expect(Number(ridge.mse) / reply.scores.find(({ name }) => name === 'ridge')!.mse).toBeCloseTo(1, 6);
  expect(await violations(page)).toEqual([]);

  await page.getByRole('link', { name: /^.*Predict/ }).click();
  await page.getByTestId('predict-sentence').waitFor();
  const edit = await page.getByLabel('Edit', { exact: true }).inputValue();
  expect(await page.getByText('measured, held out of training').count()).toBeGreaterThan(0);
  await page.getByLabel(/^Times/).fill('2, 5');
  await page.getByLabel(/^Times/).press('Enter');
  await page.waitForTimeout(1000);
  const project = await saved(page, page.getByRole('button', { name: 'Save project' }), 'course.groundwork');
  const prediction = groundwork<PredictReply>(
    ...['predict', '--fit', project, '--edit', edit, '--times', '2,5', '--time-unit', 'd'],
  );
  const changes = await exported(page, 'top changes', 'top.csv');
  expect(changes[0]!.gene).toBe(prediction.top[0]!.gene);
  for (const [at, change] of prediction.top.slice(0, 10).entries()) {
    expect(changes[at]!.gene).toBe(change.gene);
    expect(Number(changes[at]!.effect)).toBeCloseTo(change.effect, 5);
    expect(Number(changes[at]!.low)).toBeCloseTo(change.low, 4);
  }
  expect(await page.getByText('free of batch effects').count()).toBe(1);
  expect(await page.getByText('Truth (ln)').count()).toBe(1);
  expect(await violations(page)).toEqual([]);

  await page.getByLabel('Edit', { exact: true }).fill('NOTAGENE');
  await page.getByLabel('Edit', { exact: true }).press('Enter');
  await page.getByText(/NOTAGENE is not among the modelled genes/).waitFor();
  expect(await page.getByTestId('predict-sentence').count()).toBe(1);
  expect(foreign).toEqual([]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('recommended, the default: says what it picked and from what; cancelled, it leaves what was there', async () => {
  const { page, complaints } = await site.open();
  await openExample(page, 'Knock-out time course');
  await page.getByRole('link', { name: /^.*Fit/ }).click();
  await page.getByLabel('Number of genes').fill('20');
  expect(await page.getByRole('combobox', { name: 'Model', exact: true }).inputValue()).toBe('recommended');
  await page.getByRole('button', { name: /Run the fit/ }).click();
  await page.getByTestId('fit-verdict').waitFor({ timeout: 120_000 });
  expect(await page.getByTestId('fit-verdict').innerText()).toMatch(/^For unseen edits/);
  const rows = await exported(page, 'What was picked', 'picked.csv');
  const weights = rows.filter((row) => row.for === 'unseen_clamp').map((row) => Number(row.weight));
  expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 6);
  expect(await violations(page)).toEqual([]);

  const before = await page.getByTestId('fit-verdict').innerText();
  await page.getByLabel('Number of genes').fill('60');
  await page.getByRole('button', { name: /Run the fit/ }).click();
  await page.getByTestId('fit-progress').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText(/nothing is chosen before every candidate is tried/).waitFor({ timeout: 60_000 });
  expect(await page.getByTestId('fit-verdict').innerText()).toBe(before);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('a long fit is paused, goes on, and when cancelled keeps what it has', async () => {
  const { page } = await site.open();
  await prepare(page);
  await page.getByRole('button', { name: /Run the fit/ }).click();
  await page.getByTestId('fit-verdict').waitFor({ timeout: 60_000 });
  const before = await page.getByTestId('fit-verdict').innerText();

  await page.getByText('More', { exact: true }).click();
  await page.getByLabel('Members of the ensemble').fill('40');
  await page.getByLabel('Epochs at most').fill('20000');
  await page.getByRole('button', { name: /Run the fit/ }).click();
  await page.getByTestId('fit-progress').waitFor();
  expect(await page.getByTestId('fit-verdict').innerText()).toBe(before);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.waitForTimeout(1500);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText(/Stopped early: \d+ of 40 members/).waitFor({ timeout: 60_000 });
  expect(await page.getByTestId('fit-progress').count()).toBe(0);
  expect(await page.getByTestId('fit-verdict').count()).toBe(1);
  await page.context().close();
});

test('without data each page says what it lacks, with the button that provides it', async () => {
  for (const [route, label] of [
    ['#/fit', 'Open data'],
    ['#/predict', 'Go to Fit'],
  ] as const) {
    const { page } = await site.open(route);
    await page.getByRole('link', { name: label }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  }
});
