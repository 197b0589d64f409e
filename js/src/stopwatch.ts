// Measures active time on a card: a long pause or a hidden tab counts no more than a moment's thought.

/** A pause longer than this is not labeling. */
export const IDLE_MS = 60_000;

export class Stopwatch {
  #elapsed = 0;
  #last: number;
  #running = true;

  constructor(now: number) {
    this.#last = now;
  }

  /** Something moved: the time since the last sign of life counts, up to `IDLE_MS`. */
  touch(now: number): void {
    if (this.#running) this.#elapsed += Math.min(now - this.#last, IDLE_MS);
    this.#last = now;
  }

  pause(now: number): void {
    this.touch(now);
    this.#running = false;
  }

  resume(now: number): void {
    this.touch(now);
    this.#running = true;
  }

  /** Return the seconds so far and start again. */
  lap(now: number): number {
    this.touch(now);
    const seconds = this.#elapsed / 1000;
    this.#elapsed = 0;
    return seconds;
  }
}
