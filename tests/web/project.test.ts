import { describe, expect, it } from 'vitest';
import { Session } from '../../web/src/state/session.svelte';
import { entriesOf, restore } from '../../web/src/state/projectForm';
import type { ScreenDocument } from '../../web/src/state/documents';

const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

function analysed(): Session {
  const session = new Session();
  const json = { kind: 'screen', schema: 1, counts_name: 'a.csv', seed: 3, buffers: { sum: {} } };
  session.data.complete({ json: json as unknown as ScreenDocument, bytes: Uint8Array.of(1, 2, 3) });
  session.fit.complete({ json: { kind: 'fit', schema: 1, seed: 9 } as never, bytes: new Uint8Array(0) });
  session.fit.change({ model: 'linear' } as never, 'the model was changed');
  session.design.change({ sb2: 0.02 } as never);
  return session;
}

describe('a project', () => {
  it('holds the documents, their bytes and the choices', () => {
    const entries = entriesOf(analysed());
    expect(Object.keys(entries).sort()).toEqual(['fit.json', 'project.json', 'screen.bin', 'screen.json']);
    const project = JSON.parse(new TextDecoder().decode(entries['project.json'])) as Record<string, unknown>;
    expect(project).toMatchObject({ kind: 'project', schema: 1, documents: ['screen', 'fit'] });
  });

  it('restores results, choices and what was out of date', () => {
    const back = new Session();
    restore(back, entriesOf(analysed()));
    expect(back.data.result?.json).toMatchObject({ counts_name: 'a.csv', seed: 3 });
    expect([...back.data.result!.bytes]).toEqual([1, 2, 3]);
    expect(back.fit.status).toBe('out of date');
    expect(back.fit.reason).toBe('the model was changed');
    expect(back.fit.parameters).toEqual({ model: 'linear' });
    expect(back.design.parameters).toEqual({ sb2: 0.02 });
    expect(back.predict.status).toBe('ready');
  });

  it('keeps the truth of a simulated example', () => {
    const [from, back] = [analysed(), new Session()];
    from.example = { title: 'A confounded design', truth: { kind: 'truth' } };
    restore(back, entriesOf(from));
    expect(back.example).toEqual(from.example);
  });

  it('replaces what was open, whole', () => {
    const open = analysed();
    restore(open, { 'project.json': text({ kind: 'project', schema: 1, version: '0.1.0', documents: [] }) });
    expect(open.steps.map(({ hasResult }) => hasResult)).toEqual(open.steps.map(() => false));
    expect(open.fit.parameters).toEqual(new Session().fit.parameters);
  });

  it.each([
    ['no project', { 'other.json': text({}) }, 'project.not_a_project'],
    ['not JSON', { 'project.json': new TextEncoder().encode('{') }, 'project.damaged'],
    [
      'newer',
      { 'project.json': text({ kind: 'project', schema: 2, version: '9.0.0', documents: [] }) },
      'project.schema',
    ],
    [
      'a document missing',
      { 'project.json': text({ kind: 'project', schema: 1, version: '0.1.0', documents: ['fit'] }) },
      'project.no_document',
    ],
    [
      'a newer document',
      {
        'project.json': text({ kind: 'project', schema: 1, version: '0.1.0', documents: ['fit'] }),
        'fit.json': text({ kind: 'fit', schema: 5 }),
      },
      'message.schema',
    ],
    [
      'bytes missing',
      {
        'project.json': text({ kind: 'project', schema: 1, version: '0.1.0', documents: ['fit'] }),
        'fit.json': text({ kind: 'fit', schema: 1, buffers: {} }),
      },
      'project.damaged',
    ],
  ])('with %s is refused and changes nothing', (_, entries, code) => {
    const open = analysed();
    const before = open.data.result;
    expect(() => restore(open, entries)).toThrow(expect.objectContaining({ code }) as Error);
    expect(open.data.result).toBe(before);
    expect(open.fit.parameters).toEqual({ model: 'linear' });
  });
});
