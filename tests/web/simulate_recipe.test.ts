import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import createGroundwork, { type GroundworkModule } from 'groundwork-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { cellsOf, firstChoices, recipeOf, type SimulateChoices } from '../../web/src/pages/simulate/recipe';
import { bytesOf, plainRequest } from '../../web/src/worker/arrays';
import type { CoreMessage, StoredText } from '../../web/src/worker/message';
import type { FromWorker, JobEnd, Request } from '../../web/src/worker/messages';
import { Server } from '../../web/src/worker/serve';

/* The panel's recipes, drawn by the core as the page's worker draws them. */

interface Simulation {
  cells: number;
  truth: { conditions: { medium: string; perturbation: string; edits: object[] }[]; genes: string[] };
  tables: { name: string; text: StoredText }[];
}

let module: GroundworkModule;
beforeAll(async () => {
  const path = fileURLToPath(new URL('../../build/wasm/wasm/groundwork.wasm', import.meta.url));
  module = await createGroundwork({ wasmBinary: readFileSync(path) });
});

async function drawn(part: Partial<SimulateChoices>): Promise<CoreMessage<Simulation>> {
  const said: FromWorker[] = [];
  const request = plainRequest({ recipe: recipeOf({ ...small, ...part }), text: true });
  const server = new Server(module, (message) => said.push(message));
  await server.receive({ kind: 'job', command: 'simulate', request, slice: 1000, id: 1 } as Request);
  const last = said.at(-1);
  if (last?.kind !== 'answer') throw new Error(JSON.stringify(last));
  return (last.answer as JobEnd<Simulation>).message;
}

const small = { ...firstChoices, genes: 8, edits: 3, cells: 4, controls: 5 };
const lines = (message: CoreMessage<Simulation>, table: number) =>
  new TextDecoder().decode(bytesOf(message, message.json.tables[table]!.text)).trim().split('\n');

describe('what the panel asks for is what is drawn', () => {
  const cases: [string, Partial<SimulateChoices>][] = [
    ['as it opens', {}],
    ['one batch at one time', { batches: 1, times: [7] }],
    ['two media and the two orders of editing and changing', { media: 2, sequences: true }],
    [
      'pairs, guides and interference in a linear field',
      { pairs: 2, guides: 2, modality: 'crispri', field: 'linear' },
    ],
    ['no edits, three media, a saturating field', { edits: 0, pairs: 2, media: 3, field: 'saturating' }],
  ];
  test.each(cases)('%s', async (_, part) => {
    const message = await drawn(part);
    expect(message.json.cells).toBe(cellsOf({ ...small, ...part }));
    expect(lines(message, 0)).toHaveLength(message.json.cells + 1);
    expect(lines(message, 1)).toHaveLength(message.json.cells + 1);
    expect(lines(message, 0)[0]!.split(',')).toEqual(['cell', ...message.json.truth.genes]);
  });

  test('sequences are media with names of their own, and a seed is a seed', async () => {
    const one = await drawn({ media: 2, sequences: true });
    const media = new Set(one.json.truth.conditions.map(({ medium }) => medium));
    expect([...media].sort()).toEqual(['baseline', 'edit, then medium 2', 'medium 2', 'medium 2, then edit']);
    expect(lines(await drawn({ media: 2, sequences: true }), 0)).toEqual(lines(one, 0));
    expect(lines(await drawn({ media: 2, sequences: true, seed: 2 }), 0)).not.toEqual(lines(one, 0));
  });

  test('fewer edits than pairs need are no refusal', () => {
    expect(recipeOf({ ...small, edits: 1, pairs: 3 }).pairs).toBeUndefined();
    expect(recipeOf({ ...small, edits: 3, pairs: 9 }).pairs).toBe(2);
  });
});
