import { isGeneSets, readGeneSets } from '../io/geneSets';
import { push } from 'svelte-spa-router';
import { core } from '../worker/core';
import { CoreError } from '../worker/errors';
import { downloadBlob } from '../charts/download';
import { isStateTable } from '../io/stateTable';
import { opened } from './opened.svelte';
import { keepRecent, readRecent } from '../io/recent';
import { entriesOf, restore } from './projectForm';
import { session } from './session.svelte';
import { stateTable } from './stateTable.svelte';

/** What a project being saved or opened has to say for itself. */
class ProjectState {
  error: CoreError | null = $state.raw(null);
  /** Counts the projects opened, so that pages start afresh from the session. */
  generation = $state(0);
}

export const project = new ProjectState();

export async function saveProject(): Promise<void> {
  project.error = null;
  try {
    const bytes = await core.pack(entriesOf(session));
    const name =
      (session.screen?.json.counts_name ?? session.states?.json.file ?? '').replace(
        /\.(csv|tsv|txt|h5ad|gz)\b/g,
        '',
      ) || 'design';
    const file = new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'application/zip' });
    downloadBlob(file, `${name}.groundwork`);
    await keepRecent(`${name}.groundwork`, file);
  } catch (thrown) {
    project.error = CoreError.from(thrown);
  }
}

async function openProject(file: Blob): Promise<void> {
  const entries = await core.unpack(file);
  restore(session, entries);
  opened.close();
  project.generation += 1;
}

async function showProject(): Promise<void> {
  if (session.data.hasResult) await push('/data');
  else await push('/design');
}

/** Opens a project that this browser keeps. */
export async function openRecent(name: string): Promise<void> {
  project.error = null;
  try {
    const file = await readRecent(name);
    if (file === null) {
      throw new CoreError({
        code: 'project.forgotten',
        message: `This browser no longer keeps '${name}'.`,
        hint: 'Open the file that was saved.',
      });
    }
    await openProject(file);
    await keepRecent(name, file);
    await showProject();
  } catch (thrown) {
    project.error = CoreError.from(thrown);
  }
}

async function isZip(file: File): Promise<boolean> {
  const [p, k, three] = new Uint8Array(await file.slice(0, 3).arrayBuffer());
  return p === 0x50 && k === 0x4b && three !== undefined && three < 9;
}

/** Files from a drop or a choice, wherever on the page: a project is opened, anything else goes to Data. */
export async function bringFiles(files: File[]): Promise<void> {
  project.error = null;
  try {
    const [only] = files;
    if (only !== undefined && files.length === 1 && (await isZip(only))) {
      await openProject(only);
      await keepRecent(only.name, new Blob([await only.arrayBuffer()], { type: 'application/zip' }));
      await showProject();
      return;
    }
  } catch (thrown) {
    project.error = CoreError.from(thrown);
    return;
  }
  const [sets] = files;
  if (sets !== undefined && files.length === 1 && isGeneSets(sets)) {
    const geneSets = await readGeneSets(sets).catch((thrown: unknown) => CoreError.from(thrown));
    if (geneSets instanceof CoreError) project.error = geneSets;
    else session.effects.change({ ...session.effects.parameters, geneSets }, 'the gene sets changed');
    await push('/effects');
    return;
  }
  session.example = null;
  const table = files.length === 1 && files[0] !== undefined && (await isStateTable(files[0]));
  const looked = table ? stateTable.open(files[0]!) : opened.openFiles(files);
  await push('/data');
  await looked;
  if (!table || session.data.error !== null) return;
  // The table takes the place of a screen that was open, once it could be read.
  opened.close();
  session.data.hasInput = true;
}
