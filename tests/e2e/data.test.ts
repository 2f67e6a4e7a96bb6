import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import h5wasm from 'h5wasm/node';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './accessibility';
import { bring, bringMade, hasShared, refusal, shared, Site } from './browser';

const papalexi = `${shared}/data/papalexi_thp1_eccite/papalexi.h5ad`;
const schraivogel = ['counts', 'cells'].map(
  (name) => `${shared}/data/schraivogel_tapseq_k562/${name}.csv.gz`,
);
const semrau = `${shared}/data/semrau_mesc_retinoic_acid`;

const tiny = 'cell,perturbation,A,B\nc1,non-targeting,1,2\nc2,A,0,1\nc3,A,3,4\nc4,non-targeting,2,2\n';

let site: Site;
const folder = mkdtempSync(join(tmpdir(), 'groundwork-e2e-'));

beforeAll(async () => {
  site = await Site.start();
});
afterAll(async () => {
  await site?.stop();
  rmSync(folder, { recursive: true });
});

/** What the page says, with ordinary spaces. */
async function textOf(page: Page): Promise<string> {
  return (await page.locator('main').innerText()).replaceAll('\u00a0', ' ');
}

/** Presses the button and waits for the summary's heading. */
async function summarise(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Summarise', exact: true }).click();
  const heading = page.getByRole('heading', { name: /cells in .* conditions?/ });
  await heading.waitFor();
  return await heading.innerText();
}

/** The numbers behind a figure, as the page lists them. */
async function exported(page: Page, title: string): Promise<string[]> {
  await page.locator('summary', { hasText: `Export ${title}` }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'CSV', exact: true }).locator('visible=true').click(),
  ]);
  return readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\n');
}

describe.skipIf(!hasShared)('a real screen', () => {
  it('Papalexi .h5ad: what was found, the summary, the grid and target left', async () => {
    const { page, foreign, complaints } = await site.open();
    await bring(page, papalexi);
    await page.getByText('20,729 cells × 299 genes').waitFor();
    const found = await textOf(page);
    expect(found).toContain('in X (CSR)');
    expect(await page.getByLabel('Role of target').inputValue()).toBe('perturbation');
    expect(await page.getByLabel('Role of grna').inputValue()).toBe('guide');
    expect(await page.getByLabel('Role of bio_rep').inputValue()).toBe('batch');
    expect(found).toContain('non-targeting 2,386');
    expect(await summarise(page)).toBe('20,729 of 20,729 cells in 26 conditions and 3 batches');
    const summary = await textOf(page);
    expect(summary).toContain('2,386 control cells; 299 genes; 207 UMI a cell on average');
    expect(summary).toContain('no column gives a time: end states only');
    const grid = await exported(page, 'Cells by condition and batch');
    expect(grid.slice(0, 3)).toEqual([
      'Condition,rep_1,rep_2,rep_3',
      'control,965,755,666',
      'IFNGR1,680,330,331',
    ]);
    expect(grid.length).toBe(27);
    expect(summary).toContain('16 of 25 edits have no number');
    const target = await exported(page, 'Transcript of the target');
    const [, , fraction, low, high] = target
      .find((line) => line.startsWith('STAT1,'))!
      .split(',')
      .map(Number);
    expect(fraction).toBeGreaterThan(0.15);
    expect(fraction).toBeLessThan(0.35);
    expect(low).toBeLessThan(fraction!);
    expect(high).toBeGreaterThan(fraction!);
    expect(foreign).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('Schraivogel as two tables of text, in either order, and as CSC, gives the same grid', async () => {
    const grids: string[][] = [];
    for (const paths of [
      schraivogel,
      [...schraivogel].reverse(),
      [`${shared}/data/schraivogel_tapseq_k562/schraivogel_csc.h5ad`],
    ]) {
      const { page, foreign, complaints } = await site.open();
      await bring(page, ...paths);
      await page.getByText('21,977 cells × 72 genes').waitFor();
      expect(await page.getByLabel('Role of label').inputValue()).toBe('perturbation');
      expect(await page.getByLabel('Role of top_grna').inputValue()).toBe('guide');
      expect(await page.locator('summary', { hasText: 'Leave out' }).innerText()).toContain(
        'multiple, unassigned',
      );
      expect(await summarise(page)).toBe('19,060 of 21,977 cells in 15 conditions and 2 batches');
      const text = await textOf(page);
      expect(text).toContain('7,760 control cells');
      expect(text).toContain('HBE1');
      grids.push(await exported(page, 'Cells by condition and batch'));
      expect(foreign).toEqual([]);
      expect(complaints).toEqual([]);
      await page.context().close();
    }
    expect(grids[0]!.slice(0, 2)).toEqual(['Condition,TAP1,TAP2', 'control,3934,3826']);
    expect(grids[1]).toEqual(grids[0]);
    expect(grids[2]).toEqual(grids[0]);
  });

  it('counts first and the table of cells afterwards make one screen', async () => {
    const { page } = await site.open('#/data');
    await bring(page, schraivogel[0]!);
    await page.getByRole('button', { name: 'Add the table of cells' }).waitFor();
    await bring(page, schraivogel[1]!);
    await page.getByLabel('Role of label').waitFor();
    expect(await summarise(page)).toContain('19,060 of 21,977 cells');
  });

  it.each([
    ['a dense .h5ad', 'semrau_dense.h5ad'],
    ['text with the metadata in the same table', 'counts.csv.gz'],
  ])(
    'Semrau, %s: no perturbation, no batch, and what is then impossible; times in hours',
    async (_, name) => {
      const { page } = await site.open('#/data');
      await bring(page, `${semrau}/${name}`);
      await page.getByText('2,449 cells × 41 genes').waitFor();
      expect(await page.getByLabel('Role of time_h').inputValue()).toBe('time');
      expect(await page.getByLabel('Role of RA').inputValue()).toBe('medium');
      expect(await summarise(page)).toContain('in 9 conditions and no batches');
      const text = await textOf(page);
      expect(text).toContain('no column says which cells were edited');
      expect(text).toContain('no column names a batch');
      const grid = await exported(page, 'Cells by condition and batch');
      expect(grid[1]).toMatch(/^control · RA 0 · 0 h,/);
      expect(grid.some((line) => line.startsWith('control · RA 1 · 96 h,'))).toBe(true);
    },
  );

  it('roles can be corrected, and the summary follows', async () => {
    const { page } = await site.open('#/data');
    await bring(page, papalexi);
    await page.getByLabel('Role of bio_rep').selectOption('');
    await page.locator('summary', { hasText: 'Leave out' }).click();
    await page.getByRole('checkbox', { name: /^IFNGR1/ }).check();
    expect(await summarise(page)).toBe('19,388 of 20,729 cells in 25 conditions and no batches');
    await page.getByLabel('Role of bio_rep').selectOption('batch');
    await page.getByText('The summary is out of date: the roles were changed.').waitFor();
    await page.getByRole('button', { name: 'Summarise again' }).click();
    await page.getByRole('heading', { name: /in 25 conditions and 3 batches/ }).waitFor();
  });

  it('a project saves to one file and opens again with everything in it; a damaged one changes nothing', async () => {
    const { page } = await site.open('#/data');
    await bring(page, papalexi);
    await page.getByText('20,729 cells × 299 genes').waitFor();
    await summarise(page);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save project' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('papalexi.groundwork');
    const saved = readFileSync(await download.path());
    await page.context().close();

    const again = await site.open();
    await bringMade(again.page, { name: 'papalexi.groundwork', content: saved });
    const heading = again.page.getByRole('heading', {
      name: '20,729 of 20,729 cells in 26 conditions and 3 batches',
    });
    await heading.waitFor();
    expect(await exported(again.page, 'Cells by condition and batch')).toContain('control,965,755,666');

    const changed = Buffer.from(saved);
    changed[Math.floor(changed.length / 2)]! ^= 1;
    for (const content of [changed, saved.subarray(0, saved.length / 2)]) {
      await bringMade(again.page, { name: 'bad.groundwork', content });
      expect((await refusal(again.page)).code).toBe('project.damaged');
      expect(await heading.isVisible()).toBe(true);
      await again.page.getByRole('button', { name: 'Dismiss' }).click();
    }
  });

  it('a wrong file gets its sentence, and what was loaded stays', async () => {
    const { page } = await site.open('#/data');
    await bring(page, papalexi);
    await page.getByText('20,729 cells × 299 genes').waitFor();
    const heading = await summarise(page);
    await bring(page, `${shared}/data/papalexi_thp1_eccite/papalexi_3000cells_10x_v3.h5`);
    expect(await refusal(page)).toMatchObject({ code: 'h5ad.not_anndata' });
    await bring(page, `${shared}/data/papalexi_thp1_eccite/matrix.mtx.gz`);
    await page.locator('[data-code="file.matrix_market"]').waitFor();
    expect(await page.getByRole('heading', { name: heading }).isVisible()).toBe(true);
    expect(await page.getByText('20,729 cells × 299 genes').isVisible()).toBe(true);
  });
});

/** An .h5ad of two cells and two genes with normalised values in X and, if given, counts in a layer. */
async function normalised(name: string, counts: Int32Array | null): Promise<string> {
  await h5wasm.ready;
  const path = join(folder, name);
  const file = new h5wasm.File(path, 'w');
  file.create_dataset({ name: 'X', data: Float32Array.of(0.5, 1.2, 0, 2.3), shape: [2, 2] });
  const layers = file.create_group('layers');
  if (counts !== null) layers.create_dataset({ name: 'umi', data: counts, shape: [2, 2] });
  for (const name of ['obs', 'var']) {
    const frame = file.create_group(name);
    frame.create_attribute('_index', 'index');
    frame.create_dataset({ name: 'index', data: [`${name}1`, `${name}2`] });
  }
  file.close();
  return path;
}

describe('what cannot be read', () => {
  it.each([
    ['not HDF5', 'screen.h5ad', 'hello', 'hdf5.not_hdf5', "'screen.h5ad'"],
    ['a ragged line', 'a.csv', 'cell,e,A,B\nc1,x,1,2\nc2,y,3\n', 'text.ragged_line', 'a.csv, line 3'],
    [
      'a negative count',
      'a.csv',
      tiny.replace('3,4', '-3,4'),
      'counts.not_counts',
      "'c3', gene 'A': found '-3'",
    ],
    [
      'a count with a fraction',
      'a.csv',
      tiny.replace('0,1', '0,1.5'),
      'counts.not_counts',
      "'c2', gene 'B': found '1.5'",
    ],
    ['an empty file', 'a.csv', '', 'text.empty', "'a.csv' is empty"],
    ['a picture', 'a.png', '\u0089PNG\r\n\u001a\n\u0000\u0001', 'text.binary', "'a.png'"],
  ])('%s: code and sentence', async (_, name, content, code, sentence) => {
    const { page } = await site.open();
    await bringMade(page, { name, content: Buffer.from(content, 'latin1') });
    const refused = await refusal(page);
    expect(refused.code).toBe(code);
    expect(refused.text).toContain(sentence);
    await page.context().close();
  });

  it('an .h5ad without counts says which matrices it looked at', async () => {
    const { page } = await site.open();
    await bring(page, await normalised('normalised.h5ad', null));
    const refused = await refusal(page);
    expect(refused.code).toBe('h5ad.no_counts');
    expect(refused.text).toContain('X: it holds values that are not whole numbers (found 0.5)');
  });

  it('an .h5ad with counts in a layer is read from there, and says so', async () => {
    const { page } = await site.open();
    await bring(page, await normalised('layer.h5ad', Int32Array.of(3, 0, 1, 2)));
    await page.getByText('2 cells × 2 genes').waitFor();
    const text = await textOf(page);
    expect(text).toContain('in layers/umi (DENSE)');
    expect(text).toContain('X holds no counts: it holds values that are not whole numbers');
    expect(await summarise(page)).toBe('2 of 2 cells in 1 condition and no batches');
  });

  it('a file that begins like HDF5 and is not', async () => {
    const { page } = await site.open();
    const path = join(folder, 'cut.h5ad');
    writeFileSync(
      path,
      Buffer.concat([readFileSync(await normalised('normalised.h5ad', null)).subarray(0, 200)]),
    );
    await bring(page, path);
    expect((await refusal(page)).code).toBe('hdf5.damaged');
  });

  it('no control label: the labels there are, and after choosing one the summary', async () => {
    const { page } = await site.open();
    await bringMade(page, { name: 'a.csv', content: tiny.replaceAll('non-targeting', 'B') });
    await page.getByLabel('Role of perturbation').waitFor();
    await page.getByRole('button', { name: 'Summarise', exact: true }).click();
    const refused = await refusal(page);
    expect(refused.code).toBe('roles.no_control');
    expect(refused.text).toContain('under Control');
    await page.locator('summary', { hasText: 'Control' }).click();
    await page.getByRole('checkbox', { name: /^B/ }).first().check();
    expect(await summarise(page)).toBe('4 of 4 cells in 2 conditions and no batches');
  });
});

describe('the page', () => {
  it.each(['light', 'dark'] as const)(
    'has no serious accessibility violation in the %s theme',
    async (theme) => {
      const { page, complaints } = await site.open('', { theme });
      await page.getByRole('button', { name: /A confounded design/ }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole('button', { name: /A confounded design/ }).click();
      await page
        .getByRole('heading', { name: /1,520 of 1,520 cells in 20 conditions and 6 batches/ })
        .waitFor();
      expect(await violations(page)).toEqual([]);
      const text = await textOf(page);
      expect(text).toContain('is simulated: the truth it was drawn from');
      expect(complaints).toEqual([]);
    },
  );

  it('says so when the core cannot be loaded, instead of waiting for ever', async () => {
    const { page } = await site.open('#/data', { without: '**/*.wasm' });
    await bringMade(page, { name: 'a.csv', content: tiny });
    const refused = await refusal(page);
    expect(refused.code).toBe('worker.load');
    expect(refused.text).toContain('could not be loaded');
    expect(await page.getByRole('progressbar').count()).toBe(0);
  });

  it('fits a narrow screen without scrolling sideways', async () => {
    const { page } = await site.open('', { width: 390 });
    await page.getByRole('button', { name: /A confounded design/ }).click();
    await page.getByRole('heading', { name: /1,520 of 1,520 cells/ }).waitFor();
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wider).toBeLessThanOrEqual(0);
  });

  it('keeps a policy that allows no foreign and no inline script', async () => {
    const { page } = await site.open();
    const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'");
    const refused = await page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          document.addEventListener('securitypolicyviolation', (event) => resolve(event.violatedDirective));
          void fetch('https://example.org/').catch(() => {});
        }),
    );
    expect(refused).toBe('connect-src');
  });
});
