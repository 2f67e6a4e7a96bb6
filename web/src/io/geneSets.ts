import { chunksOf } from './stream';

/** Gene sets as the commands take them: the file's name and its text; the core reads it. */
export interface GeneSetsFile {
  name: string;
  text: string;
}

export const isGeneSets = (file: File): boolean => /\.gmt(\.gz)?$/i.test(file.name);

export async function readGeneSets(file: File): Promise<GeneSetsFile> {
  const first = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const decoder = new TextDecoder();
  let text = '';
  for await (const { bytes } of chunksOf(file, first[0] === 0x1f && first[1] === 0x8b)) {
    text += decoder.decode(bytes, { stream: true });
  }
  return { name: file.name, text: text + decoder.decode() };
}
