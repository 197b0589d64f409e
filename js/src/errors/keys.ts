// What a key means among errors. Letters and digits belong to reasons; everything else has one fixed meaning.
import { isForHost, isUndo } from "../keyboard";
import type { Reason } from "../protocol";

export type Intent =
  | { kind: "reason"; reason: string }
  | { kind: "move"; by: number }
  | { kind: "first" | "last" | "note" | "undo" | "queue" | "queueAll" | "leave" };

/** Lines of a page of the list. */
const PAGE = 8;

const ACTIONS: Record<string, Intent> = {
  ArrowDown: { kind: "move", by: 1 },
  ArrowUp: { kind: "move", by: -1 },
  PageDown: { kind: "move", by: PAGE },
  PageUp: { kind: "move", by: -PAGE },
  Home: { kind: "first" },
  End: { kind: "last" },
  Enter: { kind: "note" },
  Backspace: { kind: "undo" },
  "+": { kind: "queue" },
  "*": { kind: "queueAll" },
  Escape: { kind: "leave" },
};

export function intentOf(event: KeyboardEvent, reasons: readonly Reason[]): Intent | undefined {
  if (isUndo(event)) return { kind: "undo" };
  if (isForHost(event) || event.isComposing) return undefined;
  return ACTIONS[event.key] ?? reasonOf(event.key, reasons);
}

/** Capitals count as small letters unless a reason has the capital itself. */
function reasonOf(key: string, reasons: readonly Reason[]): Intent | undefined {
  const found = reasons.find((one) => one.key === key) ?? reasons.find((one) => one.key === key.toLowerCase());
  return found && { kind: "reason", reason: found.name };
}
