// Work that nobody waits for: done when the page has nothing else to do.

/** The longest that it is put off. */
const LATEST_MS = 200;

/** Run once the page is idle; never once `signal` has aborted. */
export function whenIdle(run: () => void, signal: AbortSignal): void {
  const due = () => {
    if (!signal.aborted) run();
  };
  if (typeof requestIdleCallback === "function") requestIdleCallback(due, { timeout: LATEST_MS });
  else setTimeout(due); // Safari
}
