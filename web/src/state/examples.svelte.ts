import { push } from 'svelte-spa-router';
import { CoreError } from '../worker/errors';
import type { Roles } from './documents';
import { opened } from './opened.svelte';
import { project } from './project.svelte';
import { session } from './session.svelte';

/** A card: an entry of examples/index.json; what belongs to it lies in the folder of its name. */
export interface ExampleCard {
  name: string;
  title: string;
  sentence: string;
  minutes: number;
  cells: number;
  genes: number;
}

/** examples/NAME/example.json, as far as the page reads it. */
interface Example {
  title: string;
  files: { counts: string; cells: string; truth: string };
  roles: Roles;
}

const folder = 'examples';

/** The bundled examples; none where they were not built in. */
export async function listExamples(): Promise<ExampleCard[]> {
  const reply = await fetch(`${folder}/index.json`);
  if (!reply.ok) return [];
  return ((await reply.json()) as { examples: ExampleCard[] }).examples;
}

async function load(name: string, file: string): Promise<File> {
  const reply = await fetch(`${folder}/${name}/${file}`).catch(() => null);
  if (reply === null || !reply.ok) {
    throw new CoreError({
      code: 'example.missing',
      message: `The example's file ${file} could not be loaded${reply === null ? '' : ` (status ${reply.status})`}.`,
      hint: 'Reload the page.',
    });
  }
  return new File([await reply.blob()], file);
}

async function loadJson<T>(name: string, file: string): Promise<T> {
  return JSON.parse(await (await load(name, file)).text()) as T;
}

/** Opens an example with its roles, and summarises it at once: it is small. */
export async function openExample({ name }: ExampleCard): Promise<void> {
  project.error = null;
  try {
    const example = await loadJson<Example>(name, 'example.json');
    const { counts, cells, truth } = example.files;
    const [files, known] = await Promise.all([
      Promise.all([load(name, counts), load(name, cells)]),
      loadJson<unknown>(name, truth),
    ]);
    await push('/data');
    await opened.openFiles(files);
    if (opened.looking.error !== null) return;
    opened.change(example.roles);
    session.example = { title: example.title, truth: known };
    await opened.summarise();
  } catch (thrown) {
    project.error = CoreError.from(thrown);
  }
}
