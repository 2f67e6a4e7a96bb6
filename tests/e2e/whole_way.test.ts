import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bring, hasShared, shared, Site } from './browser';
import { groundwork } from './command';
import { exported, folder, numberIn, saved } from './pages';

/* From a real file to a layout's standard errors and a prediction, each number beside the command line's. */

interface Components {
  pooled: { sb2: Record<string, number>; sg2: number; sw2: number };
}
interface Scores {
  scores: { name: string; mse: number }[];
}
interface Contrasts {
  contrasts: { name: string; variance: number; df: number }[];
}
interface Prediction {
  top: { gene: string; effect: number }[];
}

interface RealScreen {
  name: string;
  /** What a person drops on the page. */
  dropped: string[];
  /** The same for the command line, which does not read HDF5. */
  summarise: string[];
  batch: string;
  edits: number;
}

const papalexi = join(shared, 'data/papalexi_thp1_eccite');
const schraivogel = join(shared, 'data/schraivogel_tapseq_k562');
const screens: RealScreen[] = [
  {
    name: 'Papalexi .h5ad',
    dropped: [join(papalexi, 'papalexi.h5ad')],
    summarise: [
      ...['--counts', join(papalexi, 'matrix.mtx.gz'), '--features', join(papalexi, 'features.tsv.gz')],
      ...['--barcodes', join(papalexi, 'barcodes.tsv.gz'), '--cells', join(papalexi, 'cells.csv.gz')],
      ...['--perturbation', 'target', '--control', 'non-targeting', '--batch', 'bio_rep', '--guide', 'grna'],
    ],
    batch: 'bio_rep',
    edits: 25,
  },
  {
    name: 'Schraivogel csv.gz',
    dropped: [join(schraivogel, 'counts.csv.gz'), join(schraivogel, 'cells.csv.gz')],
    summarise: [
      ...['--counts', join(schraivogel, 'counts.csv.gz'), '--cells', join(schraivogel, 'cells.csv.gz')],
      ...['--perturbation', 'label', '--control', 'non-targeting', '--batch', 'batch', '--guide', 'top_grna'],
      ...['--modality', 'crispri', '--drop', 'multiple,unassigned'],
    ],
    batch: 'batch',
    edits: 14,
  },
];

let site: Site;
beforeAll(async () => void (site = await Site.start()));
afterAll(async () => site.stop());

const step = (page: Page, name: string) => page.getByRole('link', { name: new RegExp(name) }).click();

describe.skipIf(!hasShared)('the whole way', () => {
  test.each(screens)('$name', async (screen) => {
    const { page, foreign, complaints } = await site.open();
    await bring(page, ...screen.dropped);
    await page.getByRole('button', { name: 'Summarise', exact: true }).click();
    await page.getByRole('heading', { name: /cells in .* conditions/ }).waitFor();
    const stored = join(folder, `${screen.batch}.json`);
    groundwork('summarise', ...screen.summarise, '-o', stored);

    await step(page, 'Design');
    const pooled = groundwork<Components>('components', '--screen', stored).pooled;
    const typed = async (label: string) => numberIn(await page.getByLabel(`${label}, typed`).inputValue());
    await page.getByTestId('design-verdict').waitFor();
    for (const offer of [/Use the layout of the loaded screen/, /Estimate from the loaded screen/]) {
      const button = page.getByRole('button', { name: offer });
      if ((await button.count()) > 0) await button.click();
    }
    await expect.poll(() => typed('s_w², between cells'), { timeout: 20_000 }).toBeCloseTo(pooled.sw2, 2);
    const sb2 = await typed('s_b², between batches');
    const sg2 = await typed('s_g², between groups of one batch');
    const sw2 = await typed('s_w², between cells');
    expect(sb2 / pooled.sb2[screen.batch]!).toBeCloseTo(1, 2);
    await page.waitForTimeout(1000); // the full answer follows when nothing moves any more
    const layout = await saved(page, page.getByRole('button', { name: 'Export CSV' }), 'layout.csv');
    const design = groundwork<Contrasts>(
      ...['design', '--layout', layout, '--control', 'control'],
      ...['--sb2', String(sb2), '--sg2', String(sg2), '--sw2', String(sw2)],
    ).contrasts;
    const rows = await exported(page, 'Every contrast', 'contrasts.csv');
    expect(rows.length).toBe(screen.edits);
    expect(design.length).toBe(screen.edits);
    for (const contrast of design) {
      const row = rows.find(({ contrast: name }) => name === contrast.name)!;
      // The page keeps more digits of the variances than its fields show.
      expect(Number(row.variance) / contrast.variance).toBeCloseTo(1, 2);
    }

    await step(page, 'Fit');
    await page.getByRole('combobox', { name: 'Model', exact: true }).selectOption('production_decay');
    await page.getByLabel('Number of genes').fill('40');
    await page.getByLabel('Members of the ensemble').fill('2');
    await page.getByRole('button', { name: /Run the fit/ }).click();
    await page.getByTestId('fit-verdict').waitFor({ timeout: 90_000 });
    const fit = groundwork<Scores>(
      ...[
        'fit',
        '--screen',
        stored,
        '--model',
        'production_decay',
        '--centred',
        '--loss',
        'controls_as_data',
      ],
      ...['--genes', '40', '--split', 'perturbation', '--seed', '1', '--members', '2'],
    );
    for (const name of ['no_change', 'mean_effect', 'ridge']) {
      const shown = numberIn(await page.locator(`[data-score=${name}] td`).first().innerText());
      expect(shown / fit.scores.find((score) => score.name === name)!.mse).toBeCloseTo(1, 2);
    }

    await step(page, 'Predict');
    await page.getByTestId('predict-sentence').waitFor();
    const edit = await page.getByLabel('Edit', { exact: true }).inputValue();
    const project = await saved(page, page.getByRole('button', { name: 'Save project' }), 'real.groundwork');
    const prediction = groundwork<Prediction>('predict', '--fit', project, '--edit', edit);
    const changes = await exported(page, 'top changes', 'top.csv');
    expect(changes[0]!.gene).toBe(prediction.top[0]!.gene);
    expect(Number(changes[0]!.effect)).toBeCloseTo(prediction.top[0]!.effect, 4);

    expect(foreign).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
