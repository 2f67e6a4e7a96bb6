import type { FoundData, SummariseRequest } from '../io/found';
import type { CoreErrorFields } from './errors';
import type { CoreMessage } from './message';

/* Everything that passes between the page and a worker. Each request has an id, and its replies carry it. */

/** What a job says of itself between two slices; commands add their own keys (live curves). */
export interface JobProgress {
  fraction: number | null;
  phase: string;
  [key: string]: unknown;
}

export interface JobEnd<Document = unknown> {
  message: CoreMessage<Document>;
  /** false: stopped early; the message is the last good snapshot. */
  finished: boolean;
}

/** A file of a project: JSON or bytes under the name it has in the archive. */
export type ProjectEntries = Record<string, Uint8Array>;

/** What each kind of request answers. The kinds are the keys: the worker's switch over them is exhaustive. */
export interface Answers {
  version: string;
  call: CoreMessage;
  job: JobEnd;
  'design.open': number;
  'design.update': unknown;
  'design.setCells': null;
  'design.rows': unknown;
  'design.errors': CoreMessage;
  'design.close': null;
  'data.open': FoundData;
  'data.summarise': CoreMessage;
  'data.close': null;
  'project.pack': Uint8Array;
  'project.unpack': ProjectEntries;
}

interface Fields {
  version: object;
  call: { command: string; request: CoreMessage };
  job: { command: string; request: CoreMessage; slice: number };
  'design.open': { request: CoreMessage };
  'design.update': { session: number; variances: unknown };
  'design.setCells': {
    session: number;
    /** Entry by entry: where, and the new number of cells. */
    rows: Int32Array;
    batches: Int32Array;
    cells: Float64Array;
  };
  'design.rows': { session: number; first: number; count: number };
  'design.errors': { session: number };
  'design.close': { session: number };
  /** `metadata`: columns of a table of counts that are no genes although they look like counts. */
  'data.open': { files: File[]; metadata: string[] };
  'data.summarise': { request: SummariseRequest };
  'data.close': object;
  'project.pack': { entries: ProjectEntries };
  'project.unpack': { file: Blob };
}

export type RequestKind = keyof Answers;
export type RequestOf<K extends RequestKind> = { kind: K; id: number } & Fields[K];
export type Request = { [K in RequestKind]: RequestOf<K> }[RequestKind];

/** What can be said to a request that is under way. */
export interface Signal {
  kind: 'pause' | 'resume' | 'cancel';
  id: number;
}

export type ToWorker = Request | Signal;

export type FromWorker =
  | { kind: 'loaded'; version: string }
  | { kind: 'not loaded'; error: CoreErrorFields }
  | { kind: 'progress'; id: number; progress: JobProgress }
  | { kind: 'answer'; id: number; answer: Answers[RequestKind] }
  | { kind: 'refused'; id: number; error: CoreErrorFields };

/** Buffers that can be handed over instead of copied: nobody reads them on this side afterwards. */
export function transferablesOf(value: unknown): Transferable[] {
  const found = new Set<ArrayBuffer>();
  const visit = (part: unknown, depth: number): void => {
    if (depth > 3 || typeof part !== 'object' || part === null) return;
    if (ArrayBuffer.isView(part)) {
      if (part.buffer instanceof ArrayBuffer && part.byteLength === part.buffer.byteLength)
        found.add(part.buffer);
      return;
    }
    if (Array.isArray(part)) return;
    for (const child of Object.values(part)) visit(child, depth + 1);
  };
  visit(value, 0);
  return [...found];
}
