// A mark: what a person did, named and dated where they did it.
import { newId } from "./channel";
import type { Mark } from "./protocol";

export type Action = Mark["action"];

export function newMark(action: Action): Mark {
  return { id: newId(), at: new Date().toISOString(), action: readable(action) };
}

const HALVES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Half an emoji, as a cut paste leaves it, is no text that a store could keep: a note has a � in its place. */
function readable(action: Action): Action {
  if (!("rationale" in action) || !action.rationale) return action;
  return { ...action, rationale: action.rationale.replace(HALVES, "\ufffd") };
}
