import { chunksOf } from './stream';

/** The columns that make a table of text a table of states, whatever others it has. */
const stateColumns = ['condition', 'edits', 'medium', 'time', 'batch', 'variance'];

async function isGzip(file: File): Promise<boolean> {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return first === 0x1f && second === 0x8b;
}

/** Told by the header alone: all six columns are there. */
export async function isStateTable(file: File): Promise<boolean> {
  try {
    for await (const { bytes } of chunksOf(file, await isGzip(file))) {
      if (bytes.length === 0) continue;
      const header = new TextDecoder().decode(bytes.subarray(0, 1 << 16)).split(/\r?\n/, 1)[0] ?? '';
      const names = new Set(header.split(/[,;\t]/).map((name) => name.replaceAll('"', '').trim()));
      return stateColumns.every((name) => names.has(name));
    }
  } catch {
    // What cannot be read is refused with its reason where it is opened.
  }
  return false;
}

/** The whole text of a file, gunzipped where it has to be. */
export async function textOf(file: File): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const { bytes } of chunksOf(file, await isGzip(file)))
    text += decoder.decode(bytes, { stream: true });
  return text + decoder.decode();
}
