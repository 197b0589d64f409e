// The errors as this page knows them: a window of one list, the tally beside it, and the error that is looked at.
// It follows the loop without losing the place, and what is done here is sent until the kernel has it.
import type { AnyModel } from "@anywidget/types";
import { type Answered, Channel, newId, RequestFailed } from "../channel";
import type { Cluster, Dossier, Mistake, MistakesConfig, View } from "../protocol";
import { noLines, withWindow } from "./lines";
import { ALL, type Case, firstScene, type Order, type Scene, type Tab } from "./scene";

/** Errors asked for at a time. */
export const WINDOW = 60;
/** At most this often the lists are asked for anew while others label. */
const PAUSE_MS = 700;

interface Done {
  mistake: Mistake;
  reason: string;
  rationale: string;
}

export class Book {
  readonly config: MistakesConfig;
  scene: Scene;
  #channel: Channel;
  #watchers = new Set<() => void>();
  #done: Done[] = [];
  #asked = 0;
  #refreshed = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #fetching = new Set<number>();

  constructor(
    private readonly model: AnyModel,
    private readonly signal: AbortSignal,
  ) {
    this.config = model.get("config") as MistakesConfig;
    this.scene = firstScene();
    this.#channel = new Channel(model, (link) => this.#show({ link }), signal);
  }

  open(): void {
    const look = () => this.#look(this.model.get("view") as View | null);
    this.model.on("change:view", look);
    this.signal.addEventListener(
      "abort",
      () => {
        this.model.off("change:view", look);
        clearTimeout(this.#timer);
      },
      { once: true },
    );
    window.addEventListener("beforeunload", (event) => this.scene.unsaved > 0 && event.preventDefault(), {
      signal: this.signal,
    });
    look();
    void this.#channel.request({ kind: "hello" }).then(({ body }) => this.#look(body.view), this.#fail);
  }

  watch(watcher: () => void, signal: AbortSignal): void {
    this.#watchers.add(watcher);
    signal.addEventListener("abort", () => this.#watchers.delete(watcher), { once: true });
    this.#channel.wake();
  }

  // -- look around ---------------------------------------------------------------------------------------------------

  /** Look at the errors that belong together. */
  choose(cluster: Cluster): void {
    this.#show({ cluster, lines: noLines(), current: undefined, opened: undefined, note: "" });
    void this.#list(0, undefined, true);
  }

  sort(order: Order): void {
    this.#show({ order, lines: noLines() });
    void this.#list(0, this.scene.current, true);
  }

  turn(tab: Tab): void {
    this.#show({ tab });
    if (tab === "slices" && !this.scene.slices) void this.#slice();
  }

  /** Slices by these columns and expressions; by themselves when there are none. */
  slice(specs: readonly string[]): void {
    this.#show({ specs, slices: null });
    void this.#slice();
  }

  /** Move to a place of the list. */
  go(place: number): void {
    const { lines } = this.scene;
    const to = Math.max(0, Math.min(place, lines.total - 1));
    const current = lines.at(to);
    this.#show({ lines: lines.moved(to), current });
    if (current) void this.#open(current);
    else if (lines.total > 0) void this.#list(Math.max(0, to - WINDOW / 2));
  }

  /** These places are on the screen. */
  need(from: number, to: number): void {
    const { lines } = this.scene;
    const missing = lines.missing(from, to);
    if (missing !== undefined) void this.#list(Math.max(0, missing - WINDOW / 4));
  }

  // -- act -----------------------------------------------------------------------------------------------------------

  /** Put the present error down to a reason, and go on to the next. */
  putDown(reason: string): void {
    const { current: mistake, note, lines } = this.scene;
    if (!mistake) return;
    this.#done.push({ mistake, reason: mistake.reason ?? "", rationale: mistake.rationale ?? "" });
    const rationale = note || (reason === mistake.reason ? (mistake.rationale ?? "") : "");
    this.#put(mistake, reason, rationale);
    this.#show({ note: "", spoken: `Put down to ${reason}.` });
    this.go(lines.place + 1);
  }

  /** Take the last reason back, and look at that error again. */
  undo(): void {
    const done = this.#done.pop();
    if (!done) return;
    this.#put(done.mistake, done.reason, done.rationale);
    const again = { ...done.mistake, reason: done.reason, rationale: done.rationale };
    this.#show({ current: again, spoken: "Taken back.", note: "" });
    void this.#open(again);
    void this.#list(this.scene.lines.place, again, true);
  }

  /** Whether there is a reason to take back. */
  get undoable(): boolean {
    return this.#done.length > 0;
  }

  keep(note: string): void {
    const text = note.trim();
    const { current } = this.scene;
    this.#show({ note: text });
    if (current?.reason && text !== current.rationale) this.#put(current, current.reason, text);
  }

  /** Queue the present error. */
  queueThis(): void {
    const { current } = this.scene;
    if (current) void this.#queue(ALL, 1, current.sample);
  }

  /** Queue all errors that belong together. */
  queue(cluster: Cluster, n: number): void {
    if (n > 0) void this.#queue(cluster, n);
  }

  dismiss(): void {
    this.#show({ problem: null });
  }

  // -- what comes back -----------------------------------------------------------------------------------------------

  #put(mistake: Mistake, reason: string, rationale: string): void {
    const status = reason && mistake.status === "open" ? "categorised" : mistake.status;
    const now = { ...mistake, reason, rationale, status: !reason && status === "categorised" ? "open" : status };
    this.#replace(now);
    const asked = this.#channel.request({ kind: "put_down", id: newId(), sample: mistake.sample, reason, rationale });
    this.#wait(asked, ({ body: tally }) => this.#show({ tally }));
  }

  async #queue(cluster: Cluster, n: number, sample = ""): Promise<void> {
    const asked = this.#channel.request({ kind: "look_again", id: newId(), cluster, sample });
    this.#wait(asked, ({ body: tally }) => {
      const queued = `${n === 1 ? "1 error" : `${n} errors`} queued: ${tally.waiting} waiting to be looked at again.`;
      this.#show({ tally, spoken: queued });
      this.#refreshSoon();
    });
  }

  /** Count what waits for the kernel; what it refuses is said, and the lists are as it has them. */
  #wait<A>(asked: Promise<A>, then: (answered: A) => void): void {
    this.#show({ unsaved: this.scene.unsaved + 1 });
    asked
      .then(then, (error) => {
        this.#fail(error);
        this.#refreshSoon();
      })
      .finally(() => this.#show({ unsaved: this.scene.unsaved - 1 }));
  }

  #look(view: View | null): void {
    const known = this.scene.view;
    if (!view || view.rev === undefined || (known && view.rev <= known.rev)) return;
    this.#show({ view });
    this.#refreshSoon();
  }

  #refreshSoon(): void {
    clearTimeout(this.#timer);
    const wait = Math.max(0, this.#refreshed + PAUSE_MS - Date.now());
    if (wait === 0) void this.#refresh();
    else this.#timer = setTimeout(() => void this.#refresh(), wait);
  }

  async #refresh(): Promise<void> {
    this.#refreshed = Date.now();
    const before = this.scene.tally?.model;
    const { current, lines } = this.scene;
    await Promise.all([this.#count(), this.#list(Math.max(0, lines.place - WINDOW / 2), current, true)]);
    if (this.scene.tally?.model === before) return;
    void this.#tellStory();
    if (this.scene.slices) void this.#slice();
    if (this.scene.current) void this.#open(this.scene.current, true);
  }

  async #count(): Promise<void> {
    await this.#ask(this.#channel.request({ kind: "tally" }), ({ body }) => this.#show({ tally: body }));
  }

  /** Ask for a window of the list; around the error that is looked at where it is named. */
  async #list(start: number, near?: Mistake, fresh = false): Promise<void> {
    if (!fresh && this.#fetching.has(start)) return;
    const { cluster, order } = this.scene;
    const asked = fresh ? ++this.#asked : this.#asked;
    this.#fetching.add(start);
    const request = { kind: "mistakes" as const, cluster, order, start, n: WINDOW, near: near?.id ?? "" };
    await this.#ask(this.#channel.request(request), ({ body }) => {
      if (this.scene.cluster !== cluster || this.scene.order !== order || asked < this.#asked) return;
      const lines = withWindow(this.scene.lines, body, fresh);
      const { current } = this.scene;
      const found = current && body.mistakes.find(({ id }) => id === current.id);
      const first = found ?? current ?? lines.at(lines.place);
      this.#show({ lines, current: first });
      if (first && first.sample !== this.scene.opened?.card.sample) void this.#open(first);
    });
    this.#fetching.delete(start);
  }

  async #slice(): Promise<void> {
    const { specs } = this.scene;
    await this.#ask(this.#channel.request({ kind: "slices", specs: [...specs] }), ({ body }) => {
      if (this.scene.specs === specs) this.#show({ slices: body });
    });
  }

  async #open(mistake: Mistake, again = false): Promise<void> {
    const { sample } = mistake;
    if (!again && this.scene.opened?.card.sample === sample) return;
    await this.#ask(this.#channel.request({ kind: "mistake", sample }), (answered) => {
      if (this.scene.current?.sample === sample) this.#show({ opened: caseOf(answered) });
    });
  }

  async #tellStory(): Promise<void> {
    await this.#ask(this.#channel.request({ kind: "story" }), ({ body }) => this.#show({ story: body }));
  }

  async #ask<A>(asked: Promise<A>, take: (answered: A) => void): Promise<void> {
    try {
      take(await asked);
    } catch (error) {
      this.#fail(error);
    }
  }

  #replace(mistake: Mistake): void {
    const { current, lines } = this.scene;
    this.#show({ lines: lines.with(mistake), current: current?.id === mistake.id ? mistake : current });
  }

  #fail = (error: unknown): void => {
    if (!(error instanceof RequestFailed)) throw error;
    this.#show({ problem: error.problem });
  };

  #show(change: Partial<Scene>): void {
    this.scene = { ...this.scene, ...change };
    for (const watcher of this.#watchers) watcher();
  }
}

function caseOf({ body, buffers }: Answered<{ kind: "mistake"; sample: string }>): Case | undefined {
  const { card, neighbours, predicted = "", confidence = null }: Dossier = body;
  if (!card.content) return undefined;
  const bytes = card.content.kind === "image" ? buffers[card.content.buffer] : undefined;
  return { card: { ...card, content: card.content, ...(bytes ? { bytes } : {}) }, neighbours, predicted, confidence };
}
