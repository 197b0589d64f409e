// Where marks wait until the kernel has them: localStorage, because a write there is done when the call returns.
// Each mark has a key of its own, so that two pages of one dataset cannot overwrite each other.
import type { Mark } from "./protocol";

export interface Shelf {
  /** Whether marks outlive the page. */
  durable: boolean;
  /** Oldest first. */
  all(): Mark[];
  put(mark: Mark): void;
  drop(id: string): void;
}

/** The shelf of one annotator of one dataset. Where storage is forbidden or full, marks live as long as the page. */
export function openShelf(dataset: string, annotator: string, storage: Storage | null = ownStorage()): Shelf {
  const prefix = `nbloop:${dataset}:${annotator}:`;
  const shelf: Shelf = {
    durable: storage !== null,
    all: () => (storage ? marksIn(storage, prefix) : []),
    put(mark) {
      try {
        storage?.setItem(prefix + mark.id, JSON.stringify(mark));
      } catch {
        shelf.durable = false; // the quota is used up; the mark stays in memory
      }
    },
    drop: (id) => storage?.removeItem(prefix + id),
  };
  return shelf;
}

function marksIn(storage: Storage, prefix: string): Mark[] {
  const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? "");
  const marks = keys.filter((key) => key.startsWith(prefix)).map((key) => parse(storage.getItem(key)));
  return marks.filter((mark) => mark !== undefined).sort((a, b) => (a.at < b.at ? -1 : 1));
}

function parse(text: string | null): Mark | undefined {
  try {
    return JSON.parse(text ?? "") as Mark;
  } catch {
    return undefined; // not ours, or cut short
  }
}

function ownStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null; // a sandboxed page has none
  }
}
