// One widget's state in this page: the deck, the channel and the outbox, shared by all its views.
import type { AnyModel } from "@anywidget/types";
import { Channel, type Link, newId, RequestFailed } from "./channel";
import { type Deck, type DeckEvent, emptyDeck, type HeldCard, reduce, undoTarget, wantsCards } from "./deck";
import { type Choice, choicesOf } from "./labels";
import { Outbox, type Rejected } from "./outbox";
import type { Card, Cards, Config, Mark, Problem, View } from "./protocol";
import { saidOf } from "./said";
import { openShelf, type Shelf } from "./shelf";
import { Stopwatch } from "./stopwatch";

type Action = Mark["action"];

/** All that is drawn. */
export interface Scene {
  deck: Deck;
  link: Link;
  unsaved: readonly Mark[];
  durable: boolean;
  rejected: readonly Rejected[];
  /** What a request failed with, until it is dismissed or one goes well. */
  problem: Problem | null;
  /** The message of the loop's problem that the person has dismissed. */
  dismissed: string | null;
  /** What a screen reader says of the last thing done. */
  spoken: string;
}

const DEAL = 20;
const FIRST_WAIT_MS = 250;
const LAST_WAIT_MS = 5_000;

export class Desk {
  readonly choices: readonly Choice[];
  readonly config: Config;
  scene: Scene;
  #channel: Channel;
  #outbox: Outbox;
  #stopwatch = new Stopwatch(performance.now());
  #watchers = new Set<() => void>();
  #dealing = false;
  #wait = FIRST_WAIT_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly model: AnyModel,
    private readonly signal: AbortSignal,
    shelf?: Shelf,
  ) {
    this.config = model.get("config") as Config;
    this.choices = choicesOf(this.config.task);
    this.#channel = new Channel(model, (link) => this.#onLink(link), signal);
    this.#outbox = new Outbox(
      shelf ?? openShelf(this.config.dataset, this.config.annotator),
      async (marks) => {
        const { body } = await this.#channel.request({ kind: "tell", marks });
        this.#take(body.view); // drawn with what the outbox says next
        return body;
      },
      (trouble) => this.#onOutbox(trouble),
      signal,
    );
    this.scene = { ...NOTHING, ...this.#boxed(), deck: emptyDeck(this.config.blind) };
  }

  /** Start talking: look at the view, greet the kernel, send what an earlier page could not. */
  open(): void {
    const look = () => this.#look(this.model.get("view") as View | null);
    this.model.on("change:view", look);
    this.signal.addEventListener("abort", () => this.#close(look), { once: true });
    document.addEventListener("visibilitychange", () => this.#rest(document.hidden), { signal: this.signal });
    look();
    void this.#channel.request({ kind: "hello" }).then(({ body }) => this.#look(body.view), this.#fail);
    this.#outbox.flush();
  }

  /** Call `watcher` on every change, at once, until the signal aborts. */
  watch(watcher: () => void, signal: AbortSignal): void {
    this.#watchers.add(watcher);
    signal.addEventListener("abort", () => this.#watchers.delete(watcher), { once: true });
    this.#channel.wake();
  }

  // -- what a person does ----------------------------------------------------------------------------------------

  label(choice: Choice): void {
    const { deck } = this.scene;
    const card = deck.cards[0];
    if (!card) return;
    const said = saidOf(card, this.choices, deck.model);
    const shown = deck.seen && Boolean(card.proba);
    this.#answer(
      { kind: "annotate", value: choice.name, shown, said, ...this.#about(card) },
      `Labelled ${choice.name}.`,
    );
  }

  later(): void {
    const card = this.scene.deck.cards[0];
    if (card) this.#answer({ kind: "skip", ...this.#about(card) }, "Kept for later.");
  }

  reject(): void {
    const card = this.scene.deck.cards[0];
    if (card) this.#answer({ kind: "reject", ...this.#about(card) }, "Rejected as a bad sample.");
  }

  flag(): void {
    const card = this.scene.deck.cards[0];
    if (!card) return;
    const on = !card.flagged;
    this.#tell({ kind: "flag", sample: card.sample, on });
    this.#apply({ kind: "flagged", on }, on ? "Flagged." : "Flag removed.");
  }

  undo(): void {
    const target = undoTarget(this.scene.deck);
    if (target === undefined) {
      this.#show({ spoken: "Nothing to undo." });
      return;
    }
    this.#tell({ kind: "undo", target });
    this.#stopwatch.lap(performance.now());
    this.#apply({ kind: "undone", target }, "Taken back.");
  }

  /** Keep a note for the next answer of this sample. */
  note(sample: string, note: string): void {
    this.#apply({ kind: "noted", sample, note }, note ? "Note kept." : "");
  }

  hideModel(blind: boolean): void {
    this.#apply({ kind: "blinded", blind }, blind ? "Probabilities hidden." : "Probabilities shown.");
  }

  dismiss(): void {
    this.#show({ problem: null, dismissed: this.scene.deck.view?.problem?.message ?? null });
  }

  retryRejected(): void {
    this.#outbox.again();
  }

  discardRejected(): void {
    this.#outbox.discard();
  }

  /** A sign of life: the person is at the card. */
  touch(): void {
    this.#stopwatch.touch(performance.now());
  }

  // -- what follows from it --------------------------------------------------------------------------------------

  #about(card: HeldCard): { sample: string; rationale?: string; seconds: number } {
    const seconds = Math.round(this.#stopwatch.lap(performance.now()) * 100) / 100;
    const note = this.scene.deck.note.trim();
    return { sample: card.sample, seconds, ...(note ? { rationale: note } : {}) };
  }

  #answer(action: Action, spoken: string): void {
    const mark = this.#tell(action);
    this.#apply({ kind: "answered", mark }, spoken);
  }

  /** On the shelf first, then on the wire. */
  #tell(action: Action): Mark {
    const mark = { id: newId(), at: new Date().toISOString(), action };
    this.#outbox.put(mark);
    if (this.#channel.link !== "silent" && this.#channel.link !== "gone") this.#outbox.flush();
    return mark;
  }

  #apply(event: DeckEvent, spoken = this.scene.spoken): void {
    this.scene = { ...this.scene, deck: reduce(this.scene.deck, event), spoken, ...this.#boxed() };
    this.#refill();
    this.#show({});
  }

  #look(view: View | null): void {
    if (!view || view.rev === undefined || view.rev === this.scene.deck.view?.rev) return;
    this.#take(view);
    this.#refill();
    this.#show({});
  }

  #take(view: View): void {
    const deck = reduce(this.scene.deck, { kind: "viewed", view });
    this.scene = { ...this.scene, deck, dismissed: deck.view?.problem ? this.scene.dismissed : null };
  }

  #onLink(link: Link): void {
    this.#show({ link });
    if (link === "up") this.#outbox.flush();
  }

  /** What the kernel will not take is no answer any more. */
  #onOutbox(trouble: Problem | undefined): void {
    this.scene = { ...this.scene, problem: trouble ?? null };
    this.#apply({ kind: "refused", ids: this.#outbox.rejected.map(({ mark }) => mark.id) });
  }

  #boxed(): Pick<Scene, "unsaved" | "rejected" | "durable"> {
    const { unsaved, rejected, durable } = this.#outbox;
    return { unsaved, rejected, durable };
  }

  #show(change: Partial<Scene>): void {
    this.scene = { ...this.scene, ...change };
    for (const watcher of this.#watchers) watcher();
  }

  // -- cards -----------------------------------------------------------------------------------------------------

  #refill(): void {
    if (this.#dealing || this.scene.deck.view === null) return;
    if (wantsCards(this.scene.deck)) void this.#deal();
    else if (this.scene.deck.cards.length === 0) this.#dealLater();
  }

  async #deal(): Promise<void> {
    this.#dealing = true;
    this.#clear();
    this.scene = { ...this.scene, deck: reduce(this.scene.deck, { kind: "asked" }) };
    const hold = this.#held();
    try {
      const { body, buffers } = await this.#channel.request({ kind: "deal", n: DEAL, hold });
      this.#dealing = false;
      if (body.cards.length > 0) this.#wait = FIRST_WAIT_MS;
      this.#apply({ kind: "dealt", cards: withBytes(body, buffers), queue: body.queue, hold });
    } catch (error) {
      this.#dealing = false;
      this.#fail(error);
      this.#dealLater();
    }
  }

  /** Ask again by itself: the kernel may still be ranking, or a postponed sample may come due. */
  #dealLater(): void {
    if (this.#timer !== undefined || this.signal.aborted || remaining(this.config, this.scene.deck.view) === 0) return;
    this.#timer = setTimeout(() => void this.#deal(), this.#wait);
    this.#wait = Math.min(this.#wait * 2, LAST_WAIT_MS);
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Samples with an answer that the kernel may not have yet. */
  #held(): string[] {
    const samples = this.#outbox.unsaved.map(({ action }) =>
      action.kind === "flag" || action.kind === "undo" ? undefined : action.sample,
    );
    return [...new Set(samples.filter((sample) => sample !== undefined))];
  }

  #fail = (error: unknown): void => {
    if (!(error instanceof RequestFailed)) throw error;
    this.#show({ problem: error.problem });
  };

  #rest(hidden: boolean): void {
    if (hidden) this.#stopwatch.pause(performance.now());
    else this.#stopwatch.resume(performance.now());
  }

  #close(look: () => void): void {
    this.model.off("change:view", look);
    this.#clear();
  }
}

const NOTHING: Omit<Scene, "deck" | "unsaved" | "rejected" | "durable"> = {
  link: "opening",
  problem: null,
  dismissed: null,
  spoken: "",
};

/** How many samples may still be asked. */
export function remaining(config: Config, view: View | null): number {
  if (!view) return 0;
  const { golden, verified, pool, skipped } = view.counts;
  return config.queue === "golden" ? golden - verified : pool + skipped;
}

/** Images travel as buffers beside the message; each card takes its own. */
function withBytes({ cards }: Cards, buffers: readonly DataView<ArrayBuffer>[]): HeldCard[] {
  return cards.map((card: Card) => {
    const bytes = card.content.kind === "image" ? buffers[card.content.buffer] : undefined;
    return bytes ? { ...card, bytes } : card;
  });
}
