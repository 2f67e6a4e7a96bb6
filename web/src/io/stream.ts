import { CoreError } from '../worker/errors';

export interface Chunk {
  bytes: Uint8Array;
  /** Share of the file that has been read, 0 … 1. */
  fraction: number;
}

/** The bytes of a file in pieces, unpacked by the platform where the file is gzip. Never holds the whole file. */
export async function* chunksOf(file: File, gzip: boolean): AsyncGenerator<Chunk> {
  let read = 0;
  const counted = file.stream().pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(bytes, controller) {
        read += bytes.byteLength;
        controller.enqueue(bytes);
      },
    }),
  );
  const bytes: ReadableStream<Uint8Array> = gzip
    ? counted.pipeThrough(new DecompressionStream('gzip'))
    : counted;
  const reader = bytes.getReader();
  let finished = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        finished = true;
        return;
      }
      yield { bytes: value, fraction: file.size === 0 ? 1 : read / file.size };
    }
  } catch (thrown) {
    if (thrown instanceof CoreError) throw thrown;
    finished = true;
    throw readFailure(file, gzip, thrown);
  } finally {
    // Left early: the rest of the file is not read.
    if (!finished) await reader.cancel().catch(() => {});
  }
}

function readFailure(file: File, gzip: boolean, thrown: unknown): CoreError {
  if (gzip && !(thrown instanceof DOMException)) {
    return new CoreError({
      code: 'file.damaged',
      message: `'${file.name}' is damaged: its gzip data end or break off before the end of the table.`,
      hint: 'Download or copy the file again.',
    });
  }
  return new CoreError({
    code: 'file.unreadable',
    message: `'${file.name}' could not be read: ${thrown instanceof Error ? thrown.message : String(thrown)}.`,
    hint: 'If it was moved or changed since it was chosen, choose it again.',
  });
}
