import { push } from 'svelte-spa-router';
import type { Roles } from './documents';
import { opened } from './opened.svelte';
import { project } from './project.svelte';
import { session } from './session.svelte';
import { CoreError } from '../worker/errors';

/** An entry of examples/index.json; file names are relative to it. */
export interface Example {
  id: string;
  title: string;
  learns: string;
  minutes: number;
  /** The table of counts, then the table of cells. */
  files: string[];
  truth: string;
  picture: string | null;
  roles: Partial<Roles>;
}

const folder = 'examples/';

/** The bundled examples; none where they were not built. */
export async function listExamples(): Promise<Example[]> {
  const reply = await fetch(`${folder}index.json`);
  if (!reply.ok || !(reply.headers.get('content-type') ?? '').includes('json')) return [];
  return ((await reply.json()) as { examples: Example[] }).examples;
}

export function pictureOf(example: Example): string | null {
  return example.picture === null ? null : folder + example.picture;
}

async function fetchFile(name: string): Promise<File> {
  const reply = await fetch(folder + name);
  if (!reply.ok) {
    throw new CoreError({
      code: 'example.missing',
      message: `The example's file ${name} could not be loaded (status ${reply.status}).`,
      hint: 'Reload the page.',
    });
  }
  return new File([await reply.blob()], name.slice(name.lastIndexOf('/') + 1));
}

/** Opens an example with its roles, and summarises it at once: it is small. */
export async function openExample(example: Example): Promise<void> {
  project.error = null;
  try {
    const [files, truth] = await Promise.all([
      Promise.all(example.files.map(fetchFile)),
      fetchFile(example.truth),
    ]);
    const truthDocument = JSON.parse(await truth.text()) as unknown;
    await push('/data');
    await opened.openFiles(files);
    if (opened.looking.error !== null) return;
    opened.change({ ...opened.roles, ...example.roles });
    session.example = { title: example.title, truth: truthDocument };
    await opened.summarise();
  } catch (thrown) {
    project.error = CoreError.from(thrown);
  }
}
