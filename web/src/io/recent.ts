/**
 * Projects kept in this browser (IndexedDB), newest first. Nothing leaves the machine; where the browser keeps nothing
 * (a private window, no room), there are simply none.
 */

export interface RecentProject {
  /** The file's name, by which a project is known. */
  name: string;
  /** When it was saved or opened last: milliseconds since 1970. */
  when: number;
  size: number;
}

const database = 'groundwork';
const list = 'recent';
const contents = 'contents';
/** So many are kept, and not more bytes than this in all. */
const most = 6;
const mostBytes = 500e6;

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the browser keeps nothing'));
  });
}

function ended(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () =>
      reject(transaction.error ?? new Error('the browser keeps nothing'));
  });
}

async function opened<T>(work: (base: IDBDatabase) => Promise<T>): Promise<T> {
  const request = indexedDB.open(database, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(list, { keyPath: 'name' });
    request.result.createObjectStore(contents);
  };
  const base = await settled(request);
  try {
    return await work(base);
  } finally {
    base.close();
  }
}

/** Those that stay, of projects newest first: the newest ones, within the room there is. */
export function kept(projects: readonly RecentProject[]): RecentProject[] {
  let bytes = 0;
  return projects.slice(0, most).filter(({ size }) => (bytes += size) <= mostBytes);
}

export async function listRecent(): Promise<RecentProject[]> {
  try {
    return await opened(async (base) => {
      const all = await settled<RecentProject[]>(base.transaction(list).objectStore(list).getAll());
      return all.sort((a, b) => b.when - a.when);
    });
  } catch {
    return [];
  }
}

/** Keeps a project under its name, in place of the one of that name, and drops the oldest beyond what is kept. */
export async function keepRecent(name: string, content: Blob): Promise<void> {
  const entry: RecentProject = { name, when: Date.now(), size: content.size };
  const others = (await listRecent()).filter((one) => one.name !== name);
  const stay = new Set(kept([entry, ...others]).map((one) => one.name));
  try {
    await opened(async (base) => {
      const change = base.transaction([list, contents], 'readwrite');
      if (stay.has(name)) {
        change.objectStore(list).put(entry);
        change.objectStore(contents).put(content, name);
      }
      for (const one of others) {
        if (stay.has(one.name)) continue;
        change.objectStore(list).delete(one.name);
        change.objectStore(contents).delete(one.name);
      }
      await ended(change);
    });
  } catch {
    // The file itself was saved; only the shortcut to it is missing.
  }
}

/** null: it is not there any more. */
export async function readRecent(name: string): Promise<Blob | null> {
  return await opened(async (base) => {
    const found: unknown = await settled(base.transaction(contents).objectStore(contents).get(name));
    return found instanceof Blob ? found : null;
  });
}

export async function forgetRecent(name: string): Promise<void> {
  await opened(async (base) => {
    const change = base.transaction([list, contents], 'readwrite');
    change.objectStore(list).delete(name);
    change.objectStore(contents).delete(name);
    await ended(change);
  });
}
