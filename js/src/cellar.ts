// Marks in IndexedDB: slower than localStorage and asynchronous, but on the disk when it says so, and with more room.
import type { Mark } from "./protocol";

export interface Cellar {
  /** The marks whose key begins so; none where the browser keeps nothing. */
  all(prefix: string): Promise<Mark[]>;
  /** Whether the mark is kept. */
  put(key: string, mark: Mark): Promise<boolean>;
  drop(key: string): Promise<unknown>;
}

const DATABASE = "nbloop";
const MARKS = "marks";

/** Null where there is no IndexedDB. */
export function openCellar(factory: IDBFactory | undefined = ownFactory()): Cellar | null {
  if (!factory) return null;
  const door = new Door(factory);
  return {
    async all(prefix) {
      const range = () => IDBKeyRange.bound(prefix, `${prefix}\uffff`);
      return (await door.within<Mark[]>("readonly", (marks) => marks.getAll(range())))?.result ?? [];
    },
    put: async (key, mark) => (await door.within("readwrite", (marks) => marks.put(mark, key))) !== undefined,
    drop: (key) => door.within("readwrite", (marks) => marks.delete(key)),
  };
}

/** The database, opened when it is first wanted, and anew when the browser has closed it meanwhile. */
class Door {
  #database: Promise<IDBDatabase> | undefined;

  constructor(private readonly factory: IDBFactory) {}

  /** The request that `work` makes, once it is on the disk; undefined where the browser keeps nothing. */
  async within<T>(
    mode: IDBTransactionMode,
    work: (marks: IDBObjectStore) => IDBRequest<T>,
    again = true,
  ): Promise<IDBRequest<T> | undefined> {
    try {
      this.#database ??= opened(this.factory);
      const transaction = (await this.#database).transaction(MARKS, mode, { durability: "strict" });
      return await finished(transaction, work(transaction.objectStore(MARKS)));
    } catch {
      this.#database = undefined;
      return again ? this.within(mode, work, false) : undefined;
    }
  }
}

/** Rejects where it is forbidden, or there is no room for it. */
function opened(factory: IDBFactory): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(MARKS);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** The request, once its transaction is on the disk; undefined when it failed. */
function finished<T>(transaction: IDBTransaction, request: IDBRequest<T>): Promise<IDBRequest<T> | undefined> {
  return new Promise((resolve) => {
    transaction.oncomplete = () => resolve(request);
    transaction.onabort = () => resolve(undefined);
    transaction.commit();
  });
}

function ownFactory(): IDBFactory | undefined {
  try {
    return window.indexedDB;
  } catch {
    return undefined; // a sandboxed page has none
  }
}
