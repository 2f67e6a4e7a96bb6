import { describe, expect, it } from 'vitest';
import type { DataDocument, StatesDocument } from '../../web/src/state/documents';
import { choicesFor, factsOf } from '../../web/src/pages/fit/choices';
import { rowGrid } from '../../web/src/pages/data/statesFigure';
import { problemOfStates } from '../../web/src/pages/design/layout';
import { atUsualDose } from '../../web/src/pages/predict/offers';
import { isStateTable, textOf } from '../../web/src/io/stateTable';
import type { FitDocument } from '../../web/src/state/documents';

const header = 'condition,edits,medium,time,batch,variance,A,B';
const row = (name: string, label: string, batch: string, edits: StatesDocument['rows'][number]['edits']) => ({
  name,
  label,
  edits,
  medium: '',
  time: null,
  batch,
  variance: null,
  line: 2,
});
const table = {
  kind: 'states',
  genes: ['A', 'B'],
  time_unit: 'd',
  rows: [
    row('x1', 'A', 'one', [{ name: 'A', dose: 1 }]),
    row('c1', 'control', 'one', []),
    row('x2', 'A', 'one', [{ name: 'A', dose: 1 }]),
    row('c2', 'control', 'two', []),
  ],
  found: { conditions: 2, batches: ['one', 'two'] },
} as unknown as StatesDocument;

describe('a table of states', () => {
  it('is told by its header, gzipped or not, and its text is read whole', async () => {
    const plain = new File([`${header}\nx,,,,,,1,2\n`], 'a.csv');
    expect(await isStateTable(plain)).toBe(true);
    expect(await textOf(plain)).toBe(`${header}\nx,,,,,,1,2\n`);
    const zipped = await new Response(
      new Blob([`"${header.split(',').join('","')}"\nx,,,,,,1,2\n`])
        .stream()
        .pipeThrough(new CompressionStream('gzip')),
    ).arrayBuffer();
    expect(await isStateTable(new File([zipped], 'a.csv.gz'))).toBe(true);
    expect(await isStateTable(new File(['cell,batch,A,B\nc,b,1,2\n'], 'b.csv'))).toBe(false);
    expect(await isStateTable(new File([header.replace(',variance', '')], 'c.csv'))).toBe(false);
    expect(await isStateTable(new File([], 'd.csv'))).toBe(false);
  });

  it('counts replicates by condition and batch, controls on top', () => {
    expect(rowGrid(table)).toEqual({
      conditions: ['control', 'A'],
      batches: ['one', 'two'],
      cells: [
        [1, 1],
        [2, 0],
      ],
      controls: ['control'],
    });
    expect(problemOfStates(table).control).toEqual(['control']);
  });

  it('is fitted with all its genes', () => {
    const facts = factsOf(table as DataDocument);
    expect(facts.edits).toEqual(['A']);
    expect(facts.hasTime).toBe(false);
    expect(choicesFor(facts).geneCount).toBe(2);
  });

  it('asks for an input at its usual dose, and for an edit of a gene without one', () => {
    const fit = {
      edit_model: {
        edits: [
          { name: 'drug', target: null, usual_dose: -0.8, trained: true },
          { name: 'A', target: 'A', usual_dose: 1, trained: true },
        ],
      },
    } as unknown as FitDocument;
    expect(atUsualDose(fit, 'drug')).toEqual({ name: 'drug', dose: -0.8 });
    expect(atUsualDose(fit, 'A')).toBe('A');
    expect(atUsualDose(fit, 'unknown')).toBe('unknown');
  });
});
