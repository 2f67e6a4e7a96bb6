import { unzipSync, zipSync, type Zippable } from 'fflate';
import { CoreError } from '../worker/errors';
import type { ProjectEntries } from '../worker/messages';
import { checksumsOf, crc32 } from './crc32';

/** A stored (not compressed) zip: the buffers stay readable at their offsets by anything that reads zip. */
export function packProject(entries: ProjectEntries): Uint8Array {
  const files: Zippable = {};
  // A fixed date: the same analysis gives the same bytes.
  for (const [name, bytes] of Object.entries(entries))
    files[name] = [bytes, { level: 0, mtime: '2000-01-01' }];
  return zipSync(files);
}

function damaged(what: string): CoreError {
  return new CoreError({
    code: 'project.damaged',
    message: `The project file is damaged: ${what}.`,
    hint: 'Use another copy of it. What is open here stays as it is.',
  });
}

export async function unpackProject(file: Blob): Promise<ProjectEntries> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const sums = checksumsOf(bytes);
  if (sums === null) throw damaged('it is cut short or not a zip archive');
  let entries: ProjectEntries;
  try {
    entries = unzipSync(bytes);
  } catch {
    throw damaged('it cannot be unpacked');
  }
  for (const [name, content] of Object.entries(entries)) {
    if (sums.get(name) !== crc32(content)) throw damaged(`the checksum of its entry ${name} does not agree`);
  }
  return entries;
}
