import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { violations } from './accessibility';
import { refusal, Site } from './browser';
import { groundwork } from './command';
import { exported, folder, saved } from './pages';

interface DesignReply {
  contrasts: {
    name: string;
    variance: number | null;
    df: number | null;
    mdfc: number | null;
    estimable: boolean;
  }[];
}

let site: Site;
beforeAll(async () => void (site = await Site.start()));
afterAll(async () => site.stop());

const verdict = (page: Page) => page.getByTestId('design-verdict');
const grid = (page: Page) => page.getByRole('grid');

/** The page's contrasts as exported, beside the command line's for the layout that the page exports. */
async function compare(page: Page, variances: string[]): Promise<DesignReply> {
  const layout = await saved(page, page.getByRole('button', { name: 'Export CSV' }), 'layout.csv');
  const control = await page.getByLabel('Control', { exact: true }).inputValue();
  const reply = groundwork<DesignReply>('design', '--layout', layout, '--control', control, ...variances);
  const rows = await exported(page, 'Every contrast', 'contrasts.csv');
  expect(rows.length).toBe(reply.contrasts.length);
  const byName = new Map(rows.map((row) => [row.contrast, row]));
  for (const contrast of reply.contrasts) {
    const row = byName.get(contrast.name)!;
    expect(row.estimable).toBe(String(contrast.estimable));
    if (contrast.variance === null) expect(row.variance).toBe('');
    else expect(Number(row.variance) / contrast.variance).toBeCloseTo(1, 9);
    if (contrast.df !== null) expect(Number(row.df)).toBeCloseTo(contrast.df, 6);
    if (contrast.mdfc !== null) expect(Number(row.mdfc) / contrast.mdfc).toBeCloseTo(1, 6);
  }
  return reply;
}

/** Waits until the page has settled on the full answer. */
async function settled(page: Page): Promise<void> {
  await verdict(page).waitFor();
  await page.waitForTimeout(900);
}

const typical = ['--sb2', '0.025', '--sg2', '0.0017', '--sw2', '8.4'];

describe('the planner without data', () => {
  test('has an answer at once, and it is the one of the command line', async () => {
    const { page, foreign, complaints } = await site.open('#/design');
    await settled(page);
    const reply = await compare(page, typical);
    expect(reply.contrasts).toHaveLength(25);
    expect(await page.getByText('25 of 25', { exact: true }).count()).toBe(1);
    expect(await violations(page)).toEqual([]);
    expect(foreign).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('controls apart: batches matter, and fixed batches make nothing estimable', async () => {
    const { page } = await site.open('#/design', { theme: 'dark' });
    await settled(page);
    await page.getByLabel('Ready layout').selectOption('controls_apart');
    await settled(page);
    const before = await compare(page, typical);
    const slider = page.getByLabel('s_b², between batches', { exact: true });
    await slider.focus();
    for (let i = 0; i < 25; ++i) await page.keyboard.press('ArrowRight');
    await settled(page);
    const sb2 = await page.getByLabel('s_b², between batches, typed').inputValue();
    expect(Number(sb2)).toBeGreaterThan(0.025);
    const after = await compare(page, ['--sb2', sb2, '--sg2', '0.0017', '--sw2', '8.4']);
    expect(after.contrasts[0]!.variance!).toBeGreaterThan(before.contrasts[0]!.variance!);

    await page.getByLabel(/Batches fixed/).check();
    await page.getByTestId('design-confounding').waitFor();
    const fixed = await compare(page, ['--sb2', 'inf', '--sg2', '0.0017', '--sw2', '8.4']);
    expect(fixed.contrasts.every(({ estimable }) => !estimable)).toBe(true);
    expect(await page.getByTestId('design-confounding').innerText()).toContain('parts that share nothing');
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });
});

describe('the grid', () => {
  test('is filled by keyboard alone, and by pasting', async () => {
    const { page } = await site.open('#/design');
    await settled(page);
    await grid(page).focus();
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.type('33');
    await page.keyboard.press('Enter');
    await page.keyboard.type('0');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Delete');
    await settled(page);
    const reply = await compare(page, typical);
    const [first, second, third] = reply.contrasts;
    expect(first!.variance!).toBeGreaterThan(third!.variance!);
    expect(second!.variance!).toBeGreaterThan(first!.variance!);
    expect(await page.getByLabel('Ready layout').inputValue()).toBe('');

    await grid(page).focus();
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.setData('text/plain', '70\t71\n72\t73\n');
      document.activeElement!.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData: data, bubbles: true }),
      );
    });
    await settled(page);
    expect(await grid(page).innerText()).toContain('73');
    await compare(page, typical);
    await page.context().close();
  });

  test('a wrong file gets its sentence and changes nothing', async () => {
    const { page } = await site.open('#/design');
    await settled(page);
    const before = await grid(page).innerText();
    const path = join(folder, 'ragged.csv');
    writeFileSync(path, 'condition,b1,b2\ncontrol,100,100\nJAK2,50\n');
    await page.getByLabel('Layout file').setInputFiles(path);
    const { code, text } = await refusal(page);
    expect(code).toBe('text.ragged_line');
    expect(text).toContain('ragged.csv, line 3');
    expect(await grid(page).innerText()).toBe(before);

    writeFileSync(path, 'condition,b1,b2\n#day,d1,d2\ncontrol,100,100\nJAK2,50,0\n');
    await page.getByLabel('Layout file').setInputFiles(path);
    await settled(page);
    expect(await grid(page).innerText()).toContain('JAK2');
    await page.getByLabel('s_b² of day, typed').fill('0.05');
    await settled(page);
    await compare(page, ['--sb2', 'day=0.05', '--sb2', 'batch=0.025', '--sg2', '0.0017', '--sw2', '8.4']);
    await page.context().close();
  });

  test('3,000 edits in 20 batches stay usable', async () => {
    const { page } = await site.open('#/design');
    await settled(page);
    await page.getByLabel('Batches', { exact: true }).fill('20');
    await page.getByLabel('Edits', { exact: true }).fill('3000');
    await page.getByText('3,000 of 3,000').waitFor();
    await settled(page);
    expect(await page.getByRole('gridcell').count()).toBeLessThan(600);
    expect(await page.getByRole('table', { name: 'Contrasts' }).getByRole('row').count()).toBeLessThan(60);
    const slider = page.getByLabel('s_b², between batches', { exact: true });
    await slider.focus();
    for (let i = 0; i < 20; ++i) await page.keyboard.press('ArrowRight');
    await page.getByText('3,000 of 3,000').waitFor();
    await page.context().close();
  });
});

test('narrow: choices fold above, nothing is cut off sideways', async () => {
  const { page } = await site.open('#/design', { width: 390 });
  await settled(page);
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(wide).toBeLessThanOrEqual(room!);
  expect(await violations(page)).toEqual([]);
  await page.context().close();
});
