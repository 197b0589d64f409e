// Asks for cards when it is time: one request at a time, and by itself again while the kernel has none to give.
import { type Channel, RequestFailed } from "./channel";
import { type Deck, type DeckEvent, type HeldCard, wantsCards } from "./deck";
import type { Cards, Config, Problem, View } from "./protocol";

const DEAL = 20;
const FIRST_WAIT_MS = 250;
const LAST_WAIT_MS = 5_000;

/** The table that is dealt to. */
export interface Table {
  readonly config: Config;
  readonly deck: Deck;
  /** Names the task that the page shows. */
  readonly classes: string;
  /** Samples with an answer that the kernel may not have yet. */
  readonly held: string[];
  /** The next sample, where it is to keep its place until the one that comes instead is ready. */
  readonly ready: string | undefined;
  /** Take the event without drawing it. */
  take(event: DeckEvent): void;
  apply(event: DeckEvent): void;
  complain(problem: Problem): void;
}

export class Dealer {
  #dealing = false;
  #wait = FIRST_WAIT_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly table: Table,
    private readonly channel: Channel,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener("abort", () => this.#clear(), { once: true });
  }

  /** Look at the deck and ask if it wants cards. */
  look(): void {
    const { deck } = this.table;
    if (this.#dealing || deck.view === null) return;
    if (wantsCards(deck)) void this.#deal();
    else if (deck.cards.length === 0) this.#later();
  }

  async #deal(): Promise<void> {
    this.#dealing = true;
    this.#clear();
    this.table.take({ kind: "asked" });
    const { held: hold, ready } = this.table;
    const had = new Map(this.table.deck.cards.map((card) => [card.sample, card]));
    try {
      const { body, buffers } = await this.channel.request({
        kind: "deal",
        n: DEAL,
        hold,
        have: [...had.keys()],
        ready: ready ?? "",
      });
      this.#dealing = false;
      if (body.cards.length > 0) this.#wait = FIRST_WAIT_MS;
      this.table.apply({
        kind: "dealt",
        cards: withContent(this.#current(body), buffers, had),
        hold,
        model: body.model ?? null,
        keep: body.keeps ? ready : undefined,
      });
    } catch (error) {
      this.#dealing = false;
      if (!(error instanceof RequestFailed)) throw error;
      this.table.complain(error.problem);
      this.#later();
    }
  }

  /** Probabilities of other classes than those on the screen would stand at the wrong labels. */
  #current(body: Cards): Cards {
    if (body.classes === undefined || body.classes === this.table.classes) return body;
    return { ...body, cards: body.cards.map((card) => ({ ...card, proba: null })) };
  }

  /** The kernel may still be ranking, or a postponed sample may come due. */
  #later(): void {
    const { config, deck } = this.table;
    if (this.#timer !== undefined || this.signal.aborted || remaining(config, deck.view) === 0) return;
    this.#timer = setTimeout(() => void this.#deal(), this.#wait);
    this.#wait = Math.min(this.#wait * 2, LAST_WAIT_MS);
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** How many samples may still be asked. */
export function remaining(config: Config, view: View | null): number {
  if (!view) return 0;
  const { golden, verified, pool, skipped, again } = view.counts;
  if (config.queue === "errors") return again ?? 0;
  return config.queue === "golden" ? golden - verified : pool + skipped;
}

/** Images travel as buffers beside the message, each card takes its own; what the page had is not sent again. */
function withContent(
  { cards }: Cards,
  buffers: readonly DataView<ArrayBuffer>[],
  had: ReadonlyMap<string, HeldCard>,
): HeldCard[] {
  return cards.flatMap((card) => {
    const { content } = card;
    const before = had.get(card.sample);
    if (!content)
      return before ? [{ ...before, ...card, content: before.content, problem: before.problem ?? null }] : [];
    const bytes = content.kind === "image" ? buffers[content.buffer] : undefined;
    return [bytes ? { ...card, content, bytes } : { ...card, content }];
  });
}
