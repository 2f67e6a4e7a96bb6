import type { Dataset, Group } from 'h5wasm';
import { CoreError } from '../../worker/errors';
import type { FoundMatrix } from '../found';
import { attributeOf, datasetAt, groupAt, isDataset, isGroup, lengthOf, memberOf, numbersOf } from './file';

/** A matrix as it lies in the file. */
export interface Matrix {
  path: string;
  form: 'csr' | 'csc' | 'dense';
  cells: number;
  genes: number;
  /** The stored values; for the sparse forms, `indices` and `indptr` go with them. */
  values: Dataset;
  indices: Dataset | null;
  indptr: Dataset | null;
}

/** A piece of a matrix, in the words of the core's Ingest. */
export type Slice =
  | { form: 'csr' | 'csc'; first: number; indptr: Int32Array; indices: Int32Array; values: Float32Array }
  | { form: 'dense'; first: number; count: number; values: Float32Array };

/** Values handled at once; a slice takes about eight bytes a value here and as much in the core. */
const valuesAtOnce = 1 << 20;

export function matrixAt(root: Group, path: string): Matrix | null {
  const entity = memberOf(root, path);
  if (isDataset(entity)) {
    const [cells, genes, ...more] = entity.shape ?? [];
    if (cells === undefined || genes === undefined || more.length > 0) return null;
    return { path, form: 'dense', cells, genes, values: entity, indices: null, indptr: null };
  }
  if (!isGroup(entity)) return null;
  const values = datasetAt(entity, 'data');
  const indices = datasetAt(entity, 'indices');
  const indptr = datasetAt(entity, 'indptr');
  const shape = Array.from(numbersOf(attributeOf(entity, 'shape') ?? attributeOf(entity, 'h5sparse_shape')));
  const [cells, genes] = shape;
  if (values === null || indices === null || indptr === null || cells === undefined || genes === undefined)
    return null;
  const encoding = String(
    attributeOf(entity, 'encoding-type') ?? attributeOf(entity, 'h5sparse_format') ?? '',
  );
  const columns =
    /csc/i.test(encoding) || (encoding === '' && lengthOf(indptr) === genes + 1 && cells !== genes);
  return { path, form: columns ? 'csc' : 'csr', cells, genes, values, indices, indptr };
}

/** Looks at the beginning, the middle and the end of the values: are they counts? */
export function judge(matrix: Matrix): FoundMatrix {
  const { path, form, cells, genes, values } = matrix;
  const reason = reasonAgainst(values);
  return { path, form, cells, genes, counts: reason === null, reason };
}

function reasonAgainst(values: Dataset): string | null {
  const rows = lengthOf(values);
  const width = values.shape?.[1] ?? 1;
  const step = Math.max(1, Math.floor(20_000 / width));
  const starts = [...new Set([0, Math.floor(rows / 2), Math.max(0, rows - step)])];
  for (const start of starts) {
    const end = Math.min(rows, start + step);
    if (end <= start) continue;
    const range: [number, number][] =
      width > 1
        ? [
            [start, end],
            [0, width],
          ]
        : [[start, end]];
    const sample = numbersOf(values.slice(values.shape?.length === 1 ? range.slice(0, 1) : range));
    for (let at = 0; at < sample.length; at++) {
      const value = sample[at]!;
      if (value < 0) return `it holds negative values (found ${display(value)})`;
      if (!Number.isInteger(value))
        return `it holds values that are not whole numbers (found ${display(value)})`;
    }
  }
  return null;
}

function display(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** Every matrix that could hold the counts, those that do first, X before the layers before raw. */
export function matricesOf(root: Group): Matrix[] {
  const layers = groupAt(root, 'layers');
  const paths = ['X', ...(layers?.keys().map((name) => `layers/${name}`) ?? []), 'raw/X', 'raw.X'];
  return paths.flatMap((path) => matrixAt(root, path) ?? []);
}

function damaged(matrix: Matrix, what: string): CoreError {
  return new CoreError({
    code: 'hdf5.matrix',
    message: `The matrix ${matrix.path} is damaged: ${what}.`,
    hint: 'Write the file again with a current version of anndata.',
  });
}

/** How many values a matrix stores. */
export function storedIn({ values }: Matrix): number {
  return (values.shape ?? []).reduce((product, extent) => product * extent, 1);
}

function chunkOf(dataset: Dataset): number {
  return (dataset.metadata.chunks ?? [1]).reduce((product, extent) => product * extent, 1);
}

/** The whole matrix in slices of whole rows (csr, dense) or columns (csc), read as they are asked for. */
export function* slicesOf(matrix: Matrix): Generator<Slice> {
  if (matrix.form === 'dense') yield* denseSlices(matrix);
  else yield* sparseSlices(matrix);
}

function* denseSlices(matrix: Matrix): Generator<Slice> {
  const { values, cells, genes } = matrix;
  const chunkRows = values.metadata.chunks?.[0] ?? 1;
  // Whole chunks, so that none is unpacked twice.
  const wanted = Math.max(1, Math.floor(valuesAtOnce / Math.max(1, genes)));
  const step = Math.max(chunkRows, Math.floor(wanted / chunkRows) * chunkRows);
  for (let first = 0; first < cells; first += step) {
    const end = Math.min(cells, first + step);
    const read = numbersOf(
      values.slice([
        [first, end],
        [0, genes],
      ]),
    );
    yield { form: 'dense', first, count: end - first, values: Float32Array.from(read) };
  }
}

function* sparseSlices(matrix: Matrix): Generator<Slice> {
  const { values, form, cells, genes } = matrix;
  const indices = matrix.indices!;
  const lines = form === 'csr' ? cells : genes;
  const indptr = numbersOf(matrix.indptr!.value);
  if (indptr.length !== lines + 1)
    throw damaged(matrix, `indptr has ${indptr.length} entries, expected ${lines + 1}`);
  const stored = lengthOf(values);
  if (indptr[lines]! > stored || lengthOf(indices) < stored)
    throw damaged(matrix, 'indptr points behind the last value');
  // A chunk that two slices share is unpacked twice: slices are much larger than chunks.
  const target = Math.max(valuesAtOnce, 4 * Math.max(chunkOf(values), chunkOf(indices)));
  let first = 0;
  while (first < lines) {
    const start = indptr[first]!;
    let end = first + 1;
    while (end < lines && indptr[end + 1]! - start <= target) end++;
    const stop = indptr[end]!;
    if (stop < start) throw damaged(matrix, `indptr decreases at entry ${end}`);
    const empty = stop === start;
    yield {
      form: form as 'csr' | 'csc',
      first,
      indptr: Int32Array.from({ length: end - first + 1 }, (_, at) => indptr[first + at]! - start),
      indices: empty ? new Int32Array(0) : asInt32(numbersOf(indices.slice([[start, stop]]))),
      values: empty ? new Float32Array(0) : asFloat32(numbersOf(values.slice([[start, stop]]))),
    };
    first = end;
  }
}

function asInt32(values: ArrayLike<number>): Int32Array {
  return values instanceof Int32Array ? values : Int32Array.from(values);
}

function asFloat32(values: ArrayLike<number>): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values);
}
