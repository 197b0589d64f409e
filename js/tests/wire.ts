// The other end of the wire: a model as anywidget gives it, whose kernel a test plays by hand.
import type { AnyModel } from "@anywidget/types";
import type { HeldCard } from "../src/deck";
import type { Config, Mark, Reply, Request, View } from "../src/protocol";

type Listener = (...values: unknown[]) => void;
type Body<K extends Request["body"]["kind"]> = Extract<Request["body"], { kind: K }>;

export class FakeWire {
  sent: Request[] = [];
  /** While set, sending throws it, as a page does after its kernel was restarted. */
  broken: Error | undefined;
  #listeners = new Map<string, Set<Listener>>();

  constructor(readonly traits: Record<string, unknown> = {}) {}

  get model(): AnyModel {
    return this as unknown as AnyModel;
  }

  get(name: string): unknown {
    return this.traits[name];
  }

  on(name: string, listener: Listener): void {
    this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(listener));
  }

  off(name: string, listener: Listener): void {
    this.#listeners.get(name)?.delete(listener);
  }

  send(request: Request): void {
    if (this.broken) throw this.broken;
    this.sent.push(structuredClone(request));
  }

  listeners(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** The last request of a kind. */
  last<K extends Request["body"]["kind"]>(kind: K): Request & { body: Body<K> } {
    const found = this.sent.findLast(({ body }) => body.kind === kind);
    if (!found) throw new Error(`no ${kind} was sent; sent: ${this.sent.map(({ body }) => body.kind).join(", ")}`);
    return found as Request & { body: Body<K> };
  }

  all<K extends Request["body"]["kind"]>(kind: K): (Request & { body: Body<K> })[] {
    return this.sent.filter(({ body }) => body.kind === kind) as (Request & { body: Body<K> })[];
  }

  /** Answer a request; returns when what follows from it is done. */
  async reply({ id }: Request, reply: Omit<Reply, "reply_to">, buffers: DataView[] = []): Promise<void> {
    for (const listener of this.#listeners.get("msg:custom") ?? []) listener({ reply_to: id, ...reply }, buffers);
    await settled();
  }

  /** The kernel was told who answers. */
  async name(annotator: string): Promise<void> {
    this.traits.config = { ...(this.traits.config as Config), annotator };
    for (const listener of this.#listeners.get("change:config") ?? []) listener();
    await settled();
  }

  advise(advice: { reason?: string; message?: string }): Promise<void> {
    return this.look("advice", advice);
  }

  publish(view: View): Promise<void> {
    return this.look("view", view);
  }

  /** Set a trait as the kernel does. */
  async look(trait: string, value: unknown): Promise<void> {
    this.traits[trait] = value;
    for (const listener of this.#listeners.get(`change:${trait}`) ?? []) listener();
    await settled();
  }
}

/** Let all promises that are ready run. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

/** Let what waits for a painted frame run. */
export async function painted(): Promise<void> {
  for (let frame = 0; frame < 3; frame++) {
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  }
  await settled();
}

export function viewOf(change: Partial<View> = {}): View {
  const counts = { total: 9, labels: 0, pool: 9, skipped: 0, rejected: 0, flagged: 0, golden: 0, verified: 0 };
  return { rev: 0, queue: 0, round: 0, counts, phase: "explore", recent: [], model: null, problem: null, ...change };
}

export function cardOf(sample: string, change: Partial<HeldCard> = {}): HeldCard {
  const why = { strategy: "margin", phase: "refine", score: 0.1, rank: 1, parts: [] };
  return { sample, content: { kind: "text", text: `text of ${sample}` }, why, proba: [0.7, 0.3], ...change };
}

export function configOf(change: Partial<Config> = {}): Config {
  const labels = [
    { name: "ham", key: "1", color: "#3b6fd4" },
    { name: "spam", key: "2", color: "#c2571a" },
  ];
  const task = { kind: "classification" as const, labels, guidelines: "" };
  const config = { wire: 1, dataset: "d", annotator: "me", title: "Labels", task, content: "text", model: true };
  return { ...config, blind: false, queue: "train", target: null, ...change };
}

export function markOf(id: string, sample: string, value = "ham"): Mark {
  return { id, at: "2026-01-01T00:00:00Z", action: { kind: "annotate", sample, value } };
}
