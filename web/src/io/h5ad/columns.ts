import type { Dataset, Group } from 'h5wasm';
import { attributeOf, datasetAt, groupAt, isDataset, isGroup, lengthOf, numbersOf, stringsOf } from './file';

/** A metadata column: a code a cell (−1 = missing) and what the codes stand for. */
export interface Column {
  name: string;
  codes: Int32Array;
  levels: string[];
}

/** HDF5's class numbers of the types that columns come in. */
const hdfClass = { integer: 0, float: 1, enumeration: 8 } as const;

function encode(name: string, texts: (string | null)[]): Column {
  const code = new Map<string, number>();
  const codes = Int32Array.from(texts, (text) => {
    if (text === null) return -1;
    const known = code.get(text);
    if (known !== undefined) return known;
    code.set(text, code.size);
    return code.size - 1;
  });
  return { name, codes, levels: [...code.keys()] };
}

/** Single-precision numbers are written with the digits that they have. */
function textOf(value: number, single: boolean): string | null {
  if (!Number.isFinite(value)) return null;
  return String(single ? Number(value.toPrecision(7)) : value);
}

function truthNames(dataset: Dataset): string[] | null {
  const type = dataset.metadata.enum_type;
  if (dataset.metadata.type !== hdfClass.enumeration || type === undefined) return null;
  const isTruth = 'TRUE' in type.members && 'FALSE' in type.members;
  const names: string[] = [];
  for (const [name, value] of Object.entries(type.members)) {
    names[value] = isTruth ? (name === 'TRUE' ? 'True' : 'False') : name;
  }
  return names;
}

function textsOf(dataset: Dataset): (string | null)[] {
  const { metadata } = dataset;
  const value: unknown = dataset.value;
  const names = truthNames(dataset);
  if (names !== null) {
    const codes = Array.isArray(value) ? value.map(Number) : Array.from(numbersOf(value));
    return codes.map((code) => names[code] ?? String(code));
  }
  if (metadata.type === hdfClass.integer || metadata.type === hdfClass.float) {
    const single = metadata.type === hdfClass.float && metadata.size === 4;
    return Array.from(numbersOf(value), (number) => textOf(number, single));
  }
  return stringsOf(value);
}

function categorical(name: string, codes: Dataset, categories: Dataset): Column {
  const levels = textsOf(categories).map((text) => text ?? '');
  return {
    name,
    codes: Int32Array.from(numbersOf(codes.value), (code) => (code < levels.length ? code : -1)),
    levels,
  };
}

/** Values with a mask: pandas' nullable integers, truth values and strings. */
function masked(name: string, values: Dataset, mask: Dataset): Column {
  const texts = textsOf(values);
  const names = truthNames(mask);
  const raw: unknown = mask.value;
  const missing = Array.isArray(raw) ? raw.map(Number) : Array.from(numbersOf(raw));
  const isMissing = (at: number): boolean =>
    names === null ? missing[at] !== 0 : names[missing[at]!] === 'True';
  const isTruth = textIsTruth(values);
  return encode(
    name,
    texts.map((text, at) =>
      isMissing(at) ? null : isTruth ? (text === '1' || text === 'True' ? 'True' : 'False') : text,
    ),
  );
}

function textIsTruth(values: Dataset): boolean {
  return truthNames(values) !== null;
}

/** One column of `obs` or `var` in any of the forms that AnnData has written. null: a form that holds no column. */
export function readColumn(frame: Group, name: string): Column | null {
  const entity = frame.keys().includes(name) ? frame.get(name) : null;
  if (isGroup(entity)) {
    const codes = datasetAt(entity, 'codes');
    const categories = datasetAt(entity, 'categories');
    if (codes !== null && categories !== null) return categorical(name, codes, categories);
    const values = datasetAt(entity, 'values');
    const mask = datasetAt(entity, 'mask');
    return values !== null && mask !== null ? masked(name, values, mask) : null;
  }
  if (!isDataset(entity) || entity.shape?.length !== 1) return null;
  // AnnData before 0.8: the codes here, their categories in a group beside the columns.
  const categories = datasetAt(frame, `__categories/${name}`);
  return categories === null ? encode(name, textsOf(entity)) : categorical(name, entity, categories);
}

function indexName(frame: Group): string {
  const named = attributeOf(frame, '_index');
  if (typeof named === 'string' && frame.keys().includes(named)) return named;
  return frame.keys().includes('_index') ? '_index' : 'index';
}

/** The names of the rows of `obs` or `var`; null: there is no index. */
export function readIndex(frame: Group): string[] | null {
  const column = readColumn(frame, indexName(frame));
  return column === null ? null : Array.from(column.codes, (code) => column.levels[code] ?? '');
}

/** The columns in the order in which they were written, without the index. */
export function columnNames(frame: Group): string[] {
  const index = indexName(frame);
  const present = frame.keys().filter((name) => name !== index && name !== '__categories');
  const order = stringsOf(attributeOf(frame, 'column-order')).filter((name) => present.includes(name));
  return [...order, ...present.filter((name) => !order.includes(name))];
}

export interface GeneNames {
  column: string;
  /** Distinct. */
  names: string[];
  /** How many had to be numbered because the name was there before. */
  repeated: number;
}

/** Names made distinct as anndata does it: the second JAK2 becomes JAK2-1. */
export function distinct(names: string[]): { names: string[]; repeated: number } {
  const taken = new Set(names);
  const seen = new Map<string, number>();
  let repeated = 0;
  const made = names.map((name) => {
    let number = seen.get(name) ?? 0;
    seen.set(name, number + 1);
    if (number === 0) return name;
    repeated += 1;
    while (taken.has(`${name}-${number}`)) number += 1;
    seen.set(name, number + 1);
    taken.add(`${name}-${number}`);
    return `${name}-${number}`;
  });
  return { names: made, repeated };
}

const symbolColumns = [
  'gene_symbols',
  'gene_symbol',
  'gene_names',
  'gene_name',
  'feature_name',
  'symbol',
  'symbols',
];

/** Where the gene names may come from, the proposed source first: symbols where the index holds Ensembl identifiers. */
export function geneNamesOf(frame: Group): GeneNames[] {
  const index = readIndex(frame);
  const sources: GeneNames[] = index === null ? [] : [{ column: '', ...distinct(index) }];
  for (const name of columnNames(frame)) {
    if (!symbolColumns.includes(name.toLowerCase())) continue;
    const column = readColumn(frame, name);
    if (column !== null)
      sources.push({ column: name, ...distinct(Array.from(column.codes, (c) => column.levels[c] ?? '')) });
  }
  const ensembl =
    index !== null && index.filter((name) => /^ENS[A-Z]*G\d{6,}/.test(name)).length > index.length / 2;
  const first = sources[0];
  return ensembl && first !== undefined && sources.length > 1 ? [...sources.slice(1), first] : sources;
}

/** How many rows a frame has, when its index does not say. */
export function rowsOf(frame: Group): number {
  const names = columnNames(frame);
  for (const name of names) {
    const dataset = datasetAt(frame, name) ?? datasetAt(groupAt(frame, name) ?? frame, 'codes');
    if (dataset !== null) return lengthOf(dataset);
  }
  return 0;
}
