import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { packProject, unpackProject } from '../../web/src/io/archive';
import { kindOf, refuseKind } from '../../web/src/io/kinds';
import { chunksOf } from '../../web/src/io/stream';
import { arrange } from '../../web/src/io/tables';

const made = (name: string, content: string | Uint8Array): File => new File([content as BlobPart], name);
const zipped = (text: string): Uint8Array => new Uint8Array(gzipSync(text));
const hdf5 = Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0);

async function textOf(file: File, gzip: boolean): Promise<string> {
  let text = '';
  for await (const { bytes } of chunksOf(file, gzip)) text += new TextDecoder().decode(bytes);
  return text;
}

describe('the kind of a file', () => {
  it.each([
    ['counts.csv', 'a,b\n1,2\n', 'text', false],
    ['lies.h5ad', 'a,b\n1,2\n', 'text', false],
    ['counts.csv.gz', zipped('a,b\n1,2\n'), 'text', true],
    ['unpacked by the host.csv.gz', 'a,b\n1,2\n', 'text', false],
    ['screen.csv', hdf5, 'hdf5', false],
    ['screen.h5ad.gz', zipped(String.fromCharCode(0x7f)), 'text', true],
    ['project', packProject({ 'a.json': new Uint8Array(3) }), 'zip', false],
    ['matrix.mtx', '%%MatrixMarket matrix coordinate\n', 'matrix market', false],
    ['picture.png', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 1), 'binary', false],
    ['nothing', '', 'empty', false],
    ['nothing.gz', zipped(''), 'empty', true],
  ] as const)('%s is told by its content', async (name, content, kind, gzip) => {
    expect(await kindOf(made(name, content))).toMatchObject({ kind, gzip });
  });

  it('is HDF5 also behind a user block', async () => {
    const bytes = new Uint8Array(1100);
    bytes.set(hdf5, 512);
    expect((await kindOf(made('block.h5ad', bytes))).kind).toBe('hdf5');
  });

  it('gets a sentence with a code where it cannot be read', async () => {
    const codes = await Promise.all(
      [made('a', ''), made('b.mtx', '%%MatrixMarket x\n'), made('c', Uint8Array.of(1, 2, 3))].map(
        async (file) => refuseKind(await kindOf(file)).code,
      ),
    );
    expect(codes).toEqual(['text.empty', 'file.matrix_market', 'text.binary']);
  });
});

describe('the bytes of a file', () => {
  const long = Array.from({ length: 50_000 }, (_, at) => `cell_${at},${at % 7}`).join('\n');

  it('are unpacked as they come, and count up to the end', async () => {
    const file = made('long.csv.gz', zipped(long));
    expect(await textOf(file, true)).toBe(long);
    let last = 0;
    for await (const { fraction } of chunksOf(file, true)) last = fraction;
    expect(last).toBe(1);
  });

  it('that break off are refused with a code, not with half a table', async () => {
    const bytes = zipped(long);
    await expect(textOf(made('cut.csv.gz', bytes.slice(0, bytes.length / 2)), true)).rejects.toMatchObject({
      code: 'file.damaged',
    });
  });
});

describe('two tables of text', () => {
  const counts = 'gene,A,B,C\nc1,0,1,2\nc2,3,0,0\n';
  const cells = 'gene,batch,label,note,donor,lane\nc1,b1,JAK2,x,d,1\nc2,b2,ntc,y,d,1\n';
  const known = async (name: string, text: string) => await kindOf(made(name, text));

  it('are told apart whatever their order and size', async () => {
    const [one, other] = [await known('one.csv', counts), await known('other.csv', cells)];
    expect((await arrange([one, other])).counts.file.name).toBe('one.csv');
    expect((await arrange([other, one])).counts.file.name).toBe('one.csv');
    expect((await arrange([one])).cells).toBeNull();
  });

  it('and a third one are too many', async () => {
    const one = await known('one.csv', counts);
    await expect(arrange([one, one, one])).rejects.toMatchObject({ code: 'file.too_many' });
  });
});

describe('a project archive', () => {
  const entries = {
    'project.json': new TextEncoder().encode('{"kind":"project"}'),
    'fit.bin': new Uint8Array(5000).fill(7),
  };

  it('comes back as it was, and is stored, not compressed', async () => {
    const bytes = packProject(entries);
    expect(bytes.length).toBeGreaterThan(5000);
    const back = await unpackProject(new Blob([bytes as Uint8Array<ArrayBuffer>]));
    expect(Object.keys(back)).toEqual(Object.keys(entries));
    expect([...back['fit.bin']!]).toEqual([...entries['fit.bin']]);
    expect(packProject(entries)).toEqual(bytes);
  });

  it('that is cut short or changed is refused', async () => {
    const bytes = packProject(entries);
    const changed = bytes.slice();
    changed[changed.indexOf(7) + 100] = 8;
    for (const bad of [bytes.slice(0, 3000), changed, new Uint8Array(100)]) {
      await expect(unpackProject(new Blob([bad as Uint8Array<ArrayBuffer>]))).rejects.toMatchObject({
        code: 'project.damaged',
      });
    }
  });
});
