import { CoreError } from './errors';
import {
  isReference,
  type BufferPlace,
  type CoreMessage,
  type StoredMatrix,
  type StoredText,
  type StoredVector,
} from './message';

/* Arrays of documents, from either form: nested in the JSON, or in the bytes beside it. NaN stands for null. */

export interface Table {
  rows: number;
  columns: number;
  /** Row by row. */
  values: Float64Array;
}

const constructors = { f8: Float64Array, f4: Float32Array, i4: Int32Array, u1: Uint8Array } as const;

type Typed = Float64Array | Float32Array | Int32Array | Uint8Array;

function placeOf(message: CoreMessage, name: string): BufferPlace {
  const buffers = (message.json as { buffers?: Record<string, BufferPlace> }).buffers;
  const place = buffers?.[name];
  if (place === undefined) {
    throw new CoreError({
      code: 'message.no_buffer',
      message: `The document refers to buffer '${name}', which its list of buffers does not have.`,
      hint: 'The project file may be damaged.',
    });
  }
  return place;
}

function bufferOf(message: CoreMessage, name: string): { values: Typed; shape: number[] } {
  const { dtype, shape, offset } = placeOf(message, name);
  const type = constructors[dtype];
  const count = shape.reduce((product, extent) => product * extent, 1);
  const start = message.bytes.byteOffset + offset;
  if (offset + count * type.BYTES_PER_ELEMENT > message.bytes.byteLength) {
    throw new CoreError({
      code: 'message.buffer_range',
      message: `Buffer '${name}' ends after the bytes that came with the document.`,
      hint: 'The project file may be damaged.',
    });
  }
  if (start % type.BYTES_PER_ELEMENT === 0) {
    return { values: new type(message.bytes.buffer as ArrayBuffer, start, count), shape };
  }
  const copy = message.bytes.slice(offset, offset + count * type.BYTES_PER_ELEMENT);
  return { values: new type(copy.buffer, 0, count), shape };
}

export function vectorOf(message: CoreMessage, stored: StoredVector): Float64Array {
  if (isReference(stored)) {
    const { values } = bufferOf(message, stored.buffer);
    return values instanceof Float64Array ? values : Float64Array.from(values);
  }
  return Float64Array.from(stored, (value) => value ?? NaN);
}

/** A text in UTF-8, wherever it is. */
export function bytesOf(message: CoreMessage, stored: StoredText): Uint8Array {
  if (!isReference(stored)) return new TextEncoder().encode(stored);
  const { values } = bufferOf(message, stored.buffer);
  return values instanceof Uint8Array ? values : Uint8Array.from(values);
}

export function tableOf(message: CoreMessage, stored: StoredMatrix): Table {
  if (isReference(stored)) {
    const { values, shape } = bufferOf(message, stored.buffer);
    const [rows = 0, columns = 0] = shape;
    return { rows, columns, values: values instanceof Float64Array ? values : Float64Array.from(values) };
  }
  const rows = stored.length;
  const columns = stored[0]?.length ?? 0;
  const values = new Float64Array(rows * columns);
  stored.forEach((row, r) => row.forEach((value, c) => (values[r * columns + c] = value ?? NaN)));
  return { rows, columns, values };
}

export function rowOf(table: Table, row: number): Float64Array {
  return table.values.subarray(row * table.columns, (row + 1) * table.columns);
}

function mapReferences(value: unknown, rename: (name: string) => string): unknown {
  if (isReference(value) && Object.keys(value).length === 1) return { buffer: rename(value.buffer) };
  if (Array.isArray(value)) return value.map((item) => mapReferences(item, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapReferences(item, rename)]));
}

function embedInto(
  inner: CoreMessage,
  prefix: string,
  start: number,
  buffers: Record<string, BufferPlace>,
): unknown {
  const { buffers: own = {}, ...rest } = inner.json as { buffers?: Record<string, BufferPlace> };
  for (const [name, place] of Object.entries(own)) {
    buffers[`${prefix}/${name}`] = { ...place, offset: place.offset + start };
  }
  return mapReferences(rest, (name) => `${prefix}/${name}`);
}

/**
 * A request that carries whole documents: `options` as they are, each document under its key with its buffers renamed
 * `key/NAME` (a list of documents: `key0/NAME`, …), as core's `embed` does.
 */
export function requestWith(
  options: Record<string, unknown>,
  documents: Record<string, CoreMessage | CoreMessage[]>,
): CoreMessage<Record<string, unknown>> {
  const json: Record<string, unknown> = { ...options };
  const buffers: Record<string, BufferPlace> = {};
  const parts: { start: number; bytes: Uint8Array }[] = [];
  let size = 0;
  const place = (inner: CoreMessage, prefix: string): unknown => {
    const start = size;
    parts.push({ start, bytes: inner.bytes });
    size = start + Math.ceil(inner.bytes.byteLength / 8) * 8;
    return embedInto(inner, prefix, start, buffers);
  };
  for (const [key, inner] of Object.entries(documents)) {
    json[key] = Array.isArray(inner)
      ? inner.map((one, index) => place(one, `${key}${index}`))
      : place(inner, key);
  }
  if (Object.keys(buffers).length > 0) json.buffers = buffers;
  const bytes = new Uint8Array(size);
  for (const part of parts) bytes.set(part.bytes, part.start);
  return { json, bytes };
}

export function plainRequest(json: Record<string, unknown>): CoreMessage<Record<string, unknown>> {
  return { json, bytes: new Uint8Array(0) };
}
