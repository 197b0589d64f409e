// How fast the person labels, from the active seconds of the last answers: a coffee break does not slow it.
import type { Answer } from "./deck";

const WINDOW = 20;
const ENOUGH = 3;

/** Labels per minute; undefined until there are a few. */
export function labelsPerMinute(answers: readonly Answer[]): number | undefined {
  const last = answers.slice(-WINDOW).map(({ mark }) => mark.action);
  const seconds = last.reduce((sum, action) => sum + ("seconds" in action ? (action.seconds ?? 0) : 0), 0);
  const labels = last.filter((action) => action.kind === "annotate").length;
  return labels >= ENOUGH && seconds > 0 ? (60 * labels) / seconds : undefined;
}

/** "40 s", "7 min" or "1 h 20 min" for this many labels at this pace. */
export function timeFor(labels: number, perMinute: number): string {
  const minutes = labels / perMinute;
  if (minutes < 1) return `${Math.max(1, Math.round(minutes * 60))} s`;
  if (minutes < 60) return `${Math.round(minutes)} min`;
  return `${Math.floor(minutes / 60)} h ${Math.round(minutes % 60)} min`;
}
