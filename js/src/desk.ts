// One widget's state in this page: the deck, the channel and the outbox, shared by all its views.
import type { AnyModel } from "@anywidget/types";
import { type Link, RequestFailed } from "./channel";
import { type Book, type Change, ClassBook, firstBook } from "./classbook";
import { Dealer, type Table } from "./dealer";
import { type Deck, type DeckEvent, emptyDeck, type HeldCard, reduce, undoTarget } from "./deck";
import { Explainer, type Explanation, type Wanted } from "./explainer";
import { whenIdle } from "./idle";
import type { Choice } from "./labels";
import type { Action } from "./mark";
import { isLater } from "./partyline";
import { type Mail, Post, type Sender } from "./post";
import type { Config, Mark, Problem, View } from "./protocol";
import { rankedChoices, saidOf, suggested } from "./said";
import type { Shelf } from "./shelf";
import { Stopwatch } from "./stopwatch";

/** All that is drawn. */
export interface Scene extends Mail {
  deck: Deck;
  /** The classes in force. */
  book: Book;
  link: Link;
  /** How many answers may wait to be saved before the person is asked to pause. */
  patience: number;
  /** What a request failed with, until it is dismissed or one goes well. */
  problem: Problem | null;
  /** The message of the loop's problem that the person has dismissed. */
  dismissed: string | null;
  /** What a screen reader says of the last thing done. */
  spoken: string;
}

/** What answers a card: a note in a discussion of it, say, is no answer that another one could come second to. */
const RIVALS: ReadonlySet<Action["kind"]> = new Set(["annotate", "skip", "reject"]);

/** Cards explained: the one in front, and ahead of time the next two: the second one serves who is faster than a model. */
const AHEAD = 3;

/** Unsaved answers after which a person is asked to pause, and again after as many more. */
export const PATIENCE = 25;

export class Desk implements Table, Sender {
  readonly config: Config;
  scene: Scene;
  #post: Post;
  #stopwatch = new Stopwatch(performance.now());
  #watchers = new Set<() => void>();
  #dealer: Dealer;
  #book: ClassBook;
  #explainer: Explainer;
  /** The views in which somebody asks why. */
  #asking = new Set<object>();

  constructor(
    private readonly model: AnyModel,
    private readonly signal: AbortSignal,
    shelf?: Shelf,
  ) {
    this.config = model.get("config") as Config;
    this.#post = new Post(model, this.config, this, signal, shelf);
    this.scene = { ...NOTHING, ...this.#boxed(), deck: emptyDeck(this.config.blind), book: firstBook(this.config) };
    this.#book = new ClassBook(
      this.#post.channel,
      () => this.scene.book,
      (book) => this.#turnTo(book),
    );
    this.#dealer = new Dealer(this, this.#post.channel, signal);
    this.#explainer = new Explainer(
      this.#post.channel,
      () => {
        this.#promote();
        this.#show({});
      },
      signal,
    );
  }

  /** Start talking: look at the view, greet the kernel, send what an earlier page could not. */
  open(): void {
    const look = () => this.#look(this.model.get("view") as View | null);
    this.model.on("change:view", look);
    this.signal.addEventListener("abort", () => this.model.off("change:view", look), { once: true });
    document.addEventListener("visibilitychange", () => this.#rest(document.hidden), { signal: this.signal });
    look();
    void this.#post.channel.request({ kind: "hello" }).then(({ body }) => this.#look(body.view), this.#fail);
    this.#post.open();
  }

  /** Call `watcher` on every change, at once, until the signal aborts. */
  watch(watcher: () => void, signal: AbortSignal): void {
    this.#watchers.add(watcher);
    signal.addEventListener("abort", () => this.#watchers.delete(watcher), { once: true });
    this.#post.channel.wake();
  }

  // -- what a person does ----------------------------------------------------------------------------------------

  label(choice: Choice): void {
    const { deck } = this.scene;
    const card = this.#askedNow();
    if (!card) return;
    const said = saidOf(card, this.choices);
    const shown = deck.seen && Boolean(card.proba);
    this.#answer(
      { kind: "annotate", value: choice.name, shown, said, ...this.#under(), ...this.#about(card) },
      `Labelled ${choice.name}.`,
    );
  }

  /** Take what the model suggests; false where there is no model to suggest anything. */
  confirm(): boolean {
    const { deck } = this.scene;
    const choice = suggested(deck.cards[0], this.choices, deck.blind);
    if (choice) this.label(choice);
    else if (this.hides) this.#show({ spoken: "Nothing is suggested for this one: choose a label." });
    return choice !== undefined || this.hides !== undefined;
  }

  later(): void {
    const card = this.#askedNow();
    if (card) this.#answer({ kind: "skip", ...this.#about(card) }, "Kept for later.");
  }

  reject(): void {
    const card = this.#askedNow();
    if (card) this.#answer({ kind: "reject", ...this.#about(card) }, "Rejected as a bad sample.");
  }

  flag(): void {
    const card = this.#askedNow();
    if (!card) return;
    const on = !card.flagged;
    this.#post.tell({ kind: "flag", sample: card.sample, on });
    this.apply({ kind: "flagged", on }, on ? "Flagged." : "Flag removed.");
  }

  undo(): void {
    const target = undoTarget(this.scene.deck);
    if (target === undefined) {
      this.#show({ spoken: "Nothing to undo." });
      return;
    }
    this.#post.tell({ kind: "undo", target });
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

  /** Look what counts in the current card and the next ones, for a view; call it when the card was painted. */
  explain(view: object): void {
    const { cards, model, behind } = this.scene.deck;
    const coming = cards.filter(({ sample }) => sample === behind);
    const told = [...cards.slice(0, 1), ...coming, ...cards.slice(1)].slice(0, AHEAD);
    this.#asking.add(view);
    this.#explainer.ask(
      told.filter((card) => this.#isTold(card)).map((card) => this.#wanted(card)),
      model,
    );
    this.#promote();
  }

  /** Nobody asks why any more in this view. */
  stopExplaining(view: object): void {
    if (!this.#asking.delete(view) || this.#asking.size > 0) return;
    this.#explainer.leave();
    this.#promote();
  }

  /** Have the reasons of the current card at hand if somebody looks at it for long; call it when the card was painted. */
  ponder(): void {
    const { deck, link } = this.scene;
    const [card] = deck.cards;
    const front = this.#isTold(card) && link === "up" ? this.#wanted(card) : undefined;
    if (this.#asking.size === 0) this.#explainer.ponder(front, deck.model);
  }

  /** What is known of why the model says what it says of the current card. */
  get explanation(): Explanation | undefined {
    return this.explanationOf(this.scene.deck.cards[0]);
  }

  /** The same of any card that is held; nothing of one that is asked blind. */
  explanationOf(card: HeldCard | undefined): Explanation | undefined {
    return !card || card.blind || this.scene.deck.blind ? undefined : this.#explainer.of(card.sample);
  }

  /** Why what the model makes of the current card is not told; undefined where it is. */
  get hides(): string | undefined {
    const { deck } = this.scene;
    if (!this.config.model) return undefined;
    if (deck.blind) return "You label blind: what the model makes of it is hidden.";
    return deck.cards[0]?.blind ? "This one is asked blind: what the model makes of it is hidden." : undefined;
  }

  dismiss(): void {
    this.#show({ problem: null, dismissed: this.scene.deck.view?.problem?.message ?? null });
  }

  /** Answer on although much is not saved. */
  goOn(): void {
    this.#show({ patience: this.scene.unsaved.length + PATIENCE, spoken: "Going on." });
  }

  retryRejected(): void {
    this.#post.retry();
  }

  discardRejected(): void {
    this.#post.discard();
  }

  /** Look how many samples have each label. */
  openClasses(): void {
    void this.#book.fetch();
  }

  changeClasses(change: Change): Promise<boolean> {
    return this.#book.change(change);
  }

  /** A sign of life: the person is at the card. */
  touch(): void {
    this.#stopwatch.touch(performance.now());
  }

  // -- the table that is dealt to --------------------------------------------------------------------------------

  get choices(): readonly Choice[] {
    return this.scene.book.choices;
  }

  get classes(): string {
    return this.scene.book.id;
  }

  get deck(): Deck {
    return this.scene.deck;
  }

  get held(): string[] {
    const samples = this.#post.mail.unsaved.map(({ action }) =>
      action.kind === "flag" || action.kind === "undo" ? undefined : action.sample,
    );
    return [...new Set(samples.filter((sample) => sample !== undefined))];
  }

  /** The next card, while somebody asks why and its reasons are there: another takes its place when it has its own. */
  get ready(): string | undefined {
    const next = this.scene.deck.cards[1];
    const explained = this.#asking.size > 0 && this.explanationOf(next)?.kind === "explained";
    return next && explained && this.#explainer.knows(this.#wanted(next)) ? next.sample : undefined;
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

  // -- what the post brings ----------------------------------------------------------------------------------------

  onLink(link: Link): void {
    this.#show({ link });
  }

  onSaved(view: View): void {
    this.take({ kind: "viewed", view });
  }

  /** What the kernel will not take is no answer any more. */
  onMail(trouble?: Problem): void {
    this.scene = { ...this.scene, problem: trouble ?? null };
    this.apply({ kind: "refused", ids: this.#post.mail.rejected.map(({ mark }) => mark.id) });
  }

  onHeard(mark: Mark): void {
    this.apply({ kind: "heard", mark });
    this.#giveWay(mark);
  }

  /** Both tabs answered one card before they heard of each other: the later answer is taken back. */
  #giveWay({ action, ...rest }: Mark): void {
    const sample = RIVALS.has(action.kind) && "sample" in action ? action.sample : undefined;
    const mine = this.scene.deck.answers.find(({ card }) => card.sample === sample)?.mark;
    if (!mine || !isLater(mine, { action, ...rest })) return;
    this.#post.tell({ kind: "undo", target: mine.id });
    this.apply({ kind: "withdrawn", target: mine.id }, `Sample ${sample} was answered in another tab first.`);
  }

  // -- what follows from it --------------------------------------------------------------------------------------

  #about(card: HeldCard): { sample: string; rationale?: string; seconds: number } {
    const seconds = Math.round(this.#stopwatch.lap(performance.now()) * 100) / 100;
    const note = this.scene.deck.note.trim();
    return { sample: card.sample, seconds, ...(note ? { rationale: note } : {}) };
  }

  #answer(action: Action, spoken: string): void {
    const mark = this.#post.tell(action);
    this.apply({ kind: "answered", mark }, spoken);
  }

  #look(view: View | null): void {
    if (!view || view.rev === undefined || view.rev === this.scene.deck.view?.rev) return;
    this.apply({ kind: "viewed", view });
    this.#book.follow(view.classes);
  }

  /** Other classes are in force: what a model said of the old ones is no more. */
  #turnTo(book: Book): void {
    const other = book.id !== this.scene.book.id;
    this.scene = { ...this.scene, book };
    if (other) this.#explainer.forget();
    if (other) this.apply({ kind: "reclassed" }, "The classes have changed.");
    else this.#show({});
  }

  #under(): { under?: string } {
    return this.scene.book.id ? { under: this.scene.book.id } : {};
  }

  /** The card to answer; none while too much is unsaved. */
  #askedNow(): HeldCard | undefined {
    if (isPaused(this.scene)) this.#show({ spoken: `Paused: ${this.scene.unsaved.length} answers are not saved.` });
    return isPaused(this.scene) ? undefined : this.scene.deck.cards[0];
  }

  /** What the model makes of this card is shown. */
  #isTold(card: HeldCard | undefined): card is HeldCard {
    return Boolean(card?.proba) && !card?.blind && !this.scene.deck.blind;
  }

  #wanted(card: HeldCard): Wanted {
    return { sample: card.sample, top: rankedChoices(card, this.choices)[0]?.name };
  }

  /** The card that waits for its reasons comes next once it has them. */
  #promote(): void {
    const { cards, behind } = this.scene.deck;
    const coming = cards.find(({ sample }) => sample === behind);
    const waits = this.#asking.size > 0 && this.#isTold(coming) && !this.#explainer.knows(this.#wanted(coming));
    if (behind === null || waits) return;
    this.take({ kind: "promoted" });
    whenIdle(() => this.#show({}), this.signal);
  }

  #boxed(): Mail & Pick<Scene, "patience"> {
    const mail = this.#post.mail;
    const patience = mail.unsaved.length < PATIENCE ? PATIENCE : (this.scene?.patience ?? PATIENCE);
    return { ...mail, patience };
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

/** Whether so much is unsaved that the person is asked to pause. */
export function isPaused({ unsaved, patience }: Pick<Scene, "unsaved" | "patience">): boolean {
  return unsaved.length >= patience;
}

const NOTHING: Omit<Scene, "deck" | "book" | "unsaved" | "rejected" | "durable" | "patience"> = {
  link: "opening",
  problem: null,
  dismissed: null,
  spoken: "",
};
