// One review's state in this page: the docket, the channel and the outbox, shared by all its views.
import type { AnyModel } from "@anywidget/types";
import { Channel, type Link, newId, RequestFailed } from "./channel";
import { type Book, ClassBook } from "./classbook";
import { Clerk, type Room } from "./clerk";
import { isPaused, PATIENCE } from "./desk";
import { type Docket, type DocketEvent, EMPTY, type HeldCase, reduce, undoTarget } from "./docket";
import { type Choice, choicesOf } from "./labels";
import { Outbox, type Rejected } from "./outbox";
import { type News, PartyLine } from "./partyline";
import type { Mark, Problem, ReviewConfig, View } from "./protocol";
import { openShelf, type Shelf } from "./shelf";
import { Stopwatch } from "./stopwatch";

type Action = Mark["action"];

/** All that is drawn. */
export interface BenchScene {
  docket: Docket;
  book: Book;
  link: Link;
  unsaved: readonly Mark[];
  patience: number;
  durable: boolean;
  rejected: readonly Rejected[];
  problem: Problem | null;
  /** The message of the loop's problem that the person has dismissed. */
  dismissed: string | null;
  spoken: string;
}

export class Bench implements Room {
  readonly config: ReviewConfig;
  scene: BenchScene;
  #channel: Channel;
  #outbox: Outbox;
  #book: ClassBook;
  #line: PartyLine;
  #stopwatch = new Stopwatch(performance.now());
  #watchers = new Set<() => void>();
  #clerk: Clerk;

  constructor(
    private readonly model: AnyModel,
    private readonly signal: AbortSignal,
    shelf?: Shelf,
  ) {
    this.config = model.get("config") as ReviewConfig;
    const { dataset, annotator, task, classes } = this.config;
    this.#channel = new Channel(model, (link) => this.#onLink(link), signal);
    this.#outbox = new Outbox(
      shelf ?? openShelf(dataset, annotator),
      async (marks) => {
        const { body } = await this.#channel.request({ kind: "tell", marks });
        this.#line.say({ kind: "settled", ids: body.ids });
        this.take({ kind: "viewed", view: body.view });
        return body;
      },
      (trouble) => this.#onOutbox(trouble),
      signal,
    );
    this.#line = new PartyLine(dataset, annotator, (news) => this.#hear(news), signal);
    const book = { id: classes ?? "", task, choices: choicesOf(task), samples: [], changes: [], refusal: null };
    this.scene = { ...NOTHING, ...this.#boxed(), docket: EMPTY, book };
    this.#book = new ClassBook(
      this.#channel,
      () => this.scene.book,
      (book) => this.#show({ book }),
    );
    this.#clerk = new Clerk(this, this.#channel, signal);
  }

  /** Start talking: look at the view, greet the kernel, send what an earlier page could not. */
  open(): void {
    const look = () => this.#look(this.model.get("view") as View | null);
    this.model.on("change:view", look);
    this.signal.addEventListener("abort", () => this.model.off("change:view", look), { once: true });
    document.addEventListener("visibilitychange", () => this.#rest(document.hidden), { signal: this.signal });
    window.addEventListener("beforeunload", (event) => this.#leave(event), { signal: this.signal });
    look();
    void this.#channel.request({ kind: "hello" }).then(({ body }) => this.#look(body.view), this.#fail);
    this.#outbox.flush();
    void this.#clerk.ask();
  }

  /** Call `watcher` on every change, at once, until the signal aborts. */
  watch(watcher: () => void, signal: AbortSignal): void {
    this.#watchers.add(watcher);
    signal.addEventListener("abort", () => this.#watchers.delete(watcher), { once: true });
    this.#channel.wake();
  }

  // -- what a person does ----------------------------------------------------------------------------------------

  get choices(): readonly Choice[] {
    return this.scene.book.choices;
  }

  /** A label's key: says what one thinks while the votes are hidden, and decides once they are seen. */
  choose(choice: Choice): void {
    const held = this.#current();
    if (!held) return;
    if (held.own) this.#act({ kind: "probe", value: choice.name, expected: "", ...this.#about(held) }, "Answered.");
    else if (held.votes === null) this.#say(held, choice.name);
    else this.#decide(held, choice.name);
  }

  accept(): void {
    const held = this.#current();
    if (!held) return;
    if (held.label !== null) this.#decide(held, held.label);
    else this.#show({ spoken: held.votes === null ? "Say first what it is." : "There is no label yet: choose one." });
  }

  sendUp(): void {
    const held = this.#current();
    const up = this.scene.docket.standing?.up ?? 0;
    if (!held || !canSendUp(held, up)) return;
    this.#act({ kind: "escalate", tier: up, ...this.#about(held), ...this.#why() }, "Sent up.");
  }

  skip(): void {
    if (!this.#current()) return;
    this.#stopwatch.lap(performance.now());
    this.apply({ kind: "skipped" }, "Put off.");
  }

  discuss(text: string): void {
    const held = this.#current();
    if (held && text.trim()) this.#act({ kind: "discuss", sample: held.sample, rationale: text.trim() }, "Note added.");
  }

  undo(): void {
    const target = undoTarget(this.scene.docket);
    if (target === undefined) {
      this.#show({ spoken: "Nothing to undo." });
      return;
    }
    this.#tell({ kind: "undo", target });
    this.#stopwatch.lap(performance.now());
    this.apply({ kind: "undone", target }, "Taken back.");
  }

  /** Keep what is being written: it goes with the decision, or into the discussion. */
  note(sample: string, note: string): void {
    this.apply({ kind: "noted", sample, note });
  }

  touch(): void {
    this.#stopwatch.touch(performance.now());
  }

  dismiss(): void {
    this.#show({ problem: null, dismissed: this.scene.docket.view?.problem?.message ?? null });
  }

  goOn(): void {
    this.#show({ patience: this.scene.unsaved.length + PATIENCE, spoken: "Going on." });
  }

  retryRejected(): void {
    this.#outbox.again();
  }

  discardRejected(): void {
    this.#line.say({ kind: "settled", ids: this.#outbox.rejected.map(({ mark }) => mark.id) });
    this.#outbox.discard();
    void this.#clerk.ask();
  }

  // -- what follows from it --------------------------------------------------------------------------------------

  get docket(): Docket {
    return this.scene.docket;
  }

  get held(): string[] {
    const { unsaved } = this.#outbox;
    const undone = unsaved.flatMap(({ action }) => (action.kind === "undo" ? [action.target] : []));
    const samples = unsaved.flatMap(({ id, action }) =>
      isDecision(action) && !undone.includes(id) ? [action.sample] : [],
    );
    return [...new Set(samples)];
  }

  take(event: DocketEvent): void {
    const docket = reduce(this.scene.docket, event);
    const dismissed = docket.view?.problem ? this.scene.dismissed : null;
    this.scene = { ...this.scene, ...this.#boxed(), docket, dismissed };
  }

  apply(event: DocketEvent, spoken = this.scene.spoken): void {
    this.take(event);
    this.#show({ spoken });
    this.#clerk.look();
    if (event.kind === "dealt") this.#sayAgain();
  }

  complain(problem: Problem): void {
    this.#show({ problem });
  }

  #decide(held: HeldCase, value: string): void {
    const blind = held.sample in this.scene.docket.said;
    const under = this.scene.book.id ? { under: this.scene.book.id } : {};
    const action = { kind: "adjudicate" as const, value, ...this.#about(held), ...this.#why(), ...under };
    this.#act(blind ? { ...action, blind } : action, `Decided: ${value}.`);
  }

  /** Said before the votes are seen; they come with the reply. */
  #say(held: HeldCase, value: string): void {
    this.apply({ kind: "said", sample: held.sample, value }, `You say ${value}.`);
    void this.#channel
      .request({ kind: "reveal", sample: held.sample, value })
      .then(
        ({ body }) => this.apply({ kind: "revealed", case: body }, `You say ${value}. ${votesIn(body)}`),
        this.#fail,
      );
  }

  #about(held: HeldCase): { sample: string; seconds: number } {
    return { sample: held.sample, seconds: Math.round(this.#stopwatch.lap(performance.now()) * 100) / 100 };
  }

  #why(): { rationale?: string } {
    const note = this.scene.docket.note.trim();
    return note ? { rationale: note } : {};
  }

  #act(action: Action, spoken: string): void {
    this.apply({ kind: "acted", mark: this.#tell(action) }, spoken);
  }

  /** On the shelf first, then on the wire. */
  #tell(action: Action): Mark {
    const mark = { id: newId(), at: new Date().toISOString(), action };
    this.#outbox.put(mark);
    this.#line.say({ kind: "made", mark });
    if (this.#channel.link !== "silent" && this.#channel.link !== "gone") this.#outbox.flush();
    return mark;
  }

  /** The case to decide; none while too much is unsaved. */
  #current(): HeldCase | undefined {
    if (isPaused(this.scene)) this.#show({ spoken: `Paused: ${this.scene.unsaved.length} answers are not saved.` });
    return isPaused(this.scene) ? undefined : this.scene.docket.cases[0];
  }

  /** After a restart the kernel has forgotten what was said of the current case: its votes are asked for once more. */
  #sayAgain(): void {
    const held = this.scene.docket.cases[0];
    const value = held && held.votes === null && !held.own ? this.scene.docket.said[held.sample] : undefined;
    if (held && value !== undefined) this.#say(held, value);
  }

  #hear(news: News): void {
    if (news.kind === "settled") {
      this.#outbox.forget(news.ids);
      this.#show(this.#boxed());
      return;
    }
    const { mark } = news;
    this.#outbox.adopt(mark);
    this.#show(this.#boxed());
    if (isDecision(mark.action)) this.apply({ kind: "heard", sample: mark.action.sample });
  }

  #look(view: View | null): void {
    if (!view || view.rev === undefined || view.rev === this.scene.docket.view?.rev) return;
    this.apply({ kind: "viewed", view });
    this.#book.follow(view.classes);
  }

  #onLink(link: Link): void {
    this.#show({ link });
    if (link === "up") this.#outbox.flush();
  }

  /** What the kernel will not take is no decision any more. */
  #onOutbox(trouble: Problem | undefined): void {
    this.scene = { ...this.scene, problem: trouble ?? null };
    this.apply({ kind: "refused", ids: this.#outbox.rejected.map(({ mark }) => mark.id) });
  }

  #leave(event: BeforeUnloadEvent): void {
    if (this.#outbox.unsaved.length > 0) event.preventDefault();
  }

  #boxed(): Pick<BenchScene, "unsaved" | "rejected" | "durable" | "patience"> {
    const { unsaved, rejected, durable } = this.#outbox;
    const patience = unsaved.length < PATIENCE ? PATIENCE : (this.scene?.patience ?? PATIENCE);
    return { unsaved, rejected, durable, patience };
  }

  #show(change: Partial<BenchScene>): void {
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

/** Whether there is somebody above who could decide instead. */
export function canSendUp(held: HeldCase, up: number): boolean {
  return !held.own && held.tier < up;
}

type Decision = Extract<Action, { kind: "adjudicate" | "escalate" | "probe" }>;

function isDecision(action: Action): action is Decision {
  return action.kind === "adjudicate" || action.kind === "escalate" || action.kind === "probe";
}

function votesIn({ votes }: { votes: readonly { value: string }[] | null }): string {
  return votes ? `The votes: ${votes.map(({ value }) => value).join(", ") || "none"}.` : "";
}

const NOTHING: Omit<BenchScene, "docket" | "book" | "unsaved" | "rejected" | "durable" | "patience"> = {
  link: "opening",
  problem: null,
  dismissed: null,
  spoken: "",
};
