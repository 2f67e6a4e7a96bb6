import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import createGroundwork, { type GroundworkModule } from 'groundwork-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { noRoles } from '../../web/src/pages/data/roles';
import type { Roles } from '../../web/src/state/documents';
import { plainRequest, requestWith } from '../../web/src/worker/arrays';
import type { CoreMessage } from '../../web/src/worker/message';
import type { FromWorker, JobEnd, Request } from '../../web/src/worker/messages';
import { Server } from '../../web/src/worker/serve';

/* Wrong input as the page's worker meets it: the cases that tests/reference/refusals.py brings to the command line, with the same codes. */

interface Made {
  name: string;
  text: string;
  base64?: string;
  gzip?: boolean;
  cut?: number;
}
interface Case {
  name: string;
  /** null: it is accepted. */
  code: string | null;
  says: string[];
  counts?: Made;
  cells?: Made;
  roles?: Partial<Roles>;
  layout?: Made;
  contrasts?: Made;
  protocol?: Made;
  /** What is asked of the fit that protocols are run on. */
  model?: { command: string; request: Record<string, unknown> };
  flags?: string[];
  /** Options of a fit to the summary. */
  fit?: Record<string, unknown>;
}

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const cases = JSON.parse(readFileSync(path('tests/reference/refusals.json'), 'utf8')) as Case[];

function fileOf({ name, text, base64, gzip = false, cut = 0 }: Made): File {
  let bytes: Buffer = base64 === undefined ? Buffer.from(text) : Buffer.from(base64, 'base64');
  if (gzip) bytes = gzipSync(bytes);
  return new File([new Uint8Array(bytes.subarray(0, bytes.length - cut))], name);
}

let module: GroundworkModule;
beforeAll(async () => {
  module = await createGroundwork({ wasmBinary: readFileSync(path('build/wasm/wasm/groundwork.wasm')) });
});

/** A worker's conversation, one request after the other. */
class Worker {
  readonly said: FromWorker[] = [];
  readonly server = new Server(module, (message) => this.said.push(message));
  #id = 0;

  async ask(request: object): Promise<Extract<FromWorker, { kind: 'answer' | 'refused' }>> {
    await this.server.receive({ ...request, id: ++this.#id } as Request);
    const last = this.said.at(-1);
    if (last?.kind !== 'answer' && last?.kind !== 'refused') throw new Error('the worker did not answer');
    return last;
  }

  async summarise({ counts, cells, roles }: Case) {
    const files = [counts, cells].filter((file) => file !== undefined).map(fileOf);
    const opened = await this.ask({ kind: 'data.open', files, metadata: [] });
    if (opened.kind === 'refused') return opened;
    const request = { roles: { ...noRoles, ...roles }, seed: 1, matrix: null, geneNames: null };
    return await this.ask({ kind: 'data.summarise', request });
  }

  /** What protocols are run on: tests/reference/protocol_states.csv, as refusals.py fits it. */
  async fit(): Promise<CoreMessage> {
    const text = readFileSync(path('tests/reference/protocol_states.csv'), 'utf8');
    const states = await this.call('states', plainRequest({ text, scale: 'log' }));
    const options = { model: 'linear', members: 1, epochs: 5 };
    const request = requestWith(options, { states });
    const { message } = await this.answer<JobEnd>({ kind: 'job', command: 'fit', request, slice: 1000 });
    return message;
  }

  async call(command: string, request: CoreMessage): Promise<CoreMessage> {
    return await this.answer<CoreMessage>({ kind: 'call', command, request });
  }

  async answer<T>(request: object): Promise<T> {
    const reply = await this.ask(request);
    if (reply.kind === 'refused') throw new Error(reply.error.message);
    return reply.answer as T;
  }

  async askFit(screen: CoreMessage, options: Record<string, unknown>) {
    return await this.ask({
      kind: 'job',
      command: 'fit',
      request: requestWith(options, { screen }),
      slice: 1000,
    });
  }

  async readLayout(layout: Made) {
    const json = { text: layout.text, file: layout.name };
    return await this.ask({ kind: 'call', command: 'layout', request: { json, bytes: new Uint8Array(0) } });
  }
}

describe('wrong input has the code and the sentence that it has at the command line', () => {
  const screens = cases.filter(({ counts, fit }) => counts !== undefined && !fit);
  it.each(screens.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const reply = await new Worker().summarise(one);
    expect(reply.kind === 'refused' ? reply.error.code : null).toBe(one.code);
    if (reply.kind === 'answer') return;
    for (const word of one.says) expect(reply.error.message).toContain(word);
    expect(reply.error.message).not.toMatch(/undefined|NaN cells|\[object/);
  });

  const fits = cases.filter(({ fit }) => fit !== undefined);
  it.each(fits.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const worker = new Worker();
    const summary = await worker.summarise(one);
    if (summary.kind === 'refused') throw new Error(summary.error.message);
    const reply = await worker.askFit(summary.answer as CoreMessage, one.fit!);
    expect(reply.kind === 'refused' ? reply.error.code : null).toBe(one.code);
    if (reply.kind === 'refused') for (const word of one.says) expect(reply.error.message).toContain(word);
  });

  // Contrasts and variances are typed on the page; layouts come as files at both doors.
  const layouts = cases.filter(({ layout, contrasts, flags }) => layout && !contrasts && !flags);
  it.each(layouts.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const reply = await new Worker().readLayout(one.layout!);
    expect(reply.kind === 'refused' ? reply.error.code : null).toBe(one.code);
    if (reply.kind === 'refused') for (const word of one.says) expect(reply.error.message).toContain(word);
  });

  const protocols = cases.filter(({ protocol }) => protocol !== undefined);
  it.each(protocols.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const worker = new Worker();
    const stages = JSON.parse(one.protocol!.text) as object;
    const request = requestWith({ protocols: [{ name: 'stages', ...stages }] }, { fit: await worker.fit() });
    const reply = await worker.ask({ kind: 'call', command: 'protocol', request });
    expect(reply.kind === 'refused' ? reply.error.code : null).toBe(one.code);
    if (reply.kind === 'refused') for (const word of one.says) expect(reply.error.message).toContain(word);
  });

  const models = cases.filter(({ model }) => model !== undefined);
  it.each(models.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const worker = new Worker();
    const { command, request } = one.model!;
    const asked = { command, request: requestWith(request, { fit: await worker.fit() }) };
    const reply = await worker.ask(
      command === 'links' ? { kind: 'job', ...asked, slice: 1000 } : { kind: 'call', ...asked },
    );
    expect(reply.kind === 'refused' ? reply.error.code : null).toBe(one.code);
    if (reply.kind === 'refused') for (const word of one.says) expect(reply.error.message).toContain(word);
  });

  it('and a refused summary leaves the open files as they were', async () => {
    const worker = new Worker();
    const good = cases.find(({ code, counts }) => code === null && counts !== undefined)!;
    const refused = cases.find(({ code }) => code === 'roles.no_control')!;
    expect((await worker.summarise({ ...good, roles: refused.roles! })).kind).toBe('refused');
    const request = { roles: { ...noRoles, ...good.roles }, seed: 1, matrix: null, geneNames: null };
    expect((await worker.ask({ kind: 'data.summarise', request })).kind).toBe('answer');
  });
});

describe('a column that looks like a gene', () => {
  const text = 'cell,edit,plate7,A,B\nc1,ntc,1,4,2\nc2,x,1,0,1\nc3,x,2,3,4\nc4,ntc,2,2,2\n';
  const files = [new File([text], 'a.csv')];

  it('is metadata when it is named so, and a name that is no column is refused', async () => {
    const worker = new Worker();
    const named = await worker.ask({ kind: 'data.open', files, metadata: ['plate7'] });
    const found = (
      named as { answer: { description: { genes: { count: number }; columns: { name: string }[] } } }
    ).answer.description;
    expect(found.columns.map(({ name }) => name)).toContain('plate7');
    expect(found.genes.count).toBe(2);
    const absent = await worker.ask({ kind: 'data.open', files, metadata: ['plate8'] });
    expect(absent).toMatchObject({ kind: 'refused', error: { code: 'roles.unknown_column' } });
  });

  it('may hold what no count is, once it is named', async () => {
    const scored = [new File([text.replaceAll('plate7', 'X1').replace('c3,x,2', 'c3,x,0.25')], 'a.csv')];
    const worker = new Worker();
    const refused = await worker.ask({ kind: 'data.open', files: scored, metadata: [] });
    expect(refused).toMatchObject({ kind: 'refused', error: { code: 'counts.not_counts' } });
    expect((await worker.ask({ kind: 'data.open', files: scored, metadata: ['X1'] })).kind).toBe('answer');
  });
});
