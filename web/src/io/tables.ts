import { CoreError } from '../worker/errors';
import type { KnownFile } from './kinds';
import { chunksOf } from './stream';

export interface TextFiles {
  counts: KnownFile;
  cells: KnownFile | null;
}

/** How many columns of a table look like counts in its first lines. */
async function countColumns(known: KnownFile): Promise<number> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const { bytes } of chunksOf(known.file, known.gzip)) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > 400_000 || text.split('\n', 5).length === 5) break;
  }
  const lines = text.split(/\r?\n/, 5);
  const delimiter = ['\t', ',', ';'].find((one) => lines[0]?.includes(one)) ?? ',';
  const rows = lines.slice(1, -1).map((line) => line.split(delimiter));
  const first = rows[0] ?? [];
  return first.filter((_, column) => rows.every((row) => /^"?\d+(\.0*)?"?$/.test(row[column] ?? ''))).length;
}

/** Which of one or two text files holds the counts: the one with more columns of whole numbers. */
export async function arrange(files: KnownFile[]): Promise<TextFiles> {
  const [first, second, ...others] = files;
  if (first === undefined || others.length > 0) {
    throw new CoreError({
      code: 'file.too_many',
      message: `${files.length} files of text were given; one or two were expected.`,
      hint: 'Bring the table of counts (cells × genes) and, if it is separate, the table of cells.',
    });
  }
  if (second === undefined) return { counts: first, cells: null };
  const [a, b] = [await countColumns(first), await countColumns(second)];
  return b > a ? { counts: second, cells: first } : { counts: first, cells: second };
}
