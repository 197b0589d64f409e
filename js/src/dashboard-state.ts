// What a dashboard knows: the newest board, whether the kernel answers, and what a listener should hear.
import type { AnyModel } from "@anywidget/types";
import { Channel, type Link, RequestFailed } from "./channel";
import type { Board, BoardConfig, Tile } from "./protocol";

/** All that is drawn. */
export interface Seen {
  board: Board | null;
  link: Link;
  /** Tiles that got worse with the newest board, in words. */
  news: string;
}

export class BoardState {
  readonly config: BoardConfig;
  seen: Seen = { board: null, link: "opening", news: "" };
  #channel: Channel;
  #watchers = new Set<() => void>();

  constructor(
    private readonly model: AnyModel,
    private readonly signal: AbortSignal,
  ) {
    this.config = model.get("config") as BoardConfig;
    this.#channel = new Channel(model, (link) => this.#show({ link }), signal);
  }

  open(): void {
    const look = () => this.#look(this.model.get("board") as Board | null);
    this.model.on("change:board", look);
    this.signal.addEventListener("abort", () => this.model.off("change:board", look), { once: true });
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

  #look(board: Board | null): void {
    const before = this.seen.board;
    if (!board || board.rev === undefined || (before && board.rev < before.rev)) return;
    this.#show({ board, news: worse(before?.tiles ?? [], board.tiles ?? [], before !== null) });
  }

  #show(change: Partial<Seen>): void {
    this.seen = { ...this.seen, ...change };
    for (const watcher of this.#watchers) watcher();
  }
}

/** What is worth interrupting somebody for: tiles that became a warning, or a graver one. */
export function worse(before: readonly Tile[], now: readonly Tile[], known: boolean): string {
  if (!known) return "";
  const was = new Map(before.map(({ name, tone }) => [name, tone]));
  return now
    .filter(({ name, tone }) => grave(tone) > grave(was.get(name)))
    .map(({ title, value }) => `${title}: ${value}.`)
    .join(" ");
}

function grave(tone: Tile["tone"]): number {
  return tone === "bad" ? 2 : tone === "warn" ? 1 : 0;
}

/** The points of a small curve in a box of `width` by `height`; a change of less than five points looks flat. */
export function points(values: readonly number[], width: number, height: number): string {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const range = Math.max(high - low, 0.05);
  const bottom = (low + high - range) / 2;
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  return values
    .map((value, i) => `${(i * step).toFixed(1)},${(height - ((value - bottom) / range) * height).toFixed(1)}`)
    .join(" ");
}
