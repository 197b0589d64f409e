// The line between all labelers of one person at one dataset, in this page and in other tabs: what one of them
// answers, the others hear at once, so that nobody answers a card twice and nobody's answer depends on one tab.
import type { Mark } from "./protocol";

/** `made`: an answer was given · `settled`: answers were saved or given up, and wait no more. */
export type News = { kind: "made"; mark: Mark } | { kind: "settled"; ids: readonly string[] };

export class PartyLine {
  #line: BroadcastChannel | undefined;

  constructor(dataset: string, annotator: string, hear: (news: News) => void, signal: AbortSignal) {
    if (typeof BroadcastChannel === "undefined") return;
    const line = new BroadcastChannel(`nbloop:${dataset}:${annotator}`);
    line.onmessage = ({ data }: MessageEvent<News>) => hear(data);
    signal.addEventListener("abort", () => line.close(), { once: true });
    this.#line = line;
  }

  say(news: News): void {
    this.#line?.postMessage(news);
  }
}

/** Of two answers to one card that were given at once, in two tabs, the first stands. */
export function isLater(mark: Mark, other: Mark): boolean {
  return mark.at === other.at ? mark.id > other.id : mark.at > other.at;
}
