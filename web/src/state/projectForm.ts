import { CoreError } from '../worker/errors';
import type { CoreMessage } from '../worker/message';
import type { ProjectEntries } from '../worker/messages';
import type { OpenExample, Session } from './session.svelte';

/* A project: everything that was done, in one file. docs/schemas/project.md says what is in it. */

const projectSchema = 1;
const documentSchema = 1;

/** The steps whose results are documents of a project, by the names they have there. */
type DocumentName =
  | 'screen'
  | 'states'
  | 'components'
  | 'effects'
  | 'abundance'
  | 'audit'
  | 'fit'
  | 'comparison'
  | 'predict'
  | 'protocol'
  | 'next'
  | 'links'
  | 'design';
const stepOf = {
  screen: 'data',
  states: 'data',
  components: 'components',
  effects: 'effects',
  abundance: 'abundance',
  audit: 'audit',
  fit: 'fit',
  comparison: 'compare',
  predict: 'predict',
  protocol: 'protocols',
  next: 'next',
  links: 'links',
  design: 'design',
} as const satisfies Record<DocumentName, keyof Session>;
const documentNames = Object.keys(stepOf) as DocumentName[];

interface Choices {
  parameters?: Partial<Record<DocumentName, unknown>>;
  out_of_date?: Partial<Record<DocumentName, string>>;
  /** The simulated example that the project began with, and its truth. */
  example?: OpenExample;
}

interface ProjectFile {
  kind: 'project';
  schema: number;
  version: string;
  documents: DocumentName[];
  choices?: Choices;
}

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** The entries of the project file for what is in the session now. */
export function entriesOf(from: Session): ProjectEntries {
  const entries: ProjectEntries = {};
  const holds = (name: DocumentName): boolean => {
    const { result } = from[stepOf[name]];
    return result !== null && result.json.kind === name;
  };
  const documents = documentNames.filter(holds);
  const choices: Choices & Required<Pick<Choices, 'parameters' | 'out_of_date'>> = {
    parameters: {},
    out_of_date: {},
    ...(from.example === null ? {} : { example: from.example }),
  };
  for (const name of documentNames) {
    const step = from[stepOf[name]];
    choices.parameters[name] = step.parameters;
    if (step.reason !== null) choices.out_of_date[name] = step.reason;
  }
  const project: ProjectFile = {
    kind: 'project',
    schema: projectSchema,
    version: __VERSION__,
    documents,
    choices,
  };
  entries['project.json'] = encode(project);
  for (const name of documents) {
    const message = from[stepOf[name]].result as CoreMessage<{ buffers?: unknown }>;
    entries[`${name}.json`] = encode(message.json);
    if (message.json.buffers !== undefined) entries[`${name}.bin`] = message.bytes;
  }
  return entries;
}

function refuse(code: string, message: string, hint: string): CoreError {
  return new CoreError({ code, message, hint: `${hint} What is open here stays as it is.` });
}

function parse(entries: ProjectEntries, name: string): Record<string, unknown> {
  const bytes = entries[name];
  if (bytes === undefined) {
    throw refuse(
      'project.no_document',
      `The project lists ${name} but does not hold it.`,
      'Use another copy of it.',
    );
  }
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  } catch {
    throw refuse(
      'project.damaged',
      `The project file is damaged: ${name} is not JSON.`,
      'Use another copy of it.',
    );
  }
}

/** Reads all of a project before anything of it is used. */
function readProject(entries: ProjectEntries): {
  project: ProjectFile;
  documents: Map<DocumentName, CoreMessage>;
} {
  if (entries['project.json'] === undefined) {
    throw refuse(
      'project.not_a_project',
      'This zip archive is not a Groundwork project: it has no project.json.',
      'Unpack it and open the file inside.',
    );
  }
  const project = parse(entries, 'project.json') as unknown as ProjectFile;
  if (project.kind !== 'project' || !Number.isInteger(project.schema) || project.schema > projectSchema) {
    throw refuse(
      'project.schema',
      `The project has schema ${String(project.schema)}, this version reads 1 to ${projectSchema}.`,
      `It was written by version ${String(project.version)} of Groundwork: open it with that one.`,
    );
  }
  const documents = new Map<DocumentName, CoreMessage>();
  for (const name of documentNames.filter((one) => project.documents.includes(one))) {
    const json = parse(entries, `${name}.json`);
    const schema = json.schema ?? 1;
    if (json.kind !== name || typeof schema !== 'number' || schema > documentSchema) {
      throw refuse(
        'message.schema',
        `${name}.json in the project is of kind ${String(json.kind)} and schema ${String(schema)}; expected ${name}, schema 1 to ${documentSchema}.`,
        'It was written by another version of Groundwork: open it with that one.',
      );
    }
    const bytes = entries[`${name}.bin`];
    if (json.buffers !== undefined && bytes === undefined) {
      throw refuse(
        'project.damaged',
        `The project file is damaged: ${name}.bin is missing.`,
        'Use another copy of it.',
      );
    }
    documents.set(name, { json, bytes: bytes === undefined ? new Uint8Array(0) : bytes });
  }
  return { project, documents };
}

/** Puts a project into the session in place of what is there; refuses a bad one before it touches anything. */
export function restore(into: Session, entries: ProjectEntries): void {
  const { project, documents } = readProject(entries);
  into.example = project.choices?.example ?? null;
  for (const step of new Set(documentNames.map((name) => into[stepOf[name]])))
    step.clear(step.initial as never);
  for (const name of documentNames) {
    const step = into[stepOf[name]];
    const parameters = project.choices?.parameters?.[name];
    if (parameters !== undefined && parameters !== null) step.parameters = parameters as never;
    const message = documents.get(name);
    if (message === undefined) continue;
    step.result = message as never;
    step.reason = project.choices?.out_of_date?.[name] ?? null;
  }
}
