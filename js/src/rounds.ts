// The rounds and the confusion table of one curve, fetched as the view grows.
import type { AnyModel } from "@anywidget/types";
import { Channel, type Link, RequestFailed } from "./channel";
import type { Row } from "./chart";
import type { Confusion, CurveConfig, Outlook, Problem, Round, View } from "./protocol";

/** All that is drawn. */
export interface Progress {
  view: View | null;
  /** Measured rounds, oldest first; they only grow. */
  rows: readonly Row[];
  confusion: Confusion | null;
  /** What comes, and what random order would have reached; the kernel thinks it over beside the loop. */
  outlook: Outlook;
  link: Link;
  problem: Problem | null;
}

export class Rounds {
  readonly config: CurveConfig;
  progress: Progress = { view: null, rows: [], confusion: null, outlook: {}, link: "opening", problem: null };
  #channel: Channel;
  #last = -1;
  #fetching = false;
  #tables = 0;
  #watchers = new Set<() => void>();

  constructor(
    private readonly model: AnyModel,
    private readonly signal: AbortSignal,
  ) {
    this.config = model.get("config") as CurveConfig;
    this.#channel = new Channel(model, (link) => this.#show({ link }), signal);
  }

  open(): void {
    const look = () => this.#look(this.model.get("view") as View | null);
    this.model.on("change:view", look);
    this.signal.addEventListener("abort", () => this.model.off("change:view", look), { once: true });
    const ahead = () => this.#show({ outlook: (this.model.get("outlook") as Outlook | undefined) ?? {} });
    this.model.on("change:outlook", ahead);
    this.signal.addEventListener("abort", () => this.model.off("change:outlook", ahead), { once: true });
    ahead();
    look();
    void this.#channel.request({ kind: "hello" }).then(({ body }) => this.#look(body.view), this.#fail);
  }

  watch(watcher: () => void, signal: AbortSignal): void {
    this.#watchers.add(watcher);
    signal.addEventListener("abort", () => this.#watchers.delete(watcher), { once: true });
    this.#channel.wake();
  }

  /** While a table is open in any view, it is fetched with each round. */
  openTable(): void {
    this.#tables += 1;
    void this.#fetchConfusion();
  }

  closeTable(): void {
    this.#tables -= 1;
  }

  #look(view: View | null): void {
    if (!view || view.rev === undefined || (this.progress.view && view.rev < this.progress.view.rev)) return;
    this.#show({ view });
    void this.#fetch();
  }

  async #fetch(): Promise<void> {
    if (this.#fetching || (this.progress.view?.round ?? 0) <= this.#last) return;
    this.#fetching = true;
    try {
      const { body } = await this.#channel.request({ kind: "rounds", after: this.#last });
      this.#fetching = false;
      this.#take(body.rounds);
    } catch (error) {
      this.#fetching = false;
      this.#fail(error);
    }
  }

  #take(rounds: readonly Round[]): void {
    const fresh = rounds.filter(({ round }) => round > this.#last);
    this.#last = fresh.at(-1)?.round ?? this.#last;
    this.#show({ rows: [...this.progress.rows, ...fresh.filter(isMeasured)], problem: null });
    if (fresh.length === 0) return;
    if (this.#tables > 0) void this.#fetchConfusion();
    void this.#fetch();
  }

  async #fetchConfusion(): Promise<void> {
    try {
      const { body } = await this.#channel.request({ kind: "confusion" });
      this.#show({ confusion: body });
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail = (error: unknown): void => {
    if (!(error instanceof RequestFailed)) throw error;
    this.#show({ problem: error.problem });
  };

  #show(change: Partial<Progress>): void {
    this.progress = { ...this.progress, ...change };
    for (const watcher of this.#watchers) watcher();
  }
}

function isMeasured(round: Round): round is Row {
  return round.accuracy != null;
}
