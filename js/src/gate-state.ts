// What a gate panel knows: the verdict, who serves now, and a decision that is under way.
import type { AnyModel } from "@anywidget/types";
import { Channel, type Link, newId, RequestFailed } from "./channel";
import type { Decide, GateCheck, GateConfig, Problem, Standing } from "./protocol";

export type What = Decide["what"];

/** All that is drawn, beside the verdict itself. */
export interface Seen {
  standing: Standing | null;
  link: Link;
  busy: boolean;
  problem: Problem | null;
  /** What was decided last here, in words. */
  done: string;
}

export class GateState {
  readonly config: GateConfig;
  seen: Seen = { standing: null, link: "opening", busy: false, problem: null, done: "" };
  #channel: Channel;
  #watchers = new Set<() => void>();

  constructor(
    private readonly model: AnyModel,
    private readonly signal: AbortSignal,
  ) {
    this.config = model.get("config") as GateConfig;
    this.#channel = new Channel(model, (link) => this.#show({ link }), signal);
  }

  open(): void {
    const look = () => this.#show({ standing: this.model.get("standing") as Standing });
    this.model.on("change:standing", look);
    this.signal.addEventListener("abort", () => this.model.off("change:standing", look), { once: true });
    look();
    void this.#channel.request({ kind: "hello" }).catch((error: unknown) => {
      if (!(error instanceof RequestFailed)) throw error; // any reply is a sign of life
    });
  }

  watch(watcher: () => void, signal: AbortSignal): void {
    this.#watchers.add(watcher);
    signal.addEventListener("abort", () => this.#watchers.delete(watcher), { once: true });
    this.#channel.wake();
  }

  /** Decide, once however often it has to be sent; true when it is in the journal. */
  async decide(what: What, reason: string): Promise<boolean> {
    if (this.seen.busy) return false;
    this.#show({ busy: true, problem: null, done: "" });
    try {
      const { body } = await this.#channel.request({ kind: "decide", id: newId(), what, reason });
      this.#show({ busy: false, standing: body.standing, done: `${body.standing.serving} serves now.` });
      return true;
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
      this.#show({ busy: false, problem: error.problem });
      return false;
    }
  }

  #show(change: Partial<Seen>): void {
    this.seen = { ...this.seen, ...change };
    for (const watcher of this.#watchers) watcher();
  }
}

const ORDER = { failed: 0, undecided: 1, passed: 2 } as const;

/** What speaks against the candidate first; else as it was looked at. */
export function sorted(checks: readonly GateCheck[]): GateCheck[] {
  return [...checks].sort((a, b) => ORDER[a.outcome] - ORDER[b.outcome]);
}

/** How far the common axis of all differences reaches to each side: the widest interval, and no less than a margin. */
export function reach(checks: readonly GateCheck[]): number {
  const ends = checks.filter(compares).flatMap(({ low, high, margin }) => [low ?? 0, high ?? 0, margin ?? 0]);
  return Math.min(1, Math.max(0.02, ...ends.map(Math.abs)) * 1.05);
}

/** Differences of accuracy share an axis; calibration error is measured otherwise, and less of it is better. */
export function compares({ name, low }: GateCheck): boolean {
  return low != null && name !== "calibration";
}

/** A difference in percentage points, with its sign. */
export function signed(share: number): string {
  const value = (share * 100).toFixed(1);
  return share >= 0 ? `+${value}` : value.replace("-", "−");
}
