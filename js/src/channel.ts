// Carries requests to the kernel and replies back. It knows nothing of what they mean, only that each request gets
// one reply, that a request may be repeated, and that a kernel may be gone.
import type { AnyModel } from "@anywidget/types";
import type { Problem, Reply, Request } from "./protocol";

type RequestBody = Request["body"];
type ReplyBody = NonNullable<Reply["body"]>;
interface ReplyKind {
  hello: "welcome";
  introduce: "welcome";
  deal: "cards";
  tell: "saved";
  rounds: "rounds";
  confusion: "confusion";
  classes: "classes";
  reclass: "classes";
  review: "docket";
  reveal: "case";
  decide: "decided";
  mistakes: "mistakes";
  tally: "tally";
  slices: "slices";
  mistake: "dossier";
  story: "story";
  put_down: "tally";
  look_again: "tally";
  explain: "explained";
}

/** The reply that belongs to a request. */
export type ReplyTo<B extends RequestBody> = Extract<ReplyBody, { kind: ReplyKind[B["kind"]] }>;
export type Answered<B extends RequestBody> = { body: ReplyTo<B>; buffers: readonly DataView<ArrayBuffer>[] };

/** `opening`: no reply yet · `up` · `silent`: no reply for long · `gone`: sending fails. */
export type Link = "opening" | "up" | "silent" | "gone";
export type Wire = Pick<AnyModel, "on" | "off" | "send">;

/** A request got an error as its reply. */
export class RequestFailed extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message);
  }
}

/** How long a reply may take before the kernel counts as silent. */
export const PATIENCE_MS = 5_000;
const FIRST_KNOCK_MS = 500;
const LAST_KNOCK_MS = 8_000;

interface Waiting {
  body: RequestBody;
  /** By a clock that nobody sets: after a correction of the computer's own, a lost request would wait for hours. */
  sent: number;
  settle(reply: Reply, buffers: readonly DataView<ArrayBuffer>[]): void;
}

export class Channel {
  #waiting = new Map<string, Waiting>();
  #hello: string | undefined;
  #heard = 0;
  #knock = FIRST_KNOCK_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #link: Link = "opening";

  constructor(
    private readonly wire: Wire,
    private readonly onLink: (link: Link) => void,
    private readonly signal: AbortSignal,
  ) {
    const receive = (message: Reply, buffers: readonly DataView<ArrayBuffer>[]) => this.#receive(message, buffers);
    wire.on("msg:custom", receive);
    signal.addEventListener(
      "abort",
      () => {
        wire.off("msg:custom", receive);
        clearTimeout(this.#timer);
      },
      { once: true },
    );
  }

  get link(): Link {
    return this.#link;
  }

  /** Send, and send again as often as needed; rejects with `RequestFailed` when the kernel says so.
   *
   * Once `signal` aborts, the reply is waited for no more, and the request rejects with the signal's reason. */
  request<B extends RequestBody>(body: B, signal?: AbortSignal): Promise<Answered<B>> {
    const id = newId();
    return new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => this.#waiting.delete(id) && reject(signal.reason), { once: true });
      const settle: Waiting["settle"] = ({ body: reply, error }, buffers) =>
        error || !reply ? reject(new RequestFailed(error ?? EMPTY)) : resolve({ body: reply as ReplyTo<B>, buffers });
      this.#waiting.set(id, { body, sent: 0, settle });
      if (body.kind === "hello") this.#hello = id;
      this.#send(id);
    });
  }

  /** Ask at once whether the kernel is there, as after a view was opened. */
  wake(): void {
    if (this.#link === "silent" || this.#link === "gone") this.#ask();
  }

  #send(id: string): void {
    const waiting = this.#waiting.get(id);
    if (!waiting || this.signal.aborted) return;
    waiting.sent = performance.now();
    try {
      this.wire.send({ id, body: waiting.body });
    } catch {
      // After a restart of the kernel the page's comm throws "Cannot send"; only a new widget can speak again.
      this.#become("gone");
    }
    this.#watch();
  }

  #receive(message: Reply, buffers: readonly DataView<ArrayBuffer>[]): void {
    if (typeof message?.reply_to !== "string") return;
    this.#heard = performance.now();
    this.#knock = FIRST_KNOCK_MS;
    const waiting = this.#waiting.get(message.reply_to);
    this.#waiting.delete(message.reply_to);
    if (message.reply_to === this.#hello) this.#hello = undefined;
    const silent = this.#link === "silent" || this.#link === "gone";
    this.#become("up");
    if (silent) for (const id of [...this.#waiting.keys()]) this.#send(id);
    waiting?.settle(message, buffers);
    this.#watch();
  }

  /** One timer for all requests under way: it knocks while the kernel is silent and repeats what got lost. */
  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#waiting.size === 0 || this.signal.aborted) return;
    const silent = this.#link === "silent" || this.#link === "gone";
    const oldest = Math.min(...[...this.#waiting.values()].map(({ sent }) => sent));
    const wait = silent ? this.#knock : Math.max(0, oldest + PATIENCE_MS - performance.now());
    this.#timer = setTimeout(() => (silent ? this.#ask() : this.#overdue()), wait);
  }

  #overdue(): void {
    const late = [...this.#waiting].filter(([, { sent }]) => performance.now() - sent >= PATIENCE_MS);
    const lost = late.filter(([, { sent }]) => this.#heard > sent);
    if (late.length > lost.length) {
      this.#become("silent");
      this.#ask();
    } else for (const [id] of lost) this.#send(id);
    this.#watch();
  }

  #ask(): void {
    this.#knock = Math.min(this.#knock * 2, LAST_KNOCK_MS);
    if (this.#hello) this.#send(this.#hello);
    else void this.request({ kind: "hello" }).catch(() => undefined); // any reply is a sign of life, also a refusal
  }

  #become(link: Link): void {
    if (link === this.#link) return;
    this.#link = link;
    this.onLink(link);
  }
}

const EMPTY: Problem = { code: "request", message: "The kernel sent a reply without a body." };

/** A fresh id; `randomUUID` is missing on pages without https that are not local. */
export function newId(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
