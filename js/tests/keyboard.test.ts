import { describe, expect, test } from "vitest";
import { intentOf } from "../src/keyboard";
import { choicesMatching, choicesOf } from "../src/labels";

const labels = [
  { name: "cat", key: "1" },
  { name: "apple", key: "a" },
  { name: "Ärger", key: "ä" },
  { name: "Shouted", key: "A" },
];
const choices = choicesOf({ kind: "classification", labels });
const press = (key: string, more: KeyboardEventInit = {}) =>
  intentOf(new KeyboardEvent("keydown", { key, ...more }), choices);
const label = (intent: ReturnType<typeof press>) => (intent?.kind === "label" ? intent.choice.name : undefined);

test.each([
  [" ", "later"],
  ["-", "reject"],
  ["!", "flag"],
  ["?", "why"],
  ["/", "filter"],
  [".", "note"],
  ["Enter", "confirm"],
  ["Backspace", "undo"],
  ["Escape", "leave"],
])("%j means %s", (key, kind) => {
  expect(press(key)?.kind).toBe(kind);
});

describe("a key of a label", () => {
  test("labels", () => {
    expect([label(press("1")), label(press("a")), label(press("ä"))]).toEqual(["cat", "apple", "Ärger"]);
  });

  test("is matched exactly first, then without regard to capitals", () => {
    expect(label(press("A"))).toBe("Shouted");
    expect(label(press("Ä"))).toBe("Ärger");
  });

  test("is found by its place on keyboards of other scripts", () => {
    expect(label(press("ф", { code: "KeyA" }))).toBe("apple");
    expect(label(press("&", { code: "Digit1" }))).toBe("cat");
  });

  test("is not a sign typed with shift on the same place", () => {
    expect(press("Q", { code: "Digit1", shiftKey: true })).toBeUndefined();
  });
});

describe("a combination", () => {
  test.each(["ctrlKey", "metaKey", "altKey"])("with %s belongs to the notebook", (held) => {
    expect(press("a", { [held]: true })).toBeUndefined();
  });

  test.each(["ctrlKey", "metaKey"])("of %s and z takes back", (held) => {
    expect(press("z", { [held]: true })?.kind).toBe("undo");
    expect(press("z", { [held]: true, shiftKey: true })).toBeUndefined();
  });
});

test("keys of an unfinished composition mean nothing", () => {
  expect(press("a", { isComposing: true })).toBeUndefined();
});

test("typing finds labels that hold the text, those that begin with it first", () => {
  const names = ["recall", "call centre", "other", "Call back"];
  const found = choicesMatching(choicesOf({ kind: "classification", labels: names }), " CALL");
  expect(found.map(({ name }) => name)).toEqual(["call centre", "Call back", "recall"]);
});
