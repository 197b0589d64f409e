// Keeps every mark until the kernel says that it is durable. A mark that can never be saved is put aside with the
// reason, and sent again only when the person asks for it.
import { RequestFailed } from "./channel";
import type { Mark, Problem, Saved } from "./protocol";
import type { Shelf } from "./shelf";

/** A mark that the kernel will not take. */
export interface Rejected {
  mark: Mark;
  problem: Problem;
}

const BATCH = 50;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

export class Outbox {
  #marks = new Map<string, Mark>();
  #sent = new Set<string>();
  /** All that was ever here: what was settled must not come again from a shelf that was read before. */
  #seen = new Set<string>();
  #rejected: readonly Rejected[] = [];
  #retry = FIRST_RETRY_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param tell sends marks; resolves when they were heard, rejects with `RequestFailed`
   * @param onChange called when the marks, or the trouble with all of them, changed
   */
  constructor(
    private readonly shelf: Shelf,
    private readonly tell: (marks: Mark[]) => Promise<Saved>,
    private readonly onChange: (trouble?: Problem) => void,
    private readonly signal: AbortSignal,
  ) {
    for (const mark of shelf.all()) this.#hold(mark);
    void shelf.search().then((marks) => this.#found(marks));
    signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  /** Not yet acknowledged, oldest first. */
  get unsaved(): readonly Mark[] {
    return [...this.#marks.values()];
  }

  get rejected(): readonly Rejected[] {
    return this.#rejected;
  }

  /** Whether somebody who leaves this page may lose something, or not hear what becomes of it. */
  get atStake(): boolean {
    return this.#marks.size > 0 || (this.#rejected.length > 0 && !this.durable);
  }

  /** Whether unsaved marks would outlive this page. */
  get durable(): boolean {
    return this.shelf.durable;
  }

  put(mark: Mark): void {
    this.#hold(mark);
    this.shelf.put(mark);
  }

  /** Take a mark of another labeler along: whoever made it sends it, and this one does when that one fell silent.
   *
   * However many follow, the first of them waits no longer for that. */
  adopt(mark: Mark): void {
    this.#hold(mark);
    this.#timer ??= setTimeout(() => this.flush(), FIRST_RETRY_MS);
  }

  /** Another labeler has settled these. */
  forget(ids: readonly string[]): void {
    for (const id of ids) this.#marks.delete(id);
    this.#rejected = this.#rejected.filter(({ mark }) => !ids.includes(mark.id));
  }

  /** Send what is not under way. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.unsaved.filter((mark) => !this.#sent.has(mark.id) && !this.#follows(mark));
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

  /** What only IndexedDB had kept, because a browser was killed or the quota was full. */
  #found(marks: readonly Mark[]): void {
    const fresh = marks.filter(({ id }) => !this.#seen.has(id));
    if (fresh.length === 0 || this.signal.aborted) return;
    for (const mark of fresh) this.#hold(mark);
    this.onChange();
    this.flush();
  }

  #hold(mark: Mark): void {
    this.#marks.set(mark.id, mark);
    this.#seen.add(mark.id);
  }

  /** Whether a flag of the same sample is under way: the last flag to arrive counts, so the next waits for that one. */
  #follows({ action }: Mark): boolean {
    if (action.kind !== "flag") return false;
    const before = this.unsaved.filter((mark) => this.#sent.has(mark.id)).map((mark) => mark.action);
    return before.some((other) => other.kind === "flag" && other.sample === action.sample);
  }

  async #send(marks: Mark[]): Promise<void> {
    for (const mark of marks) this.#sent.add(mark.id);
    try {
      this.#acknowledge(await this.tell(marks));
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
      this.#handle(marks, error.problem);
    } finally {
      for (const mark of marks) this.#sent.delete(mark.id);
      this.#sendNext(marks);
    }
  }

  /** A flag that waited for these is next, once they are settled. */
  #sendNext(marks: readonly Mark[]): void {
    const settled = marks.every(({ id }) => !this.#marks.has(id));
    if (settled && marks.some(({ action }) => action.kind === "flag")) this.flush();
  }

  #acknowledge(saved: Saved): void {
    this.#retry = FIRST_RETRY_MS;
    for (const id of saved.ids) {
      this.#marks.delete(id);
      this.shelf.drop(id);
    }
    for (const { id, code, message } of saved.refused ?? []) this.#reject(id, { code, message });
    this.onChange();
  }

  /** A request that the kernel cannot read holds a bad mark: each alone shows which. Other trouble may pass. */
  #handle(marks: Mark[], problem: Problem): void {
    if (problem.code !== "request") this.#later();
    else if (marks.length > 1) for (const mark of marks) void this.#send([mark]);
    else for (const mark of marks) this.#reject(mark.id, problem);
    this.onChange(problem.code === "request" ? undefined : problem);
  }

  #later(): void {
    clearTimeout(this.#timer);
    if (!this.signal.aborted) this.#timer = setTimeout(() => this.flush(), this.#retry);
    this.#retry = Math.min(this.#retry * 2, LAST_RETRY_MS);
  }

  /** It stays on the shelf, so that a reload shows it again, until the person gives it up. */
  #reject(id: string, problem: Problem): void {
    const mark = this.#marks.get(id);
    if (!mark) return;
    this.#marks.delete(id);
    this.#rejected = [...this.#rejected, { mark, problem }];
  }
}
