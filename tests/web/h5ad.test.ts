import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import h5wasm, { type File as HdfFile, type Group } from 'h5wasm/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { columnNames, distinct, geneNamesOf, readColumn, readIndex } from '../../web/src/io/h5ad/columns';
import { judge, matricesOf, matrixAt, slicesOf } from '../../web/src/io/h5ad/matrix';

const folder = mkdtempSync(join(tmpdir(), 'groundwork-h5ad-'));
let file: HdfFile;
let root: Group;

/** Cells × genes; a row and a column are empty. */
const counts = [
  [3, 0, 1, 0],
  [0, 2, 0, 0],
  [0, 0, 0, 0],
  [5, 1, 4, 0],
  [1, 0, 7, 0],
];

function sparse(parent: Group, name: string, form: 'csr' | 'csc', values: number[][]): void {
  const lines = form === 'csr' ? values : values[0]!.map((_, gene) => values.map((row) => row[gene]!));
  const data: number[] = [];
  const indices: number[] = [];
  const indptr = [0];
  for (const line of lines) {
    line.forEach((value, at) => {
      if (value === 0) return;
      data.push(value);
      indices.push(at);
    });
    indptr.push(data.length);
  }
  const group = parent.create_group(name);
  group.create_attribute('encoding-type', `${form}_matrix`);
  group.create_attribute('shape', Int32Array.of(values.length, values[0]!.length));
  group.create_dataset({
    name: 'data',
    data: Float32Array.from(data),
    chunks: [2],
    compression: 'gzip',
    compression_opts: 4,
  });
  group.create_dataset({ name: 'indices', data: Int32Array.from(indices) });
  group.create_dataset({ name: 'indptr', data: BigInt64Array.from(indptr, BigInt), dtype: '<q' });
}

function truths(parent: Group, name: string, values: number[]): void {
  parent.create_dataset({ name, data: Int8Array.from(values), dtype: '<b' });
}

beforeAll(async () => {
  await h5wasm.ready;
  file = new h5wasm.File(join(folder, 'made.h5ad'), 'w');
  root = file;
  sparse(
    root,
    'X',
    'csr',
    counts.map((row) => row.map((value) => Math.log1p(value))),
  );
  const layers = root.create_group('layers');
  sparse(layers, 'counts', 'csr', counts);
  sparse(layers, 'columns', 'csc', counts);
  layers.create_dataset({ name: 'dense', data: Float64Array.from(counts.flat()), shape: [5, 4] });
  layers.create_dataset({
    name: 'centred',
    data: Float64Array.from(counts.flat(), (v) => v - 1),
    shape: [5, 4],
  });

  const obs = root.create_group('obs');
  obs.create_attribute('_index', 'barcode');
  obs.create_dataset({ name: 'barcode', data: ['c1', 'c2', 'c3', 'c4', 'c5'] });
  const target = obs.create_group('target');
  target.create_attribute('encoding-type', 'categorical');
  target.create_dataset({ name: 'codes', data: Int8Array.of(0, 1, -1, 1, 0) });
  target.create_dataset({ name: 'categories', data: ['JAK2', 'non-targeting'] });
  obs.create_dataset({ name: 'batch', data: Int32Array.of(1, 1, 2, 2, 1) });
  obs.create_dataset({ name: 'score', data: Float32Array.of(0.1, 0.2, NaN, 0.1, 2) });
  obs.create_dataset({ name: 'donor', data: ['a', 'b', 'b', 'a', 'a'] });
  obs.create_dataset({ name: 'old', data: Int8Array.of(1, 0, 1, 1, 0) });
  obs.create_group('__categories').create_dataset({ name: 'old', data: ['low', 'high'] });
  const day = obs.create_group('day');
  day.create_attribute('encoding-type', 'nullable-integer');
  day.create_dataset({ name: 'values', data: Int32Array.of(2, 2, 0, 5, 5) });
  truths(day, 'mask', [0, 0, 1, 0, 0]);
  obs.create_attribute('column-order', ['target', 'day', 'batch', 'score', 'donor', 'old']);

  const genes = root.create_group('var');
  genes.create_attribute('_index', '_index');
  genes.create_dataset({
    name: '_index',
    data: ['ENSG00000000001', 'ENSG00000000002', 'ENSG00000000003', 'ENSG00000000004'],
  });
  genes.create_dataset({ name: 'gene_name', data: ['JAK2', 'STAT1', 'MYC', 'SPI1'] });
});

afterAll(() => {
  file.close();
  rmSync(folder, { recursive: true });
});

const obs = (): Group => root.get('obs') as Group;
const texts = (name: string): (string | null)[] => {
  const column = readColumn(obs(), name)!;
  return Array.from(column.codes, (code) => column.levels[code] ?? null);
};

describe('columns of an h5ad', () => {
  it('come in the order in which they were written, without index and categories', () => {
    expect(columnNames(obs())).toEqual(['target', 'day', 'batch', 'score', 'donor', 'old']);
    expect(readIndex(obs())).toEqual(['c1', 'c2', 'c3', 'c4', 'c5']);
  });

  it('are read in every form that AnnData writes', () => {
    expect(texts('target')).toEqual(['JAK2', 'non-targeting', null, 'non-targeting', 'JAK2']);
    expect(texts('batch')).toEqual(['1', '1', '2', '2', '1']);
    expect(texts('score')).toEqual(['0.1', '0.2', null, '0.1', '2']);
    expect(texts('donor')).toEqual(['a', 'b', 'b', 'a', 'a']);
    expect(texts('old')).toEqual(['high', 'low', 'high', 'high', 'low']);
    expect(texts('day')).toEqual(['2', '2', null, '5', '5']);
  });

  it('take gene symbols where the index holds Ensembl identifiers', () => {
    const sources = geneNamesOf(root.get('var') as Group);
    expect(sources.map(({ column }) => column)).toEqual(['gene_name', '']);
    expect(sources[0]!.names).toEqual(['JAK2', 'STAT1', 'MYC', 'SPI1']);
  });
});

it('gene names that repeat are numbered and counted', () => {
  expect(distinct(['A', 'B', 'A', 'A-1', 'A'])).toEqual({
    names: ['A', 'B', 'A-2', 'A-1', 'A-3'],
    repeated: 2,
  });
});

describe('matrices of an h5ad', () => {
  it('are judged by their values: counts are whole and not negative', () => {
    const judged = matricesOf(root).map(judge);
    expect(judged.map(({ path, form, counts }) => [path, form, counts])).toEqual([
      ['X', 'csr', false],
      ['layers/centred', 'dense', false],
      ['layers/columns', 'csc', true],
      ['layers/counts', 'csr', true],
      ['layers/dense', 'dense', true],
    ]);
    expect(judged[0]!.reason).toContain('not whole numbers');
    expect(judged[1]!.reason).toContain('negative');
  });

  it.each(['layers/counts', 'layers/columns', 'layers/dense'])(
    '%s comes back whole from its slices',
    (path) => {
      const matrix = matrixAt(root, path)!;
      const read = counts.map((row) => row.map(() => 0));
      for (const slice of slicesOf(matrix)) {
        if (slice.form === 'dense') {
          slice.values.forEach((v, at) => (read[slice.first + Math.floor(at / 4)]![at % 4] = v));
          continue;
        }
        for (let line = 0; line + 1 < slice.indptr.length; line++) {
          for (let at = slice.indptr[line]!; at < slice.indptr[line + 1]!; at++) {
            const [row, column] = [slice.first + line, slice.indices[at]!];
            if (slice.form === 'csr') read[row]![column] = slice.values[at]!;
            else read[column]![row] = slice.values[at]!;
          }
        }
      }
      expect(read).toEqual(counts);
    },
  );

  it('with an indptr that does not fit are refused', () => {
    const group = (root.get('layers') as Group).create_group('broken');
    group.create_attribute('encoding-type', 'csr_matrix');
    group.create_attribute('shape', Int32Array.of(5, 4));
    group.create_dataset({ name: 'data', data: Float32Array.of(1) });
    group.create_dataset({ name: 'indices', data: Int32Array.of(0) });
    group.create_dataset({ name: 'indptr', data: Int32Array.of(0, 1) });
    expect(() => [...slicesOf(matrixAt(root, 'layers/broken')!)]).toThrow(/indptr has 2 entries, expected 6/);
  });
});
