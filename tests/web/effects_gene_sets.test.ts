import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isGeneSets, readGeneSets } from '../../web/src/io/geneSets';
import { setEffectsOf } from '../../web/src/pages/effects/geneSets';
import type { EffectsDocument } from '../../web/src/state/effects';
import type { CoreMessage } from '../../web/src/worker/message';

const set = (name: string, reason: string | null) => ({
  name,
  description: '',
  genes: 9,
  measured: reason ? 1 : 4,
  correlation: reason ? null : 0.2,
  correlation_from: reason ? null : ('replicates' as const),
  reason,
});

function answer(geneSets: EffectsDocument['gene_sets']): CoreMessage<EffectsDocument> {
  const json = {
    fdr: 0.05,
    conditions: [{ condition: 'A' }, { condition: 'B' }],
    gene_sets: geneSets,
  } as unknown as EffectsDocument;
  return { json, bytes: new Uint8Array(0) };
}

describe('gene sets of an edit', () => {
  const sets = {
    source: 'a.gmt',
    sets: [set('up', null), set('down', null), set('small', 'Fewer than two of its genes are tested.')],
    estimate: [
      [0, 0, null],
      [0.5, -0.4, null],
    ],
    score: [
      [0, 0, null],
      [4, -3, null],
    ],
    df: [
      [20, 20, null],
      [20, 20, null],
    ],
    p: [
      [1, 1, null],
      [0.001, 0.04, null],
    ],
    q: [
      [1, 1, null],
      [0.004, 0.08, null],
    ],
  };

  it('are those that were tested, with their direction', () => {
    const rows = setEffectsOf(answer(sets), 'B');
    expect(rows.map(({ set, direction, hit }) => [set, direction, hit])).toEqual([
      ['up', 'up', true],
      ['down', 'down', false],
    ]);
    expect(rows[0]!.estimate).toBe(0.5);
  });

  it('are none without sets, in documents of before, and for edits that are not there', () => {
    expect(setEffectsOf(answer(null), 'A')).toEqual([]);
    expect(setEffectsOf(answer(undefined), 'A')).toEqual([]);
    expect(setEffectsOf(answer(sets), 'C')).toEqual([]);
  });
});

describe('a GMT file', () => {
  it('is read as text, gzipped or not', async () => {
    const text = 'Réponse\t\tSTAT1\tIRF1\n';
    expect((await readGeneSets(new File([text], 'a.gmt'))).text).toBe(text);
    const packed = new File([new Uint8Array(gzipSync(text))], 'a.gmt.gz');
    expect(await readGeneSets(packed)).toEqual({ name: 'a.gmt.gz', text });
  });

  it('is told by its name', () => {
    expect(['a.gmt', 'B.GMT.gz', 'a.csv', 'gmt'].map((name) => isGeneSets(new File([], name)))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
