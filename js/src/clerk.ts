// Asks for cases when it is time: one request at a time, and not all the time while others work.
import { type Channel, RequestFailed } from "./channel";
import type { Docket, DocketEvent, HeldCase } from "./docket";
import type { Docket as Dealt, Problem } from "./protocol";

/** Cases asked for at once, and how many are left when it is time for more. */
const DEAL = 8;
const LOW = 3;
/** At most so often is the queue asked for because something changed elsewhere. */
const EVERY_MS = 1_500;

/** Where cases are laid out. */
export interface Room {
  readonly docket: Docket;
  /** Samples with a decision that the kernel may not have yet. */
  readonly held: string[];
  /** Take the event without drawing it. */
  take(event: DocketEvent): void;
  apply(event: DocketEvent): void;
  complain(problem: Problem): void;
}

export class Clerk {
  #asking = false;
  #rev = -1;
  #at = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly room: Room,
    private readonly channel: Channel,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  /** Look whether cases run low, or something changed elsewhere. */
  look(): void {
    const { cases, standing, since, view } = this.room.docket;
    const low = cases.length < LOW && since.length > 0 && (standing?.left ?? 0) > cases.length;
    if (standing === null || low) void this.ask();
    else if ((view?.rev ?? -1) > this.#rev) this.#later();
  }

  async ask(): Promise<void> {
    if (this.#asking || this.signal.aborted) return;
    this.#asking = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { cases, last, view } = this.room.docket;
    this.#rev = view?.rev ?? -1;
    this.room.take({ kind: "asked" });
    const had = new Map(cases.map((held) => [held.sample, held]));
    const hold = this.room.held;
    try {
      const asked = { kind: "review" as const, n: DEAL, hold, last: [...last], have: [...had.keys()] };
      const { body, buffers } = await this.channel.request(asked);
      const { kind: _, cases: dealt, ...standing } = body;
      this.#rest();
      this.room.apply({ kind: "dealt", cases: withContent(dealt, buffers, had), standing, hold });
    } catch (error) {
      this.#rest();
      if (!(error instanceof RequestFailed)) throw error;
      this.room.complain(error.problem);
    }
  }

  #rest(): void {
    this.#asking = false;
    this.#at = performance.now();
  }

  #later(): void {
    if (this.#timer !== undefined || this.#asking || this.signal.aborted) return;
    this.#timer = setTimeout(() => void this.ask(), Math.max(0, this.#at + EVERY_MS - performance.now()));
  }
}

/** Images travel as buffers beside the message, each case takes its own; what the page had is not sent again. */
function withContent(
  cases: Dealt["cases"],
  buffers: readonly DataView<ArrayBuffer>[],
  had: ReadonlyMap<string, HeldCase>,
): HeldCase[] {
  return cases.flatMap((one) => {
    const { content } = one;
    const before = had.get(one.sample);
    if (!content) return before ? [{ ...one, ...contentOf(before) }] : [];
    const bytes = content.kind === "image" ? buffers[content.buffer] : undefined;
    return [bytes ? { ...one, content, bytes } : { ...one, content }];
  });
}

function contentOf({ content, bytes, problem }: HeldCase): Pick<HeldCase, "content" | "bytes" | "problem"> {
  return { content, problem: problem ?? null, ...(bytes ? { bytes } : {}) };
}
