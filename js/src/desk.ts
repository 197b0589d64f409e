// One widget's state in this page: the deck, the channel and the outbox, shared by all its views.
import type { AnyModel } from "@anywidget/types";
import { Channel, type Link, newId, RequestFailed } from "./channel";
import { Dealer, type Table } from "./dealer";
import { type Deck, type DeckEvent, emptyDeck, type HeldCard, reduce, undoTarget } from "./deck";
import { type Choice, choicesOf } from "./labels";
import { Outbox, type Rejected } from "./outbox";
import type { Config, Mark, Problem, View } from "./protocol";
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

export class Desk implements Table {
  readonly choices: readonly Choice[];
  readonly config: Config;
  scene: Scene;
  #channel: Channel;
  #outbox: Outbox;
  #stopwatch = new Stopwatch(performance.now());
  #watchers = new Set<() => void>();
  #dealer: Dealer;

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
        this.take({ kind: "viewed", view: body.view }); // drawn with what the outbox says next
        return body;
      },
      (trouble) => this.#onOutbox(trouble),
      signal,
    );
    this.scene = { ...NOTHING, ...this.#boxed(), deck: emptyDeck(this.config.blind) };
    this.#dealer = new Dealer(this, this.#channel, signal);
  }

  /** Start talking: look at the view, greet the kernel, send what an earlier page could not. */
  open(): void {
    const look = () => this.#look(this.model.get("view") as View | null);
    this.model.on("change:view", look);
    this.signal.addEventListener("abort", () => this.model.off("change:view", look), { once: true });
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
    this.apply({ kind: "flagged", on }, on ? "Flagged." : "Flag removed.");
  }

  undo(): void {
    const target = undoTarget(this.scene.deck);
    if (target === undefined) {
      this.#show({ spoken: "Nothing to undo." });
      return;
    }
    this.#tell({ kind: "undo", target });
    this.#stopwatch.lap(performance.now());
    this.apply({ kind: "undone", target }, "Taken back.");
  }

  /** Keep a note for the next answer of this sample. */
  note(sample: string, note: string): void {
    this.apply({ kind: "noted", sample, note }, note ? "Note kept." : "");
  }

  hideModel(blind: boolean): void {
    this.apply({ kind: "blinded", blind }, blind ? "Probabilities hidden." : "Probabilities shown.");
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

  // -- the table that is dealt to --------------------------------------------------------------------------------

  get deck(): Deck {
    return this.scene.deck;
  }

  get held(): string[] {
    const samples = this.#outbox.unsaved.map(({ action }) =>
      action.kind === "flag" || action.kind === "undo" ? undefined : action.sample,
    );
    return [...new Set(samples.filter((sample) => sample !== undefined))];
  }

  take(event: DeckEvent): void {
    const deck = reduce(this.scene.deck, event);
    const dismissed = deck.view?.problem ? this.scene.dismissed : null;
    this.scene = { ...this.scene, ...this.#boxed(), deck, dismissed };
  }

  apply(event: DeckEvent, spoken = this.scene.spoken): void {
    this.take(event);
    this.#dealer.look();
    this.#show({ spoken });
  }

  complain(problem: Problem): void {
    this.#show({ problem });
  }

  // -- what follows from it --------------------------------------------------------------------------------------

  #about(card: HeldCard): { sample: string; rationale?: string; seconds: number } {
    const seconds = Math.round(this.#stopwatch.lap(performance.now()) * 100) / 100;
    const note = this.scene.deck.note.trim();
    return { sample: card.sample, seconds, ...(note ? { rationale: note } : {}) };
  }

  #answer(action: Action, spoken: string): void {
    const mark = this.#tell(action);
    this.apply({ kind: "answered", mark }, spoken);
  }

  /** On the shelf first, then on the wire. */
  #tell(action: Action): Mark {
    const mark = { id: newId(), at: new Date().toISOString(), action };
    this.#outbox.put(mark);
    if (this.#channel.link !== "silent" && this.#channel.link !== "gone") this.#outbox.flush();
    return mark;
  }

  #look(view: View | null): void {
    if (!view || view.rev === undefined || view.rev === this.scene.deck.view?.rev) return;
    this.apply({ kind: "viewed", view });
  }

  #onLink(link: Link): void {
    this.#show({ link });
    if (link === "up") this.#outbox.flush();
  }

  /** What the kernel will not take is no answer any more. */
  #onOutbox(trouble: Problem | undefined): void {
    this.scene = { ...this.scene, problem: trouble ?? null };
    this.apply({ kind: "refused", ids: this.#outbox.rejected.map(({ mark }) => mark.id) });
  }

  #boxed(): Pick<Scene, "unsaved" | "rejected" | "durable"> {
    const { unsaved, rejected, durable } = this.#outbox;
    return { unsaved, rejected, durable };
  }

  #show(change: Partial<Scene>): void {
    this.scene = { ...this.scene, ...change };
    for (const watcher of this.#watchers) watcher();
  }

  #fail = (error: unknown): void => {
    if (!(error instanceof RequestFailed)) throw error;
    this.complain(error.problem);
  };

  #rest(hidden: boolean): void {
    if (hidden) this.#stopwatch.pause(performance.now());
    else this.#stopwatch.resume(performance.now());
  }
}

const NOTHING: Omit<Scene, "deck" | "unsaved" | "rejected" | "durable"> = {
  link: "opening",
  problem: null,
  dismissed: null,
  spoken: "",
};
