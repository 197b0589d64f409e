// Where marks wait until the kernel has them. localStorage first, because a write there is done when the call returns;
// what is still waiting a moment later goes to IndexedDB too, which a killed browser and a full quota leave alone.
// Each mark has a key of its own, so that two pages of one dataset cannot overwrite each other.
import { type Cellar, openCellar } from "./cellar";
import type { Mark } from "./protocol";

export interface Shelf {
  /** Whether all marks outlive the page. */
  readonly durable: boolean;
  /** Oldest first. */
  all(): Mark[];
  /** Those in IndexedDB, oldest first. */
  search(): Promise<Mark[]>;
  put(mark: Mark): void;
  drop(id: string): void;
}

/** Most marks are acknowledged sooner than this, and never reach IndexedDB. */
const SINK_MS = 100;

/** The shelf of one annotator of one dataset. Where both stores are forbidden or full, marks live as long as the page. */
export function openShelf(
  dataset: string,
  annotator: string,
  storage: Storage | null = ownStorage(),
  cellar: Cellar | null = openCellar(),
): Shelf {
  return new TwoShelves(`nbloop:${dataset}:${escaped(annotator)}:`, storage, cellar);
}

/** Or the shelf of "ada" would hold what "ada:2" has answered, too. */
function escaped(annotator: string): string {
  return annotator.replaceAll("%", "%25").replaceAll(":", "%3A");
}

class TwoShelves implements Shelf {
  /** Marks put here that IndexedDB does not have yet, with the timer that will bring them there. */
  #floating = new Map<string, ReturnType<typeof setTimeout> | undefined>();
  /** Marks that neither store took. */
  #loose = new Set<string>();

  constructor(
    private readonly prefix: string,
    private readonly storage: Storage | null,
    private readonly cellar: Cellar | null,
  ) {}

  get durable(): boolean {
    return this.#loose.size === 0 && (this.storage !== null || this.cellar !== null);
  }

  all(): Mark[] {
    return this.storage ? sorted(marksIn(this.storage, this.prefix)) : [];
  }

  async search(): Promise<Mark[]> {
    return sorted((await this.cellar?.all(this.prefix)) ?? []);
  }

  put(mark: Mark): void {
    const kept = this.#putFirst(mark);
    if (!kept) this.#loose.add(mark.id);
    if (!this.cellar) return;
    if (kept)
      this.#floating.set(
        mark.id,
        setTimeout(() => this.#sink(mark), SINK_MS),
      );
    else this.#sink(mark);
  }

  drop(id: string): void {
    this.storage?.removeItem(this.prefix + id);
    this.#loose.delete(id);
    clearTimeout(this.#floating.get(id));
    // Another page may have brought it to IndexedDB; only what floats here is surely not there.
    if (!this.#floating.delete(id)) void this.cellar?.drop(this.prefix + id);
  }

  #putFirst(mark: Mark): boolean {
    try {
      this.storage?.setItem(this.prefix + mark.id, JSON.stringify(mark));
      return this.storage !== null;
    } catch {
      return false; // the quota is used up
    }
  }

  #sink(mark: Mark): void {
    this.#floating.delete(mark.id);
    void this.cellar?.put(this.prefix + mark.id, mark).then((kept) => {
      if (kept) this.#loose.delete(mark.id);
    });
  }
}

function marksIn(storage: Storage, prefix: string): Mark[] {
  const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? "");
  const marks = keys.filter((key) => key.startsWith(prefix)).map((key) => parse(storage.getItem(key)));
  return marks.filter((mark) => mark !== undefined);
}

function sorted(marks: Mark[]): Mark[] {
  return marks.sort((a, b) => (a.at < b.at ? -1 : 1));
}

function parse(text: string | null): Mark | undefined {
  try {
    const read: unknown = JSON.parse(text ?? "");
    return isMark(read) ? read : undefined;
  } catch {
    return undefined; // not ours, or cut short
  }
}

function isMark(read: unknown): read is Mark {
  const mark = read as Partial<Mark> | null;
  return typeof mark?.id === "string" && typeof mark.at === "string" && typeof mark.action?.kind === "string";
}

function ownStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null; // a sandboxed page has none
  }
}
