// Who answers: nobody sits down before the kernel knows their name. It is asked for, never guessed, and the browser
// offers it the next time.
import type { AnyModel } from "@anywidget/types";
import { Channel, RequestFailed } from "./channel";
import type { Problem } from "./protocol";

/** What a person sits down at. */
interface Place {
  watch(watcher: () => void, signal: AbortSignal): void;
}

interface Named {
  dataset: string;
  annotator?: string;
}

export class Identity<P extends Place> {
  /** Absent while nobody has said who they are. */
  place: P | undefined;
  /** Why a name was not taken. */
  problem: Problem | null = null;
  #name: string | undefined;
  #sitting = new AbortController();
  #channel: Channel | undefined;
  #watchers = new Map<() => void, AbortSignal>();

  /** @param sit makes the place of whoever answers now, which lasts until the signal aborts */
  constructor(
    private readonly model: AnyModel,
    private readonly signal: AbortSignal,
    private readonly sit: (signal: AbortSignal) => P,
  ) {
    const look = () => this.#look();
    model.on("change:config", look);
    signal.addEventListener(
      "abort",
      () => {
        model.off("change:config", look);
        this.#sitting.abort();
      },
      { once: true },
    );
    look();
  }

  get dataset(): string {
    return this.#config.dataset;
  }

  /** What this browser was told the last time. */
  get remembered(): string {
    try {
      return window.localStorage.getItem(this.#key) ?? "";
    } catch {
      return ""; // a sandboxed page remembers nothing
    }
  }

  async introduce(name: string): Promise<void> {
    this.#channel ??= new Channel(this.model, () => undefined, this.signal);
    try {
      await this.#channel.request({ kind: "introduce", name });
      this.#remember(this.#config.annotator ?? name);
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
      this.problem = error.problem;
      this.#show();
    }
  }

  /** Call `watcher` on every change, at once, until the signal aborts. */
  watch(watcher: () => void, signal: AbortSignal): void {
    this.#watchers.set(watcher, signal);
    signal.addEventListener("abort", () => this.#watchers.delete(watcher), { once: true });
    this.place?.watch(watcher, signal);
  }

  /** Another name: whoever sat here takes their unsaved answers along, and somebody else sits down. */
  #look(): void {
    const { annotator } = this.#config;
    if (annotator === this.#name && this.place) return;
    this.#name = annotator;
    this.#sitting.abort();
    this.#sitting = new AbortController();
    this.place = annotator === "" ? undefined : this.sit(this.#sitting.signal);
    for (const [watcher, signal] of this.#watchers) this.place?.watch(watcher, signal);
    this.problem = null;
    this.#show();
  }

  #remember(name: string): void {
    try {
      window.localStorage.setItem(this.#key, name);
    } catch {
      // then it is asked for again
    }
  }

  #show(): void {
    for (const watcher of this.#watchers.keys()) watcher();
  }

  get #config(): Named {
    return this.model.get("config") as Named;
  }

  get #key(): string {
    return `nbloop-name:${this.dataset}`;
  }
}
