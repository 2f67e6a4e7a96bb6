import { CoreError } from '../worker/errors';
import { chunksOf } from './stream';

/** What a file is, judged by its first bytes and never by its name. */
export type FileKind = 'text' | 'hdf5' | 'zip' | 'matrix market' | 'binary' | 'empty';

export interface KnownFile {
  file: File;
  kind: FileKind;
  gzip: boolean;
}

const hdf5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const zip = [0x50, 0x4b];

function startsWith(bytes: Uint8Array, magic: number[]): boolean {
  return bytes.length >= magic.length && magic.every((byte, at) => bytes[at] === byte);
}

function kindOfBytes(bytes: Uint8Array): FileKind {
  if (bytes.length === 0) return 'empty';
  if (startsWith(bytes, hdf5)) return 'hdf5';
  if (startsWith(bytes, zip) && bytes[2] !== undefined && bytes[2] < 9) return 'zip';
  const sample = bytes.subarray(0, 4096);
  // Text of any encoding that a table comes in has no control characters but tab and the line ends.
  if (sample.some((byte) => byte < 9 || (byte > 13 && byte < 32))) return 'binary';
  if (new TextDecoder().decode(sample.subarray(0, 14)).toLowerCase() === '%%matrixmarket')
    return 'matrix market';
  return 'text';
}

export async function kindOf(file: File): Promise<KnownFile> {
  const first = new Uint8Array(await file.slice(0, 4096).arrayBuffer());
  const gzip = first[0] === 0x1f && first[1] === 0x8b;
  if (!gzip) {
    if (kindOfBytes(first) === 'binary' && (await hasUserBlock(file))) return { file, kind: 'hdf5', gzip };
    return { file, kind: kindOfBytes(first), gzip };
  }
  for await (const { bytes } of chunksOf(file, true)) {
    if (bytes.length > 0) return { file, kind: kindOfBytes(bytes), gzip };
  }
  return { file, kind: 'empty', gzip };
}

/** HDF5 may begin after a user block of 512, 1024, 2048 … bytes. */
async function hasUserBlock(file: File): Promise<boolean> {
  for (let at = 512; at <= 4096 && at < file.size; at *= 2) {
    if (startsWith(new Uint8Array(await file.slice(at, at + 8).arrayBuffer()), hdf5)) return true;
  }
  return false;
}

/** A file that calls itself HDF5 and is not. */
export function refuseFalseName({ file, kind }: KnownFile): CoreError | null {
  if (kind === 'hdf5' || !/\.(h5ad|h5|hdf5|loom)$/i.test(file.name)) return null;
  return new CoreError({
    code: 'hdf5.not_hdf5',
    message: `'${file.name}' is called like an HDF5 file but does not begin like one.`,
    hint: 'Download or copy the file again; if it is a table of text, give it a name that ends in .csv or .tsv.',
  });
}

/** The sentence for a file that cannot be a screen. */
export function refuseKind({ file, kind, gzip }: KnownFile): CoreError {
  const expected = 'Bring an .h5ad file or a table of text (cells × genes, .csv or .tsv, gzipped or not).';
  const name = `'${file.name}'`;
  switch (kind) {
    case 'empty':
      return new CoreError({ code: 'text.empty', message: `${name} is empty.`, hint: expected });
    case 'zip':
      return new CoreError({
        code: 'text.zip',
        message: `${name} is a zip archive that is not a Groundwork project.`,
        hint: `Unpack it and open the file inside. ${expected}`,
      });
    case 'matrix market':
      return new CoreError({
        code: 'file.matrix_market',
        message: `${name} is a Matrix Market file, which this page does not read.`,
        hint: `Convert it to .h5ad (scanpy: read_10x_mtx, then write). ${expected}`,
      });
    case 'hdf5':
      return new CoreError({
        code: 'file.hdf5_gzip',
        message: gzip
          ? `${name} is an HDF5 file inside gzip, which cannot be read in parts.`
          : `${name} is an HDF5 file, and one was opened already.`,
        hint: gzip
          ? 'Unpack it (gunzip) and open the .h5ad itself.'
          : 'Open one .h5ad file at a time, without other files.',
      });
    default:
      return new CoreError({
        code: 'text.binary',
        message: `${name} is neither HDF5 nor text: its first bytes are those of another kind of file.`,
        hint: expected,
      });
  }
}
