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
  let database: Promise<IDBDatabase | undefined> | undefined;
  const within = async <T>(mode: IDBTransactionMode, work: (marks: IDBObjectStore) => IDBRequest<T>) => {
    database ??= opened(factory);
    const transaction = (await database)?.transaction(MARKS, mode, { durability: "strict" });
    return transaction && finished(transaction, work(transaction.objectStore(MARKS)));
  };
  return {
    async all(prefix) {
      const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
      return (await within<Mark[]>("readonly", (marks) => marks.getAll(range)))?.result ?? [];
    },
    put: async (key, mark) => (await within("readwrite", (marks) => marks.put(mark, key))) !== undefined,
    drop: (key) => within("readwrite", (marks) => marks.delete(key)),
  };
}

function opened(factory: IDBFactory): Promise<IDBDatabase | undefined> {
  return new Promise((resolve) => {
    const request = factory.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(MARKS);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(undefined); // forbidden here, or no room for it
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
