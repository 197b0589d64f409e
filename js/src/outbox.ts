// Keeps every mark until the kernel says that it is durable. A mark that can never be saved is put aside with the
// reason, and sent again only when the person asks for it.
import { Refused } from "./channel";
import type { Mark, Problem, Saved } from "./protocol";
import type { Shelf } from "./shelf";

export interface Rejected {
  mark: Mark;
  problem: Problem;
}

/** Trouble that may pass: the store is locked, full or away. Anything else is wrong with the mark itself. */
const PASSING = new Set(["store", "error", "internal"]);
const BATCH = 50;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

export class Outbox {
  #marks = new Map<string, Mark>();
  #sent = new Set<string>();
  #rejected: readonly Rejected[] = [];
  #retry = FIRST_RETRY_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param tell sends marks; resolves when they are durable, rejects with `Refused`
   * @param onChange called when the marks, or the trouble with them, changed
   */
  constructor(
    private readonly shelf: Shelf,
    private readonly tell: (marks: Mark[]) => Promise<Saved>,
    private readonly onChange: (trouble?: Problem) => void,
    private readonly signal: AbortSignal,
  ) {
    for (const mark of shelf.all()) this.#marks.set(mark.id, mark);
    signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  /** Not yet acknowledged, oldest first. */
  get unsaved(): readonly Mark[] {
    return [...this.#marks.values()];
  }

  get rejected(): readonly Rejected[] {
    return this.#rejected;
  }

  get durable(): boolean {
    return this.shelf.durable;
  }

  put(mark: Mark): void {
    this.#marks.set(mark.id, mark);
    this.shelf.put(mark);
  }

  /** Send what is not under way. */
  flush(): void {
    const waiting = this.unsaved.filter((mark) => !this.#sent.has(mark.id));
    for (let i = 0; i < waiting.length; i += BATCH) void this.#send(waiting.slice(i, i + BATCH));
  }

  /** Try the rejected ones once more. */
  again(): void {
    for (const { mark } of this.#rejected) this.#marks.set(mark.id, mark);
    this.#rejected = [];
    this.onChange();
    this.flush();
  }

  /** Give the rejected ones up. */
  discard(): void {
    for (const { mark } of this.#rejected) this.shelf.drop(mark.id);
    this.#rejected = [];
    this.onChange();
  }

  async #send(marks: Mark[]): Promise<void> {
    for (const mark of marks) this.#sent.add(mark.id);
    try {
      const saved = await this.tell(marks);
      this.#retry = FIRST_RETRY_MS;
      for (const id of saved.ids) this.#forget(id);
      this.onChange();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#handle(marks, error.problem);
    } finally {
      for (const mark of marks) this.#sent.delete(mark.id);
    }
  }

  /** Trouble that passes is waited for; of several marks the bad one is found by sending each alone. */
  #handle(marks: Mark[], problem: Problem): void {
    if (PASSING.has(problem.code)) this.#later();
    else if (marks.length > 1) for (const mark of marks) void this.#send([mark]);
    else for (const mark of marks) this.#reject(mark, problem);
    this.onChange(PASSING.has(problem.code) ? problem : undefined);
  }

  #later(): void {
    clearTimeout(this.#timer);
    if (!this.signal.aborted) this.#timer = setTimeout(() => this.flush(), this.#retry);
    this.#retry = Math.min(this.#retry * 2, LAST_RETRY_MS);
  }

  /** It stays on the shelf, so that a reload shows it again, until the person gives it up. */
  #reject(mark: Mark, problem: Problem): void {
    this.#marks.delete(mark.id);
    this.#rejected = [...this.#rejected, { mark, problem }];
  }

  #forget(id: string): void {
    this.#marks.delete(id);
    this.shelf.drop(id);
  }
}
