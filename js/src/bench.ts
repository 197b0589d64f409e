// One review's state in this page: the docket, the channel and the outbox, shared by all its views.
import type { AnyModel } from "@anywidget/types";
import { type Link, RequestFailed } from "./channel";
import { type Book, ClassBook, firstBook } from "./classbook";
import { Clerk, type Room } from "./clerk";
import { isPaused, PATIENCE } from "./desk";
import { type Docket, type DocketEvent, EMPTY, type HeldCase, reduce, saidOf, undoTarget } from "./docket";
import type { Choice } from "./labels";
import type { Action } from "./mark";
import { type Mail, Post, type Sender } from "./post";
import type { Mark, Problem, ReviewConfig, View } from "./protocol";
import type { Shelf } from "./shelf";
import { Stopwatch } from "./stopwatch";

/** All that is drawn. */
export interface BenchScene extends Mail {
  docket: Docket;
  book: Book;
  link: Link;
  /** How many answers may wait to be saved before the person is asked to pause. */
  patience: number;
  problem: Problem | null;
  /** The message of the loop's problem that the person has dismissed. */
  dismissed: string | null;
  spoken: string;
}

export class Bench implements Room, Sender {
  readonly config: ReviewConfig;
  scene: BenchScene;
  #post: Post;
  #book: ClassBook;
  #stopwatch = new Stopwatch(performance.now());
  #watchers = new Set<() => void>();
  #clerk: Clerk;
  /** Votes of this page whose case was asked for. */
  #asked = new Set<string>();

  constructor(
    private readonly model: AnyModel,
    private readonly signal: AbortSignal,
    shelf?: Shelf,
  ) {
    this.config = model.get("config") as ReviewConfig;
    this.#post = new Post(model, this.config, this, signal, shelf);
    this.scene = { ...NOTHING, ...this.#boxed(), docket: EMPTY, book: firstBook(this.config) };
    this.#book = new ClassBook(
      this.#post.channel,
      () => this.scene.book,
      (book) => this.#show({ book }),
    );
    this.#clerk = new Clerk(this, this.#post.channel, signal);
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
    void this.#clerk.ask();
  }

  /** Call `watcher` on every change, at once, until the signal aborts. */
  watch(watcher: () => void, signal: AbortSignal): void {
    this.#watchers.add(watcher);
    signal.addEventListener("abort", () => this.#watchers.delete(watcher), { once: true });
    this.#post.channel.wake();
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
    this.#post.tell({ kind: "undo", target });
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
    this.#post.retry();
  }

  discardRejected(): void {
    this.#post.discard();
    void this.#clerk.ask();
  }

  // -- what the post brings ----------------------------------------------------------------------------------------

  onLink(link: Link): void {
    this.#show({ link });
  }

  onSaved(view: View): void {
    this.take({ kind: "viewed", view });
  }

  /** What the kernel will not take is no decision any more. */
  onMail(trouble?: Problem): void {
    this.scene = { ...this.scene, problem: trouble ?? null };
    this.apply({ kind: "refused", ids: this.#post.mail.rejected.map(({ mark }) => mark.id) });
  }

  onHeard(mark: Mark): void {
    const { action } = mark;
    this.#show(this.#boxed());
    if (action.kind === "vote") this.apply({ kind: "said", mark });
    if (isDecision(action)) this.apply({ kind: "heard", sample: action.sample });
  }

  // -- what follows from it --------------------------------------------------------------------------------------

  get docket(): Docket {
    return this.scene.docket;
  }

  get held(): string[] {
    const { unsaved } = this.#post.mail;
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
    if (event.kind === "dealt") this.#recall();
    if (event.kind === "dealt" || event.kind === "refused") this.#reveal();
  }

  complain(problem: Problem): void {
    this.#show({ problem });
  }

  #decide(held: HeldCase, value: string): void {
    const blind = saidOf(this.scene.docket, held) !== undefined;
    const action = { kind: "adjudicate" as const, value, ...this.#about(held), ...this.#why(), ...this.#under() };
    this.#act(blind ? { ...action, blind } : action, `Decided: ${value}.`);
  }

  /** Said before the votes are seen: a mark like any other, kept until it is saved. */
  #say(held: HeldCase, value: string): void {
    const mark = this.#post.tell({ kind: "vote", value, ...this.#about(held), ...this.#under() });
    this.apply({ kind: "said", mark }, `You say ${value}.`);
  }

  /** A vote of an earlier page that is still on its way was said of this case too. */
  #recall(): void {
    const { cases, said } = this.scene.docket;
    const sample = cases[0]?.sample;
    const mark = this.#post.mail.unsaved.findLast(({ action }) => action.kind === "vote" && action.sample === sample);
    if (mark && sample !== undefined && !(sample in said)) this.apply({ kind: "said", mark });
  }

  /** Show what others said of the current case, once one's own vote is safe. */
  #reveal(): void {
    const held = this.scene.docket.cases[0];
    const said = held && this.scene.docket.said[held.sample];
    if (!held || held.votes !== null || held.own || !said || this.#asked.has(said.id)) return;
    if (this.#post.mail.unsaved.some(({ id }) => id === said.id)) return;
    this.#asked.add(said.id);
    void this.#post.channel
      .request({ kind: "reveal", sample: held.sample })
      .then(
        ({ body }) => this.apply({ kind: "revealed", case: body }, `You say ${said.value}. ${votesIn(body)}`),
        this.#fail,
      );
  }

  #under(): { under?: string } {
    return this.scene.book.id ? { under: this.scene.book.id } : {};
  }

  #about(held: HeldCase): { sample: string; seconds: number } {
    return { sample: held.sample, seconds: Math.round(this.#stopwatch.lap(performance.now()) * 100) / 100 };
  }

  #why(): { rationale?: string } {
    const note = this.scene.docket.note.trim();
    return note ? { rationale: note } : {};
  }

  #act(action: Action, spoken: string): void {
    this.apply({ kind: "acted", mark: this.#post.tell(action) }, spoken);
  }

  /** The case to decide; none while too much is unsaved. */
  #current(): HeldCase | undefined {
    if (isPaused(this.scene)) this.#show({ spoken: `Paused: ${this.scene.unsaved.length} answers are not saved.` });
    return isPaused(this.scene) ? undefined : this.scene.docket.cases[0];
  }

  #look(view: View | null): void {
    if (!view || view.rev === undefined || view.rev === this.scene.docket.view?.rev) return;
    this.apply({ kind: "viewed", view });
    this.#book.follow(view.classes);
  }

  #boxed(): Mail & Pick<BenchScene, "patience"> {
    const mail = this.#post.mail;
    const patience = mail.unsaved.length < PATIENCE ? PATIENCE : (this.scene?.patience ?? PATIENCE);
    return { ...mail, patience };
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

const NOTHING = { link: "opening" as Link, problem: null, dismissed: null, spoken: "" };
