import { afterEach, beforeEach, expect, test, vi } from "vitest";
import widget from "../src/errors";
import type { Mistake, Reply, Tally } from "../src/protocol";
import { cardOf, configOf, FakeWire, viewOf } from "./wire";

let wire: FakeWire;
let el: HTMLElement;
let close: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(new Date("2026-01-01T00:00:00Z"));
});

afterEach(() => {
  close();
  el.remove();
  vi.useRealTimers();
});

const REASONS = [
  { name: "noisy input", key: "n", calls_for: "data" },
  { name: "label error", key: "l", calls_for: "guideline" },
];

function tallyOf(change: Partial<Tally> = {}): Tally {
  const statuses = { open: 3 };
  const pairs = [{ label: "ham", predicted: "spam", n: 3 }];
  const counts = { total: 3, pairs_total: 1, labels: 9, golden: 5, waiting: 0 };
  return { kind: "tally", ...counts, pairs, causes: [], statuses, reasons: REASONS, model: "m1", ...change };
}

function mistakeOf(id: string, change: Partial<Mistake> = {}): Mistake {
  const said = { label: "ham", predicted: "spam", confidence: 0.9, annotator: "me" };
  return { id, sample: `s${id}`, source: "answer", status: "open", brief: `text of ${id}`, ...said, ...change };
}

const listOf = (ids: readonly string[], start = 0, total = ids.length, place: number | null = null) => ({
  kind: "mistakes" as const,
  total,
  start,
  mistakes: ids.map((id) => mistakeOf(id)),
  place,
});

async function open(ids: readonly string[] = ["a", "b", "c"], tally: Partial<Tally> = {}, total = ids.length) {
  const { task, ...config } = configOf();
  wire = new FakeWire({ config: { ...config, title: "Errors", task }, view: viewOf({ rev: 1 }) });
  const { initialize, render } = widget();
  const end = initialize({ model: wire.model });
  el = document.createElement("div");
  document.body.append(el);
  const leave = render({ model: wire.model, el });
  close = () => {
    leave?.();
    end();
  };
  await answer("tally", tallyOf({ total, ...tally }));
  await answer("mistakes", listOf(ids, 0, total));
}

type Kind = "tally" | "mistakes" | "slices" | "mistake" | "story" | "put_down" | "look_again";
const answer = (kind: Kind, body: NonNullable<Reply["body"]>) => wire.reply(wire.last(kind), { body });
const find = (id: string) => el.querySelector<HTMLElement>(`[data-testid="${id}"]`);
const all = (id: string) => [...el.querySelectorAll<HTMLElement>(`[data-testid="${id}"]`)];
const current = () => find("case")?.dataset.sample;

function press(key: string, target: HTMLElement | null = find("list"), options: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...options });
  target?.dispatchEvent(event);
  return event;
}

/** Others did something; the lists are asked for again. */
async function changed(rev: number, ids: readonly string[], place: number | null, tally: Partial<Tally> = {}) {
  await vi.advanceTimersByTimeAsync(1_000);
  await wire.publish(viewOf({ rev }));
  await answer("tally", tallyOf({ total: ids.length, ...tally }));
  await answer("mistakes", listOf(ids, 0, ids.length, place));
}

test("a key puts an error down to its reason and goes on to the next", async () => {
  await open();
  expect(current()).toBe("sa");
  expect(press("l").defaultPrevented).toBe(true);
  expect(wire.last("put_down").body).toMatchObject({ sample: "sa", reason: "label error", rationale: "" });
  expect(current()).toBe("sb");
  expect(all("line")[0]?.textContent).toContain("label error");
  press("N");
  expect(wire.last("put_down").body).toMatchObject({ sample: "sb", reason: "noisy input" });
  expect(wire.all("put_down")[0]?.body.id).not.toBe(wire.all("put_down")[1]?.body.id);
});

test("a page with a reason on its way is not left without a word", async () => {
  await open();
  const leave = () => {
    const event = new Event("beforeunload", { cancelable: true });
    window.dispatchEvent(event);
    return event.defaultPrevented;
  };
  expect(leave()).toBe(false);
  press("l");
  expect(leave()).toBe(true);
  await answer("put_down", tallyOf());
  expect(leave()).toBe(false);
});

test("a held key and one of the notebook's put nothing down", async () => {
  await open();
  press("l", find("list"), { repeat: true });
  press("l", find("list"), { ctrlKey: true });
  press("x");
  press("l", find("rationale"));
  expect(wire.all("put_down")).toHaveLength(0);
});

test("a reason is taken back, one after the other, and its error is looked at again", async () => {
  await open();
  press("l");
  press("n");
  press("Backspace");
  expect(wire.last("put_down").body).toMatchObject({ sample: "sb", reason: "" });
  expect(current()).toBe("sb");
  press("z", find("list"), { ctrlKey: true });
  expect(wire.last("put_down").body).toMatchObject({ sample: "sa", reason: "" });
  const before = wire.all("put_down").length;
  press("Backspace");
  expect(wire.all("put_down")).toHaveLength(before);
});

test("a note goes with the next reason, and with one that is there already", async () => {
  await open();
  const field = find("rationale") as HTMLTextAreaElement;
  press("Enter");
  expect(document.activeElement).toBe(field);
  const write = async (text: string) => {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await vi.advanceTimersByTimeAsync(0);
    press("Enter", field);
  };
  await write("both fit");
  expect(wire.all("put_down")).toHaveLength(0);
  press("l");
  expect(wire.last("put_down").body).toMatchObject({ sample: "sa", rationale: "both fit" });
  press("ArrowUp");
  await vi.advanceTimersByTimeAsync(0);
  await write("neither fits");
  expect(wire.last("put_down").body).toMatchObject({ sample: "sa", reason: "label error", rationale: "neither fits" });
});

test("one error and whole clusters are queued", async () => {
  await open();
  press("+");
  expect(wire.last("look_again").body).toMatchObject({ sample: "sa" });
  find("queue")?.click();
  expect(wire.last("look_again").body).toMatchObject({ sample: "", cluster: { by: "pair", label: "ham" } });
  el.querySelector<HTMLElement>(".nbloop-group")?.click();
  await answer("mistakes", listOf(["a", "b", "c"]));
  press("*");
  expect(wire.last("look_again").body).toMatchObject({ cluster: { by: "pair", predicted: "spam" } });
  await answer("look_again", tallyOf({ waiting: 3 }));
  expect(find("waiting")?.textContent).toContain("3 wait");
  expect(find("spoken")?.textContent).toContain("3 errors queued");
});

test("the place is kept when errors come and go around it", async () => {
  await open();
  press("ArrowDown");
  expect(current()).toBe("sb");
  await changed(2, ["x", "y", "a", "b", "c"], 3);
  expect(wire.last("mistakes").body.near).toBe("b");
  expect(current()).toBe("sb");
  expect(find("list")?.getAttribute("aria-activedescendant")).toBe("nbloop-error-3");
  press("ArrowDown");
  expect(current()).toBe("sc");
});

test("an error that the model has learned stays until one moves on", async () => {
  await open();
  press("ArrowDown");
  await changed(2, ["a", "c"], null, { model: "m2" });
  expect(current()).toBe("sb");
  expect(find("solved")).not.toBeNull();
  press("l");
  expect(wire.last("put_down").body.sample).toBe("sb");
});

test("of a long list only what is seen travels", async () => {
  const ids = Array.from({ length: 60 }, (_, i) => `e${i}`);
  await open(ids, {}, 10_000);
  expect(all("line").length).toBeLessThan(30);
  expect(wire.all("mistakes")).toHaveLength(1);
  press("End");
  const asked = wire.last("mistakes").body;
  expect(asked.start).toBeGreaterThan(9_900);
  expect(asked.n).toBeLessThanOrEqual(60);
  const late = Array.from({ length: 10_000 - asked.start }, (_, i) => `e${asked.start + i}`);
  await answer("mistakes", listOf(late, asked.start, 10_000));
  expect(current()).toBe("se9999");
});

test("slices are asked for when their tab is opened, and with each model while they are there", async () => {
  await open();
  expect(wire.all("slices")).toHaveLength(0);
  find("tab-slices")?.click();
  const slice = { name: "site = <b>b</b>", n: 20, errors: 8, rate: 0.4, low: 0.2, high: 0.6, p: 0.001 };
  await answer("slices", { kind: "slices", slices: [slice], total: 1, judged: "golden", n: 90 });
  expect(find("group")?.textContent).toContain("site = <b>b</b>");
  expect(find("group")?.textContent).toContain("40% wrong of 20 (20%–60%)");
  await changed(2, ["a", "b", "c"], 0);
  expect(wire.all("slices")).toHaveLength(1);
  await changed(3, ["a", "b", "c"], 0, { model: "m2" });
  expect(wire.all("slices")).toHaveLength(2);
});

test("the sample, who said what and what is near are shown as text", async () => {
  await open();
  const card = cardOf("sa", { content: { kind: "text", text: "<i>hi</i>" } });
  const near = [{ sample: "s9", label: "spam", distance: 0.5, brief: "<u>near</u>" }];
  await answer("mistake", { kind: "dossier", card, neighbours: near, predicted: "ham", confidence: 0.6 });
  expect(find("case")?.textContent).toContain("<i>hi</i>");
  expect(find("case")?.textContent).toContain("me said");
  expect(find("case")?.textContent).toContain("90%");
  expect(find("near")?.textContent).toContain("<u>near</u>");
  expect(el.querySelector("i > u, p > i")).toBeNull();
});

test("the story has the source of each number", async () => {
  await open();
  const pieces = [{ text: "With " }, { text: "4", source: "impact.labels" }, { text: " more labels" }];
  await answer("story", { kind: "story", before: "m0", after: "m1", sentences: [pieces] });
  expect(find("story")?.textContent).toContain("With 4 more labels");
  expect(find("story")?.querySelector("code")?.textContent).toBe("impact.labels");
});

test("empty states say what would do", async () => {
  await open([], { total: 0, pairs: [], statuses: {}, golden: 0 });
  expect(find("empty")?.textContent).toContain("Verify golden samples");
  await changed(2, [], null, { total: 0, model: "" });
  expect(find("empty")?.textContent).toContain("No model yet");
});

test("what the kernel refuses is said and the lists are asked for again", async () => {
  await open();
  press("l");
  const lists = wire.all("mistakes").length;
  await wire.reply(wire.last("put_down"), { error: { code: "data", message: "there is no reason 'label error'." } });
  expect(find("problem")?.textContent).toContain("there is no reason");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(wire.all("mistakes").length).toBeGreaterThan(lists);
  expect(find("unsaved")).toBeNull();
});

test("without a kernel what is done is kept and sent again", async () => {
  await open();
  press("l");
  await vi.advanceTimersByTimeAsync(6_000);
  expect(find("kernel")).not.toBeNull();
  expect(find("unsaved")?.textContent).toContain("1 not saved");
  await wire.reply(wire.last("hello"), { body: { kind: "welcome", view: viewOf({ rev: 1 }) } });
  const sent = wire.all("put_down");
  expect(sent.length).toBe(2);
  expect(sent[0]?.body.id).toBe(sent[1]?.body.id);
});
