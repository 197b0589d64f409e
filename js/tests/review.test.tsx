import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Case, Docket, Mark, ReviewConfig } from "../src/protocol";
import widget from "../src/review";
import { caseOf, standing } from "./cases";
import { configOf, FakeWire, settled, viewOf } from "./wire";

let wire: FakeWire;
let el: HTMLElement;
let close: () => void;

beforeEach(() => localStorage.clear());

afterEach(() => {
  close();
  el.remove();
  vi.useRealTimers();
});

async function open(cases: Case[], config: Partial<ReviewConfig> = {}, more: Partial<Docket> = {}): Promise<void> {
  const { wire: version, dataset, annotator, task, content } = configOf();
  const given = { wire: version, dataset, annotator, task, content, title: "Review", hidden: false, only: false };
  wire = new FakeWire({ config: { ...given, ...config }, view: viewOf() });
  const { initialize, render } = widget();
  const end = initialize({ model: wire.model });
  el = document.createElement("div");
  document.body.append(el);
  const leave = render({ model: wire.model, el });
  close = () => {
    leave?.();
    end();
  };
  await deal(cases, more);
}

const deal = (cases: Case[], more: Partial<Docket> = {}) =>
  wire.reply(wire.last("review"), {
    body: { kind: "docket", cases, ...standing({ left: cases.length }), ...more },
  });
const save = () => {
  const sent = wire.last("tell");
  return wire.reply(sent, { body: { kind: "saved", ids: sent.body.marks.map(({ id }) => id), view: viewOf() } });
};
const find = (id: string) => el.querySelector<HTMLElement>(`[data-testid="${id}"]`);
const current = () => find("case")?.dataset.sample;
const actions = () => wire.all("tell").flatMap(({ body }) => body.marks.map(({ action }: Mark) => action));

function press(key: string, target: HTMLElement | null = find("case")): void {
  target?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}

describe("one key", () => {
  test("accepts, changes, sends up, or puts off, and the next case is there at once", async () => {
    await open(["a", "b", "c", "d"].map((one) => caseOf(one)));
    press("Enter");
    expect(current()).toBe("b");
    press("2");
    press("!");
    press(" ");
    expect(current()).toBe("d");
    expect(actions()).toMatchObject([
      { kind: "adjudicate", sample: "a", value: "ham" },
      { kind: "adjudicate", sample: "b", value: "spam" },
      { kind: "escalate", sample: "c", tier: 3 },
    ]);
  });

  test("of undo takes the last decision back, by its own mark", async () => {
    await open([caseOf("a"), caseOf("b")]);
    press("1");
    const [made] = wire.last("tell").body.marks;
    press("Backspace");
    expect(current()).toBe("a");
    expect(actions().at(-1)).toEqual({ kind: "undo", target: made?.id });
  });

  test("says what one thinks while the votes are hidden, and decides blind once they are shown", async () => {
    await open([caseOf("a", { votes: null, label: null })], { hidden: true });
    press("Enter");
    expect(wire.all("tell")).toEqual([]);
    press("2");
    expect(find("votes")?.textContent).toContain("You say spam");
    expect(wire.all("reveal")).toEqual([]); // not before the vote is safe
    await save();
    await wire.reply(wire.last("reveal"), { body: { ...caseOf("a"), content: null, said: "spam" } });
    expect(find("said")?.textContent).toContain("spam before you saw");
    press("Enter");
    expect(actions()).toMatchObject([
      { kind: "vote", sample: "a", value: "spam" },
      { kind: "adjudicate", sample: "a", value: "ham", blind: true },
    ]);
  });

  test("of undo takes a vote back, and the others' are hidden again", async () => {
    await open([caseOf("a", { votes: null, label: null }), caseOf("b", { votes: null, label: null })], {
      hidden: true,
    });
    press("2");
    const [voted] = wire.last("tell").body.marks;
    await save();
    await wire.reply(wire.last("reveal"), { body: { ...caseOf("a"), content: null, said: "spam" } });
    press("Backspace");
    expect(actions().at(-1)).toEqual({ kind: "undo", target: voted?.id });
    expect(current()).toBe("a");
    expect(find("votes-hidden")).not.toBeNull();
    press("1");
    expect(actions().at(-1)).toMatchObject({ kind: "vote", sample: "a", value: "ham" });
  });

  test("answers an own earlier answer again, which nobody can accept or send up", async () => {
    await open([caseOf("a", { own: true, votes: null, label: null, causes: [{ reason: "again" }] })]);
    press("Enter");
    press("!");
    expect(wire.all("tell")).toEqual([]);
    press("1");
    expect(actions()).toMatchObject([{ kind: "probe", sample: "a", value: "ham", expected: "" }]);
  });

  test("does not send up what only experts decide already", async () => {
    await open([caseOf("a", { tier: 3 })]);
    press("!");
    expect(wire.all("tell")).toEqual([]);
    expect(find("action-up")?.getAttribute("aria-disabled")).toBe("true");
  });
});

test("a vote waits in the browser while the kernel is gone, and a new page sends it and shows what it was", async () => {
  await open([caseOf("a", { votes: null, label: null })], { hidden: true });
  wire.broken = new Error("Cannot send");
  press("2");
  expect(find("votes")?.textContent).toContain("You say spam");
  close();
  el.remove();
  await open([caseOf("a", { votes: null, label: null })], { hidden: true });
  const [sent] = wire.last("tell").body.marks;
  expect(sent?.action).toMatchObject({ kind: "vote", sample: "a", value: "spam" });
  expect(find("votes")?.textContent).toContain("You say spam");
  await save();
  await wire.reply(wire.last("reveal"), { body: { ...caseOf("a"), content: null, said: "spam" } });
  expect(find("said")?.textContent).toContain("spam before you saw");
  press("Enter");
  expect(actions().at(-1)).toMatchObject({ kind: "adjudicate", blind: true });
});

test("a vote of an earlier page is told with its case, and makes the decision blind", async () => {
  await open([caseOf("a", { said: "spam" })], { hidden: true });
  expect(find("said")?.textContent).toContain("spam before you saw");
  press("Enter");
  expect(actions()).toMatchObject([{ kind: "adjudicate", blind: true }]);
});

test("a vote that the kernel refuses is none, and the case stays hidden", async () => {
  await open([caseOf("a", { votes: null, label: null })], { hidden: true });
  press("2");
  const sent = wire.last("tell");
  const refused = sent.body.marks.map(({ id }) => ({ id, code: "unknown-label", message: "no such label" }));
  await wire.reply(sent, { body: { kind: "saved", ids: [], refused, view: viewOf() } });
  expect(wire.all("reveal")).toEqual([]);
  expect(find("votes-hidden")).not.toBeNull();
});

test("a note goes into the discussion with Enter, and with the decision when it was not sent", async () => {
  await open([caseOf("a"), caseOf("b")]);
  const field = find("note") as HTMLTextAreaElement;
  const write = (text: string) => {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  write("who knows?");
  press("Enter", field);
  expect(find("remarks")?.textContent).toContain("who knows?");
  write("page 3");
  press("2");
  expect(actions()).toMatchObject([
    { kind: "discuss", sample: "a", rationale: "who knows?" },
    { kind: "adjudicate", value: "spam", rationale: "page 3" },
  ]);
  expect((find("note") as HTMLTextAreaElement).value).toBe("");
});

test("what people wrote is text, and an empty queue says why it is empty", async () => {
  await open([caseOf("a")]);
  expect(find("votes")?.textContent).toContain("<b>because</b>");
  press("1");
  expect(find("done")?.textContent).toContain("All done");
  await wire.publish(viewOf({ rev: 5 }));
  close();
  el.remove();
  await open([], {}, { up: 0 });
  expect(find("done")?.textContent).toContain("you are annotator here");
});

test("a decision waits in the browser while the kernel is gone, and a new page sends it", async () => {
  await open([caseOf("a"), caseOf("b")]);
  wire.broken = new Error("Cannot send");
  press("2");
  expect(current()).toBe("b");
  close();
  el.remove();
  await open([caseOf("b")]);
  expect(actions()).toMatchObject([{ kind: "adjudicate", sample: "a", value: "spam" }]);
  expect(wire.last("review").body.hold).toEqual(["a"]);
});

test("the queue is asked for again when something changed elsewhere, but not all the time", async () => {
  vi.useFakeTimers();
  await open([caseOf("a")]);
  await wire.publish(viewOf({ rev: 1 }));
  await wire.publish(viewOf({ rev: 2 }));
  expect(wire.all("review")).toHaveLength(1);
  vi.advanceTimersByTime(2_000);
  await settled();
  expect(wire.all("review")).toHaveLength(2);
  await deal([caseOf("b")]);
  expect(current()).toBe("b");
});
