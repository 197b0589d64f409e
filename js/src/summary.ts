// The static summary of a dataset: read in a page without a kernel, hidden while a live widget is beside it.

/** Hide the summaries of this dataset until the signal aborts. */
export function hideSummary(dataset: string, signal: AbortSignal): void {
  const style = document.createElement("style");
  style.textContent = `.nbloop-static[data-nbloop="${CSS.escape(dataset)}"]{display:none}`;
  document.head.append(style);
  signal.addEventListener("abort", () => style.remove(), { once: true });
}
