// The two doors onto the same core: the command line, and the module that the page's workers load, here under Node.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export const commandLine = resolve('build/native/groundwork');

/** Runs the command line; a refusal throws what it printed. */
export function run(...args) {
  const done = spawnSync(commandLine, args, { encoding: 'utf8', maxBuffer: 1 << 30 });
  if (done.error) throw done.error;
  if (done.status !== 0) throw Object.assign(new Error(done.stderr.trim()), { status: done.status });
  return done.stdout === '' ? null : JSON.parse(done.stdout);
}

/** NAME.json and NAME.bin, as a message. */
export function readMessage(path) {
  const bytes = path.replace(/\.json$/, '.bin');
  return {
    json: JSON.parse(readFileSync(path, 'utf8')),
    bytes: existsSync(bytes) ? new Uint8Array(readFileSync(bytes)) : new Uint8Array(0),
  };
}

export async function loadModule() {
  const { default: create } = await import(pathToFileURL(resolve('build/wasm/wasm/groundwork.js')));
  return create({ wasmBinary: readFileSync('build/wasm/wasm/groundwork.wasm') });
}

/** A refusal of the module throws; otherwise the reply. */
export function accepted(reply) {
  if (reply.ok) return reply;
  throw Object.assign(new Error(`${reply.code}: ${reply.message}`), { code: reply.code });
}

const arrayOf = { f8: Float64Array, f4: Float32Array, i4: Int32Array, u1: Uint8Array };

/** The document with every buffer in its place, so that documents can be compared value by value. */
export function inlined({ json, bytes }) {
  const places = json.buffers ?? {};
  const nest = (flat, shape) => {
    if (shape.length <= 1) return Array.from(flat, (value) => (Number.isNaN(value) ? null : value));
    const step = flat.length / shape[0];
    return Array.from({ length: shape[0] }, (_, i) =>
      nest(flat.subarray(i * step, (i + 1) * step), shape.slice(1)),
    );
  };
  const open = (value) => {
    if (Array.isArray(value)) return value.map(open);
    if (value === null || typeof value !== 'object') return value;
    if (typeof value.buffer === 'string') {
      const { dtype, shape, offset } = places[value.buffer];
      const Type = arrayOf[dtype];
      const count = shape.reduce((a, b) => a * b, 1);
      const copy = bytes.slice(offset, offset + count * Type.BYTES_PER_ELEMENT);
      return nest(new Type(copy.buffer), shape);
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, open(inner)]));
  };
  const { buffers: _, ...rest } = json;
  return open(rest);
}

/**
 * The largest difference between two documents, relative to the larger of the two values and `floor`; where the shape,
 * a key or a text differs, the path is named and the difference is infinite.
 */
export function difference(a, b, floor = 1e-9, path = '') {
  if (typeof a === 'number' && typeof b === 'number') {
    return { path, value: a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), floor) };
  }
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') {
    return { path, value: a === b ? 0 : Infinity };
  }
  let worst = { path, value: 0 };
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const inner =
      key in a && key in b
        ? difference(a[key], b[key], floor, `${path}/${key}`)
        : { path: `${path}/${key}`, value: Infinity };
    if (inner.value > worst.value) worst = inner;
  }
  return worst;
}
