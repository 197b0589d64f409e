// What counts in a card, asked of the kernel after the card was painted; that of the cards that come next ahead of time,
// and that of a card that somebody looks at for long before they ask.
import { type Channel, RequestFailed } from "./channel";
import { whenIdle } from "./idle";
import type { Explained, Problem } from "./protocol";

/** An explanation with the bytes of the images among its neighbours, or why there is none. */
export type Explanation = { sample: string } & (
  | (Explained & { buffers: readonly DataView<ArrayBuffer>[] })
  | { kind: "failed"; problem: Problem }
);

/** The model that the page knew when it asked: the one that answered may be newer. */
interface Held {
  asked: string | null;
  explanation: Explanation;
}

/** A sample to explain, and the label that the page shows as its most probable one. */
export interface Wanted {
  sample: string;
  top: string | undefined;
}

/** An explanation that is so few models old serves, as long as it speaks for the label that is shown. */
const FRESH = 3;

/** Explanations kept, so that a card that comes back by an undo has its own at once. */
const KEPT = 40;

/** How long the cards ahead wait after an answer: it is saved and learned first, and often other cards come then. */
const PAUSE_MS = 100;

/** Whoever looks at a card for so long may want to know why. */
const PONDER_MS = 500;

/** A kernel that took so long to say why, twice, is not asked again before somebody wants to know. */
const DEAR_MS = 300;

/** How long is waited for what nobody asked for: less than makes a kernel count as silent. */
const UNBIDDEN_MS = 3_000;

export class Explainer {
  #known = new Map<string, Held>();
  /** The last models that were asked. */
  #models: (string | null)[] = [];
  /** The first one is in front of the person. */
  #wanted: readonly Wanted[] = [];
  #underWay = new Map<string, AbortController>();
  #turn = new AbortController();
  /** How long the kernel took the last times. */
  #took: number[] = [];
  /** Whether somebody asks why. */
  #bidden = false;

  constructor(
    private readonly channel: Channel,
    private readonly show: () => void,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener("abort", () => this.leave(), { once: true });
  }

  /** What is known of a sample; of an older model while that of the present one is under way. */
  of(sample: string | undefined): Explanation | undefined {
    return sample === undefined ? undefined : this.#known.get(sample)?.explanation;
  }

  /** Ask what this model makes of these samples: of the first at once, of the others one by one in a quiet moment. */
  ask(wanted: readonly Wanted[], model: string | null): void {
    const atOnce = this.#turnTo(model) || !this.#bidden; // another model, or somebody begins to ask
    this.#bidden = true;
    this.#want(wanted);
    this.#askFront();
    const { signal } = this.#turn;
    if (atOnce) whenIdle(() => this.#askAhead(), signal);
    else this.#pause(PAUSE_MS, () => whenIdle(() => this.#askAhead(), signal));
  }

  /** Nobody asks why; of a card that somebody looks at for long it is asked all the same, unless that takes long. */
  ponder(front: Wanted | undefined, model: string | null): void {
    const same = front?.sample === this.#wanted[0]?.sample && model === this.#models.at(-1);
    if (same || this.signal.aborted) return;
    this.#turnTo(model);
    this.#bidden = false;
    this.#want(front ? [front] : []);
    const { signal } = this.#turn;
    this.#pause(PONDER_MS, () => whenIdle(() => !this.#isDear && this.#askFront(), signal));
    this.#pause(PONDER_MS + UNBIDDEN_MS, () => this.#waitFor([]));
  }

  /** Nobody asks why any more: what is under way is waited for no more. */
  leave(): void {
    this.#bidden = false;
    this.#want([]);
  }

  /** Other classes are in force. */
  forget(): void {
    this.leave();
    this.#known.clear();
  }

  /** Whether this is another model than that of before. */
  #turnTo(model: string | null): boolean {
    const renewed = this.#models.at(-1) !== model;
    if (renewed) this.#models = [...this.#models, model].slice(-FRESH);
    return renewed;
  }

  /** Turn to these; what is under way for others is waited for no more. */
  #want(wanted: readonly Wanted[]): void {
    this.#wanted = wanted;
    this.#turn.abort();
    this.#turn = new AbortController();
    this.#waitFor(wanted);
  }

  #waitFor(wanted: readonly Wanted[]): void {
    for (const [sample, ending] of this.#underWay) {
      if (wanted.some((one) => one.sample === sample)) continue;
      this.#underWay.delete(sample);
      ending.abort();
    }
  }

  /** Run after a while, unless it is about other cards by then. */
  #pause(milliseconds: number, run: () => void): void {
    const timer = setTimeout(run, milliseconds);
    this.#turn.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  }

  #askFront(): void {
    const front = this.#wanted[0];
    if (front && this.#isMissing(front)) void this.#fetch(front.sample);
  }

  /** One at a time, and none beside that of the card in front. */
  #askAhead(): void {
    const next = this.#wanted.find((one) => this.#isMissing(one));
    if (next && this.#underWay.size === 0) void this.#fetch(next.sample);
  }

  #isMissing(one: Wanted): boolean {
    return !this.#underWay.has(one.sample) && !this.knows(one);
  }

  /** Whether nothing is left to ask of a sample: an older model's reasons serve while they speak for the same label. */
  knows({ sample, top }: Wanted): boolean {
    const known = this.#known.get(sample);
    if (!known || known.asked === this.#models.at(-1)) return known !== undefined;
    if (known.explanation.kind === "failed") return false;
    return known.explanation.predicted === top && this.#models.includes(known.asked);
  }

  async #fetch(sample: string): Promise<void> {
    const ending = new AbortController();
    const asked = this.#models.at(-1) ?? null;
    this.#underWay.set(sample, ending);
    const started = performance.now();
    const explanation = await this.#explain(sample, ending.signal);
    this.#time(performance.now() - started, explanation !== undefined);
    if (this.#underWay.get(sample) === ending) this.#underWay.delete(sample);
    if (!explanation || (explanation.kind === "failed" && !this.#bidden)) return; // whoever asks, asks again
    this.#keep({ asked, explanation });
    const { signal } = this.#turn;
    whenIdle(() => this.#askAhead(), signal);
  }

  get #isDear(): boolean {
    return this.#took.length > 1 && this.#took.every((took) => took >= DEAR_MS);
  }

  /** What nobody waited for to the end took that long at least. */
  #time(took: number, whole: boolean): void {
    if (whole || took >= DEAR_MS) this.#took = [...this.#took, took].slice(-2);
  }

  async #explain(sample: string, signal: AbortSignal): Promise<Explanation | undefined> {
    try {
      const { body, buffers } = await this.channel.request({ kind: "explain", sample }, signal);
      return { ...body, buffers };
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof RequestFailed)) throw error;
      return { kind: "failed", sample, problem: error.problem };
    }
  }

  /** That of the card in front is drawn at once, that of a card underneath when the page has time. */
  #keep(held: Held): void {
    const { sample } = held.explanation;
    this.#known.delete(sample);
    this.#known.set(sample, held);
    for (const oldest of [...this.#known.keys()].slice(0, -KEPT)) this.#known.delete(oldest);
    if (sample === this.#wanted[0]?.sample) this.show();
    else whenIdle(this.show, this.signal);
  }
}
