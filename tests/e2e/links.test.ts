import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violations } from './accessibility';
import { bring, Site } from './browser';
import { groundwork } from './command';
import { exported, folder, saved } from './pages';

interface LinksReply {
  genes: string[];
  edges: { identified: number; possible: number; ranked: { from: number[]; to: number[]; value: number[] } };
  edits: { label: string; scm: { mean: (number | null)[] }; difference: number }[];
}

let site: Site;
beforeAll(async () => void (site = await Site.start()));
afterAll(async () => site.stop());

const path = (file: string) => join(folder, `links-${file}`);

/** Courses of a linear cycle of four genes, each knocked out in turn, in a table of states. */
function fitted(): void {
  const genes = ['A', 'B', 'C', 'D'];
  const lines = [`condition,edits,medium,time,batch,variance,${genes.join(',')}`];
  for (const edit of ['', ...genes])
    for (const time of [1, 2, 4]) {
      // dδ/dt = −δ + 0.6 δ of the gene before, the last one lowering the first; by small steps of Euler's method.
      const state = [0, 0, 0, 0];
      const seen = (g: number) => (genes[g] === edit ? Math.log(0.05) : state[g]!);
      for (let step = 0; step < time * 1000; ++step) {
        const slope = state.map((x, g) => -x + (g === 0 ? -0.6 : 0.6) * seen((g + 3) % 4));
        slope.forEach((s, g) => (state[g]! += s / 1000));
      }
      const row = state.map((x, g) => x + 0.01 * Math.sin(7 * g + 3 * time + 11 * genes.indexOf(edit)));
      lines.push([`${edit}_${time}`, edit, '', time, 'b', 0.0001, ...row].join(','));
    }
  writeFileSync(path('states.csv'), lines.join('\n') + '\n');
  const given = ['--states', path('states.csv'), '--scale', 'log'];
  groundwork('states', ...given, '-o', path('states.json'));
  groundwork(
    ...['fit', ...given, '--model', 'linear', '--centred', '--optimiser', 'lbfgs', '--members', '1'],
    ...['--l2', '1', '--epochs', '2000', '-o', path('fit.json')],
  );
  groundwork(
    ...['project', '--states', path('states.json'), '--fit', path('fit.json')],
    ...['-o', path('project.groundwork')],
  );
}

test('links of a fit: numbers as the command line has them, graph and portrait answer, saved and opened', async () => {
  fitted();
  const { page, foreign, complaints } = await site.open('#/links');
  await page.getByText('Links needs a fitted model.').waitFor();
  await page.getByRole('link', { name: /Data/ }).first().click();
  await bring(page, path('project.groundwork'));
  await page.getByRole('heading', { name: /15 rows × 4 genes/ }).waitFor();
  await page.getByRole('link', { name: /Links/ }).first().click();
  await page.getByRole('button', { name: 'Work out the links' }).click();
  const finding = page.getByTestId('links-finding');
  await finding.waitFor();
  const reply = groundwork<LinksReply>('links', '--fit', path('fit.json'));
  expect(reply.edges.identified).toBeGreaterThan(3);
  expect(await finding.innerText()).toContain(`${reply.edges.identified} of 12 possible edges`);
  expect(await page.getByTestId('links-statement').innerText()).toContain('correspondence of means only');
  expect(await page.getByTestId('links-basis').innerText()).toContain('Gauss and Newton');
  const edges = await exported(page, 'edges', 'edges.csv');
  expect(edges).toHaveLength(reply.edges.identified);
  edges.forEach((row, k) => {
    expect(row.from).toBe(reply.genes[reply.edges.ranked.from[k]!]);
    expect(Number(row.coefficient)).toBeCloseTo(reply.edges.ranked.value[k]!, 6);
  });
  // The four strongest are the cycle of the truth.
  const cycle = edges
    .slice(0, 4)
    .map((row) => `${row.from}${row.to}${Number(row.coefficient) > 0 ? '+' : '-'}`);
  expect(cycle.sort()).toEqual(['AB+', 'BC+', 'CD+', 'DA-']);

  // The slider, by keyboard: at its end one edge is left.
  const slider = page.getByLabel('Draw edges from a size of');
  await slider.focus();
  await page.keyboard.press('End');
  expect(await page.getByTestId('links-drawn').innerText()).toContain(': 1 edge');

  await page.getByLabel('Looked at').selectOption('B');
  expect(await page.getByTestId('links-scm-sentence').innerText()).toContain('Stable: with B held');
  const answers = await exported(page, 'answers', 'answers.csv');
  const own = answers.filter((row) => row.edits === 'B');
  const link = reply.edits.find(({ label }) => label === 'B')!;
  own.forEach((row, g) => expect(Number(row.structural_model)).toBeCloseTo(link.scm.mean[g]!, 6));

  // A portrait of components at first, of two genes when both are named.
  const said = page.getByTestId('links-portrait-sentence');
  await said.waitFor();
  expect(await said.innerText()).toContain('Component 1');
  await page.getByLabel('Across').fill('A');
  await page.getByText('Choose two different genes').waitFor();
  await page.getByLabel('Up', { exact: true }).fill('D');
  await page.waitForFunction(() =>
    document
      .querySelector('[data-testid=links-portrait-sentence]')
      ?.textContent?.includes('held where the steady state of unedited cells has them'),
  );
  expect(await page.getByTestId('links-shift-sentence').innerText()).toContain('do not add');
  expect(await violations(page)).toEqual([]);

  const kept = await saved(page, page.getByRole('button', { name: 'Save project' }), 'links.groundwork');
  const again = await site.open();
  await bring(again.page, kept);
  await again.page.getByRole('heading', { name: /15 rows × 4 genes/ }).waitFor();
  await again.page.getByRole('link', { name: /Links/ }).first().click();
  await again.page.getByTestId('links-finding').waitFor();
  expect(await again.page.getByTestId('links-finding').innerText()).toBe(await finding.innerText());
  expect(foreign).toEqual([]);
  expect(complaints).toEqual([]);
});
