// What would do good to whoever labels here: shown once, and not again before it was over and came anew.
import type { AnyModel } from "@anywidget/types";

interface Given {
  reason?: string;
  message?: string;
}

export class Advice {
  #hushed: string | undefined;
  #watchers = new Set<() => void>();

  constructor(
    private readonly model: AnyModel,
    signal: AbortSignal,
  ) {
    const look = () => this.#look();
    model.on("change:advice", look);
    signal.addEventListener("abort", () => model.off("change:advice", look), { once: true });
  }

  /** Undefined when all is well, or this advice was dismissed. */
  get message(): string | undefined {
    const { reason, message } = this.#given;
    return reason === this.#hushed ? undefined : message;
  }

  /** The reason whose advice was dismissed, while it lasts. */
  get dismissed(): string | undefined {
    return this.#hushed;
  }

  dismiss(): void {
    this.#hushed = this.#given.reason;
    this.#show();
  }

  watch(watcher: () => void, signal: AbortSignal): void {
    this.#watchers.add(watcher);
    signal.addEventListener("abort", () => this.#watchers.delete(watcher), { once: true });
  }

  #look(): void {
    if (this.#given.reason !== this.#hushed) this.#hushed = undefined;
    this.#show();
  }

  #show(): void {
    for (const watcher of this.#watchers) watcher();
  }

  get #given(): Given {
    return (this.model.get("advice") as Given | undefined) ?? {};
  }
}
