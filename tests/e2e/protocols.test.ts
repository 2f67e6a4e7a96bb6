import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violations } from './accessibility';
import { bring, refusal, Site } from './browser';
import { groundwork } from './command';
import { exported, folder, numberIn, saved } from './pages';

interface ProtocolReply {
  genes: string[];
  protocols: {
    end: { state: number[] };
    commutators: { norm: number; rms: number; relative: number }[];
  }[];
}

let site: Site;
beforeAll(async () => void (site = await Site.start()));
afterAll(async () => site.stop());

const project = (name: string) => join(folder, `${name}.groundwork`);

/** A small fit of a simulated screen, as a project: two media and several times, or one of each. */
function fitted(name: string, recipe: object, ...flags: string[]): void {
  const path = (file: string) => join(folder, `${name}-${file}`);
  writeFileSync(path('recipe.json'), JSON.stringify(recipe));
  groundwork('simulate', '--recipe', path('recipe.json'), '-o', path('screen'));
  groundwork(
    ...['summarise', '--counts', path('screen/counts.csv.gz'), '--cells', path('screen/cells.csv.gz')],
    ...['--perturbation', 'perturbation', '--control', 'non-targeting', '--batch', 'batch', ...flags],
    ...['-o', path('screen.json')],
  );
  groundwork(
    ...['fit', '--screen', path('screen.json'), '--model', 'production_decay', '--centred', '--genes', '10'],
    ...['--split', 'perturbation', '--members', '2', '--epochs', '20', '-o', path('fit.json')],
  );
  groundwork('project', '--screen', path('screen.json'), '--fit', path('fit.json'), '-o', project(name));
}

const small = {
  genes: 10,
  network: { density: 0.2 },
  edits: 6,
  layout: { levels: ['batch'], batches: 2, cells: 20, control_cells: 40 },
};

async function open(page: Page, name: string): Promise<void> {
  await bring(page, project(name));
  await page.getByRole('heading', { name: /cells in .* conditions/ }).waitFor();
  await page
    .getByRole('link', { name: /Protocols/ })
    .first()
    .click();
}

/** Number of stages of the first protocol, once their answer is there. */
async function settled(page: Page, stages: number): Promise<void> {
  await page.waitForFunction(
    (wanted) =>
      document.querySelector('[data-testid=protocol]')?.querySelectorAll('.stage').length === wanted,
    stages,
  );
  await page.waitForFunction(() => !document.body.innerText.includes('Composing the stages'));
}

test('protocols of a fit: stages by mouse and keyboard, numbers as the command line has them, files, saved and opened', async () => {
  const media = [{ name: 'base' }, { name: 'RA', strength: 1.5, genes: 6 }];
  fitted(
    'timed',
    { ...small, times: [1, 3], media },
    '--time',
    'time_d',
    '--time-unit',
    'd',
    '--medium',
    'medium',
  );
  const { page, foreign, complaints } = await site.open();
  await page
    .getByRole('link', { name: /Protocols/ })
    .first()
    .click();
  await page.getByText('Protocols needs a fitted model.').waitFor();
  await page.getByRole('link', { name: /Data/ }).first().click();
  await open(page, 'timed');
  await page.getByTestId('protocols-sentence').waitFor();
  expect(await violations(page)).toEqual([]);

  // The file of the first protocol, run by the command line, gives what the page shows.
  const first = page.getByTestId('protocol').first();
  const stages = await saved(page, first.getByRole('button', { name: /Save as file/ }), 'stages.json');
  const reply = groundwork<ProtocolReply>(
    'protocol',
    '--fit',
    join(folder, 'timed-fit.json'),
    '--protocol',
    stages,
  );
  const ends = await exported(page, 'end states', 'ends.csv');
  const name = await first.getByRole('textbox').first().inputValue();
  const own = ends.filter((row) => row.protocol === name);
  expect(own).toHaveLength(10);
  own.forEach((row, g) => {
    expect(row.gene).toBe(reply.genes[g]);
    expect(Number(row.state)).toBeCloseTo(reply.protocols[0]!.end.state[g]!, 6);
  });
  const commutators = await exported(page, 'Commutators of two stages', 'commutators.csv');
  const { norm, relative } = reply.protocols[0]!.commutators[0]!;
  expect(Number(commutators[0]!.norm)).toBeCloseTo(norm, 6);
  expect(Number(commutators[0]!.relative_to_error)).toBeCloseTo(relative, 5);
  const shown = page.getByRole('region', { name: 'Commutators of two stages' }).locator('tbody tr').first();
  expect(numberIn(await shown.locator('td.number').first().innerText())).toBeCloseTo(norm, 2);

  // A third stage by mouse, moved to the front by keyboard, removed by keyboard.
  await first.getByRole('button', { name: /Add a stage/ }).click();
  await settled(page, 3);
  expect(
    await page.getByRole('region', { name: 'Commutators of two stages' }).locator('tbody tr').count(),
  ).toBe(4);
  await first.getByLabel('Duration (days)').nth(2).fill('0.5');
  await first.getByLabel('Duration (days)').nth(2).press('Tab');
  await first.getByRole('button', { name: /^Stage 3 of 3/ }).focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await settled(page, 3);
  expect(await first.getByLabel('Duration (days)').first().inputValue()).toBe('0.5');
  await page.keyboard.press('Delete');
  await settled(page, 2);
  await first.getByRole('button', { name: /^Stage 1 of 2/ }).dragTo(first.locator('[data-stage="1"]'));
  await settled(page, 2);
  // The edit now comes second: the protocol has become the other one.
  await page.waitForFunction(() => {
    const row = document.querySelector('[aria-label="Differences between protocols"] tbody tr td.number');
    return row?.textContent?.trim() === '0';
  });

  // What cannot be is said where it was typed, and nothing is lost.
  await first.getByLabel('Duration (days)').first().fill('-1');
  await first.getByLabel('Duration (days)').first().press('Tab');
  expect(await first.getByRole('alert').innerText()).toContain('from 0 on');
  await page.getByTestId('protocols-sentence').waitFor();

  const kept = await saved(page, page.getByRole('button', { name: 'Save project' }), 'kept.groundwork');
  const renamed = await first.getByRole('textbox').first().inputValue();
  const again = await site.open();
  await bring(again.page, kept);
  await again.page.getByRole('heading', { name: /cells in .* conditions/ }).waitFor();
  await again.page
    .getByRole('link', { name: /Protocols/ })
    .first()
    .click();
  await again.page.getByTestId('protocols-sentence').waitFor();
  const reopened = again.page.getByTestId('protocol').first();
  expect(await reopened.getByRole('textbox').first().inputValue()).toBe(renamed);
  expect(await reopened.locator('.stage').count()).toBe(2);
  expect(foreign).toEqual([]);
  expect(complaints).toEqual([]);
});

test('a model without time says what it cannot do', async () => {
  fitted('untimed', small);
  const { page } = await site.open();
  await open(page, 'untimed');
  const said = page.getByTestId('protocols-no-time');
  await said.waitFor();
  expect(await said.innerText()).toContain('a single time after the edit');
  expect(await violations(page)).toEqual([]);
});

test('simulate: a screen of the panel opens with its truth, its files are those of the command line, a wrong recipe is refused', async () => {
  const { page, foreign, complaints } = await site.open('#/simulate');
  await page.getByLabel('Network genes').fill('12');
  await page.getByLabel('Edits', { exact: true }).fill('4');
  await page.getByLabel('Media', { exact: true }).fill('2');
  await page.getByLabel('Cells per group', { exact: true }).fill('10');
  await page.getByLabel('Controls per group').fill('20');
  // 4 edits and controls at 3 times in 2 media and 3 batches.
  expect(await page.getByTestId('simulate-size').innerText()).toContain('1,080 cells × 20 genes');
  expect(await violations(page)).toEqual([]);
  const recipe = await saved(page, page.getByRole('button', { name: 'Save the recipe' }), 'recipe.json');
  await page.getByRole('button', { name: 'Draw it and open it' }).click();
  await page.getByRole('heading', { name: /1,080 cells in 30 conditions/ }).waitFor();
  await page.getByText(/is simulated: the truth it was drawn from/).waitFor();

  groundwork('simulate', '--recipe', recipe, '-o', join(folder, 'drawn'));
  await page.goto(`${site.address}#/simulate`);
  for (const file of ['counts.csv.gz', 'cells.csv.gz']) {
    const own = await saved(page, page.getByRole('button', { name: `Save ${file}` }), file);
    const { gunzipSync } = await import('node:zlib');
    const text = (path: string) => gunzipSync(readFileSync(path)).toString();
    expect(text(own)).toBe(text(join(folder, 'drawn', file)));
  }

  const wrong = join(folder, 'wrong.json');
  writeFileSync(wrong, JSON.stringify({ genez: 3 }));
  await page.getByLabel('A recipe').setInputFiles(wrong);
  await page.getByRole('button', { name: 'Draw it and open it' }).click();
  const { code, text } = await refusal(page);
  expect(code).toBe('recipe.unknown_key');
  expect(text).toContain('genez');
  await page.getByText('Drawn last').waitFor();
  expect(foreign).toEqual([]);
  expect(complaints).toEqual([]);
});
