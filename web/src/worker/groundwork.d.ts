/**
 * The WebAssembly module as wasm/bindings.cpp exports it. Written by hand (this Emscripten cannot); tests/web/bindings.test.ts
 * compares it with the exports at run time.
 */
declare module 'groundwork-core' {
  export type Reply<T> = ({ ok: true } & T) | { ok: false; code: string; message: string; hint: string };

  export interface MessageReply {
    json: string;
    bytes: Uint8Array;
  }

  export interface Handle {
    delete(): void;
  }

  export interface Job extends Handle {
    /** Works for about `milliseconds`; `done` when there is nothing left to do. */
    advance(milliseconds: number): Reply<{ done: boolean }>;
    progress(): Reply<{ json: string }>;
    result(): Reply<MessageReply>;
  }

  export interface Ingest extends Handle {
    /** Columns of a count table that are no genes although they hold whole numbers. */
    expectColumns(namesJson: string): Reply<object>;
    pushCellsText(file: string, bytes: Uint8Array, last: boolean): Reply<object>;
    describeCountsText(file: string, bytes: Uint8Array, last: boolean): Reply<object>;
    setGenes(genesJson: string): Reply<object>;
    setCellNames(namesJson: string): Reply<object>;
    addColumn(name: string, codes: Int32Array, levelsJson: string): Reply<object>;
    describe(): Reply<{ json: string }>;
    begin(requestJson: string): Reply<object>;
    pushCountsText(bytes: Uint8Array, last: boolean): Reply<object>;
    pushRows(firstCell: number, indptr: Int32Array, indices: Int32Array, values: Float32Array): Reply<object>;
    pushColumns(
      firstGene: number,
      indptr: Int32Array,
      indices: Int32Array,
      values: Float32Array,
    ): Reply<object>;
    pushDense(firstCell: number, cells: number, values: Float32Array): Reply<object>;
    nextPass(): Reply<{ more: boolean }>;
    finish(): Reply<MessageReply>;
  }

  export interface DesignSession extends Handle {
    update(variancesJson: string): Reply<{ json: string }>;
    setCell(row: number, batch: number, cells: number): Reply<object>;
    setCells(rows: Int32Array, batches: Int32Array, cells: Float64Array): Reply<object>;
    summary(): Reply<{ json: string }>;
    rows(first: number, count: number): Reply<MessageReply>;
    standardErrors(): Reply<MessageReply>;
  }

  export interface GroundworkModule {
    version(): string;
    call(command: string, json: string, bytes: Uint8Array): Reply<MessageReply>;
    startJob(command: string, json: string, bytes: Uint8Array): Reply<{ job: Job }>;
    newIngest(): Reply<{ ingest: Ingest }>;
    newDesignSession(json: string, bytes: Uint8Array): Reply<{ session: DesignSession }>;
  }

  export interface ModuleOptions {
    wasmBinary?: Uint8Array;
    locateFile?: (name: string) => string;
  }

  export default function createGroundwork(options?: ModuleOptions): Promise<GroundworkModule>;
}
