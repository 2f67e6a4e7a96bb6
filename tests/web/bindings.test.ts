import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import createGroundwork, { type GroundworkModule } from 'groundwork-core';
import { beforeAll, describe, expect, it } from 'vitest';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/** The methods that an interface of groundwork.d.ts declares. */
function declared(name: string): string[] {
  const text = readFileSync(path('web/src/worker/groundwork.d.ts'), 'utf8');
  const body = new RegExp(`export interface ${name}[^{]*\\{([\\s\\S]*?)\\n  \\}`).exec(text)?.[1] ?? '';
  return [...body.matchAll(/^\s{4}(\w+)\(/gm)].map((match) => match[1]!).sort();
}

function exported(module: GroundworkModule, name: string): string[] {
  const type = (module as unknown as Record<string, { prototype: object } | undefined>)[name];
  return Object.getOwnPropertyNames(type?.prototype ?? {})
    .filter((method) => method !== 'constructor')
    .sort();
}

const none = new Uint8Array(0);
let module: GroundworkModule;

beforeAll(async () => {
  module = await createGroundwork({ wasmBinary: readFileSync(path('build/wasm/wasm/groundwork.wasm')) });
});

describe('the declarations of the module', () => {
  it.each(['Job', 'Ingest', 'DesignSession'])('list the methods of %s that there are', (name) => {
    expect(declared(name)).not.toEqual([]);
    expect(exported(module, name)).toEqual(declared(name));
  });

  it('list the functions that there are', () => {
    const functions = declared('GroundworkModule');
    expect(functions).toContain('call');
    const callable = module as unknown as Record<string, unknown>;
    expect(functions.filter((name) => typeof callable[name] !== 'function')).toEqual([]);
  });
});

describe('a binding', () => {
  it('answers with the version', () => {
    const { version } = JSON.parse(readFileSync(path('web/package.json'), 'utf8')) as { version: string };
    expect(module.version()).toBe(version);
  });

  it('refuses an unknown command with a code', () => {
    expect(module.call('nothing', '{}', none)).toMatchObject({ ok: false, code: 'usage.command' });
    expect(module.startJob('nothing', '{}', none)).toMatchObject({ ok: false, code: 'usage.command' });
  });

  it('refuses what is not JSON', () => {
    expect(module.call('components', '{', none)).toMatchObject({ ok: false, code: 'message.json' });
  });

  it('refuses counts before the roles are given, and goes on working', () => {
    const reply = module.newIngest();
    if (!reply.ok) throw new Error(reply.message);
    const { ingest } = reply;
    expect(ingest.pushDense(0, 1, Float32Array.of(1))).toMatchObject({ ok: false, code: 'ingest.order' });
    expect(ingest.setGenes('["A","B"]')).toEqual({ ok: true });
    expect(ingest.setCellNames('["c1","c2","c3"]')).toEqual({ ok: true });
    expect(ingest.addColumn('edit', Int32Array.of(0, 1, -1), '["ntc","A"]')).toEqual({ ok: true });
    const described = ingest.describe();
    expect(described.ok && (JSON.parse(described.json) as { cells: number }).cells).toBe(3);
    ingest.delete();
  });

  it('sums the same statistics from rows, columns and dense slices', () => {
    const counts = [
      [3, 0, 1],
      [0, 2, 0],
      [5, 1, 4],
      [1, 1, 0],
    ];
    const screens = (['rows', 'columns', 'dense'] as const).map((form) => summarise(form, counts));
    expect(screens[0]).toMatchObject({ cells_kept: 4, genes: ['A', 'B', 'C'] });
    expect(screens[1]).toEqual(screens[0]);
    expect(screens[2]).toEqual(screens[0]);
  });
});

/** A screen of four cells, two controls and two edited, given in one of the forms. */
function summarise(form: 'rows' | 'columns' | 'dense', counts: number[][]): Record<string, unknown> {
  const unwrap = <T>(reply: ({ ok: true } & T) | { ok: false; message: string }): T => {
    if (!reply.ok) throw new Error(reply.message);
    return reply;
  };
  const { ingest } = unwrap(module.newIngest());
  unwrap(ingest.setGenes('["A","B","C"]'));
  unwrap(ingest.setCellNames('["c1","c2","c3","c4"]'));
  unwrap(ingest.addColumn('edit', Int32Array.of(0, 1, 0, 1), '["ntc","A"]'));
  unwrap(ingest.begin(JSON.stringify({ roles: { perturbation: 'edit', control: ['ntc'] }, seed: 1 })));
  const lines = form === 'columns' ? [0, 1, 2].map((gene) => counts.map((row) => row[gene]!)) : counts;
  const starts = [0];
  const indices: number[] = [];
  const values: number[] = [];
  for (const line of lines) {
    line.forEach((value, at) => {
      if (value !== 0) {
        indices.push(at);
        values.push(value);
      }
    });
    starts.push(indices.length);
  }
  do {
    if (form === 'dense') unwrap(ingest.pushDense(0, 4, Float32Array.from(counts.flat())));
    else {
      const slice = [
        0,
        Int32Array.from(starts),
        Int32Array.from(indices),
        Float32Array.from(values),
      ] as const;
      unwrap(form === 'rows' ? ingest.pushRows(...slice) : ingest.pushColumns(...slice));
    }
  } while (unwrap(ingest.nextPass()).more);
  const screen = JSON.parse(unwrap(ingest.finish()).json) as Record<string, unknown>;
  ingest.delete();
  return screen;
}
