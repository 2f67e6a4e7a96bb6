import type { Dataset, Entity, File as HdfFile, Group } from 'h5wasm';
import { CoreError } from '../../worker/errors';

/** An HDF5 file that is read where it lies; `close` lets it go. */
export interface OpenHdf {
  root: Group;
  name: string;
  close(): void;
}

let mounts = 0;

interface MountingFileSystem {
  filesystems: { WORKERFS: unknown };
  mkdir(path: string): void;
  mount(type: unknown, options: { files: File[] }, path: string): void;
  unmount(path: string): void;
  rmdir(path: string): void;
}

/** Opens a file without reading it into memory. Loads the HDF5 library when it is first needed. */
export async function openHdf(file: File): Promise<OpenHdf> {
  const { default: h5wasm, ready } = await import('h5wasm');
  const module = await ready;
  const fs = module.FS as unknown as MountingFileSystem;
  const path = `/mounted${mounts++}`;
  fs.mkdir(path);
  fs.mount(fs.filesystems.WORKERFS, { files: [file] }, path);
  const unmount = (): void => {
    fs.unmount(path);
    fs.rmdir(path);
  };
  try {
    const hdf: HdfFile = new h5wasm.File(`${path}/${file.name}`, 'r');
    // A file that is cut short opens, but has nothing in it.
    hdf.keys();
    return {
      root: hdf,
      name: file.name,
      close: () => {
        hdf.close();
        unmount();
      },
    };
  } catch {
    unmount();
    throw new CoreError({
      code: 'hdf5.damaged',
      message: `'${file.name}' begins like an HDF5 file but cannot be opened: it is cut short or damaged.`,
      hint: 'Download or copy the file again.',
    });
  }
}

function typeOf(entity: Entity | null): string | null {
  return entity !== null && 'type' in entity ? String(entity.type) : null;
}

export function isGroup(entity: Entity | null): entity is Group {
  return typeOf(entity) === 'Group';
}

export function isDataset(entity: Entity | null): entity is Dataset {
  return typeOf(entity) === 'Dataset';
}

/** The member at a path below `group`, or null. */
export function memberOf(group: Group, path: string): Entity | null {
  let at: Entity | null = group;
  for (const part of path.split('/')) {
    if (!isGroup(at) || !at.keys().includes(part)) return null;
    at = at.get(part);
  }
  return at;
}

export function groupAt(group: Group, path: string): Group | null {
  const member = memberOf(group, path);
  return isGroup(member) ? member : null;
}

export function datasetAt(group: Group, path: string): Dataset | null {
  const member = memberOf(group, path);
  return isDataset(member) ? member : null;
}

export function attributeOf(entity: Group | Dataset, name: string): unknown {
  return entity.attrs[name]?.value ?? null;
}

/** Whole numbers that came as 64-bit ones, as plain numbers. */
export function numbersOf(values: unknown): ArrayLike<number> {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array)
    return Float64Array.from(values, Number);
  if (ArrayBuffer.isView(values)) return values as unknown as ArrayLike<number>;
  if (Array.isArray(values)) return values.map(Number);
  return values === null || values === undefined ? [] : [Number(values)];
}

export function stringsOf(values: unknown): string[] {
  if (Array.isArray(values)) return values.map(String);
  if (ArrayBuffer.isView(values)) return Array.from(numbersOf(values), String);
  return values === null || values === undefined ? [] : [String(values)];
}

export function lengthOf(dataset: Dataset): number {
  return dataset.shape?.[0] ?? 0;
}
