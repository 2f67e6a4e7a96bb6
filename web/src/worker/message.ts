/** What crosses every door: JSON, and the bytes of the arrays too large for it (core's api::Message). */
export interface CoreMessage<Document = unknown> {
  json: Document;
  bytes: Uint8Array;
}

/** Where an array lies that is not inside the JSON. */
export interface BufferPlace {
  dtype: 'f8' | 'f4' | 'i4' | 'u1';
  shape: number[];
  offset: number;
}

export interface BufferReference {
  buffer: string;
}

/** An array as a document carries it: nested, or a reference into the bytes. `null` stands for a value that does not exist. */
export type StoredVector = (number | null)[] | BufferReference;
export type StoredMatrix = (number | null)[][] | BufferReference;

/** A text as a document carries it. */
export type StoredText = string | BufferReference;

export function isReference(value: unknown): value is BufferReference {
  return typeof value === 'object' && value !== null && typeof (value as BufferReference).buffer === 'string';
}
