import { unzipSync, zipSync, type Zippable } from 'fflate';
import { CoreError } from '../worker/errors';
import type { ProjectEntries } from '../worker/messages';

/** A stored (not compressed) zip: the buffers stay readable at their offsets by anything that reads zip. */
export function packProject(entries: ProjectEntries): Uint8Array {
  const files: Zippable = {};
  // A fixed date: the same analysis gives the same bytes.
  for (const [name, bytes] of Object.entries(entries))
    files[name] = [bytes, { level: 0, mtime: '2000-01-01' }];
  return zipSync(files);
}

export async function unpackProject(file: Blob): Promise<ProjectEntries> {
  try {
    return unzipSync(new Uint8Array(await file.arrayBuffer()));
  } catch {
    throw new CoreError({
      code: 'project.damaged',
      message: 'The project file cannot be unpacked: it is cut short or damaged.',
      hint: 'Use another copy of it. What is open here stays as it is.',
    });
  }
}
