// What counts in a card, asked of the kernel after the card was painted; then that of the next one, ahead of time.
import { type Channel, RequestFailed } from "./channel";
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

export class Explainer {
  #known = new Map<string, Held>();
  /** The last models that were asked. */
  #models: (string | null)[] = [];
  #ending = new AbortController();

  constructor(
    private readonly channel: Channel,
    private readonly show: () => void,
    signal: AbortSignal,
  ) {
    signal.addEventListener("abort", () => this.leave(), { once: true });
  }

  /** What is known of a sample; of an older model while that of the present one is under way. */
  of(sample: string | undefined): Explanation | undefined {
    return sample === undefined ? undefined : this.#known.get(sample)?.explanation;
  }

  /** Ask what this model makes of these samples, one after the other, as far as that is not known. */
  ask(wanted: readonly Wanted[], model: string | null): void {
    this.leave();
    if (this.#models.at(-1) !== model) this.#models = [...this.#models, model].slice(-FRESH);
    void this.#fetch(wanted, model, this.#ending.signal);
  }

  /** The card is gone, or nobody asks why any more: what is under way is waited for no more. */
  leave(): void {
    this.#ending.abort();
    this.#ending = new AbortController();
  }

  /** Other classes are in force. */
  forget(): void {
    this.leave();
    this.#known.clear();
  }

  async #fetch(wanted: readonly Wanted[], model: string | null, signal: AbortSignal): Promise<void> {
    for (const one of wanted) {
      if (this.#isKnown(one, model)) continue;
      const explanation = await this.#explain(one.sample, signal);
      if (signal.aborted || !explanation) return;
      this.#keep({ asked: model, explanation });
    }
  }

  #isKnown({ sample, top }: Wanted, model: string | null): boolean {
    const known = this.#known.get(sample);
    if (!known || known.asked === model) return known !== undefined;
    if (known.explanation.kind === "failed") return false;
    return known.explanation.predicted === top && this.#models.includes(known.asked);
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

  #keep(held: Held): void {
    const { sample } = held.explanation;
    this.#known.delete(sample);
    this.#known.set(sample, held);
    for (const oldest of [...this.#known.keys()].slice(0, -KEPT)) this.#known.delete(oldest);
    this.show();
  }
}
