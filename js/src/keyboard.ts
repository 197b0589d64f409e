// What a key means on a card. Letters and digits belong to labels; everything else has one fixed meaning.
import { type Choice, choiceOfKey } from "./labels";

export type Intent =
  | { kind: "label"; choice: Choice }
  | { kind: "confirm" | "later" | "reject" | "flag" | "note" | "why" | "undo" | "filter" | "leave" };

const ACTIONS: Record<string, Exclude<Intent["kind"], "label">> = {
  " ": "later",
  "-": "reject",
  "!": "flag",
  "?": "why",
  "/": "filter",
  ".": "note",
  Enter: "confirm",
  Backspace: "undo",
  Escape: "leave",
};

/** The intent of a key press on the card; undefined when it means nothing here. */
export function intentOf(event: KeyboardEvent, choices: readonly Choice[]): Intent | undefined {
  if (isUndo(event)) return { kind: "undo" };
  if (isForHost(event) || event.isComposing) return undefined;
  const action = ACTIONS[event.key];
  if (action) return { kind: action };
  const choice = choiceOfKey(choices, event.key) ?? choiceOfKey(choices, latin(event));
  return choice && { kind: "label", choice };
}

/** Combinations with Ctrl, Meta or Alt belong to the notebook and the browser. */
export function isForHost(event: KeyboardEvent): boolean {
  return event.ctrlKey || event.metaKey || event.altKey;
}

export function isUndo(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "z";
}

/** Whether the event comes from where a person writes: no shortcut there. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

/** Whether the key works the focused control itself. */
export function isPressing(event: KeyboardEvent): boolean {
  const control = event.target instanceof Element && event.target.closest("button, summary, a[href]");
  return Boolean(control) && (event.key === "Enter" || event.key === " ");
}

/** The sign on the key of a Latin keyboard, for Cyrillic, Greek or French layouts. */
function latin(event: KeyboardEvent): string {
  const sign = /^(?:Key|Digit)(.)$/.exec(event.code)?.[1];
  return sign && !event.shiftKey ? sign.toLowerCase() : "";
}
