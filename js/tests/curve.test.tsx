import { afterEach, beforeAll, expect, test, vi } from "vitest";
import widget from "../src/curve";
import type { Round, View } from "../src/protocol";
import { FakeWire, viewOf } from "./wire";

let wire: FakeWire;
let el: HTMLElement;
let close: () => void;

beforeAll(() => {
  // happy-dom has no canvas to measure text with; Vega then estimates.
  HTMLCanvasElement.prototype.getContext = () => null;
});

afterEach(() => {
  close();
  el.remove();
  document.body.removeAttribute("data-jp-theme-light");
});

function open(view: Partial<View> = {}): void {
  const config = { wire: 1, dataset: "d", title: "Learning curve", labels: ["ham", "spam"] };
  wire = new FakeWire({ config, view: viewOf(view) });
  const { initialize, render } = widget();
  const end = initialize({ model: wire.model });
  el = document.createElement("div");
  document.body.append(el);
  const leave = render({ model: wire.model, el });
  close = () => {
    leave?.();
    end();
  };
}

const round = (n: number, accuracy: number | null = 0.5): Round => ({
  kind: "round",
  round: n,
  labels: n,
  seconds: 0.1,
  model_version: `m${n}`,
  ...(accuracy === null ? {} : { accuracy, accuracy_low: accuracy - 0.1, accuracy_high: accuracy + 0.1 }),
});
const answer = (...rounds: Round[]) => wire.reply(wire.last("rounds"), { body: { kind: "rounds", rounds } });
const find = (id: string) => el.querySelector<HTMLElement>(`[data-testid="${id}"]`);
const all = (role: string) => [...el.querySelectorAll(`[aria-roledescription="${role}"]`)];

/** What each point of the drawing says it is, and at how many labels it stands. */
const marked = () =>
  all("point").map((mark) => {
    const said = mark.getAttribute("aria-label") ?? "";
    const name = /; labels, (.+?): /.exec(said)?.[1] ?? (mark.getAttribute("opacity") === "0" ? "round" : "current");
    return `${name} ${/^labels: (\d+)/.exec(said)?.[1]}`;
  });
const points = () => marked().filter((name) => /^(round|current) /.test(name));

/** Through how many points each line goes. */
const lines = () => all("line mark").map((line) => line.getAttribute("d")?.match(/[ML]/g)?.length);

test("what comes is said in words and drawn into the view that is already there", async () => {
  open({ round: 2 });
  await answer(round(1), round(2));
  const drawing = el.querySelector("svg");
  const point = (labels: number) => ({ labels, accuracy: 0.5, low: 0.4, high: 0.6 });
  await wire.look("outlook", {
    labels: 8,
    advice: "Go on. 2 more labels would bring about <b>1.5</b> points.",
    savings: "3 of 9 saved.",
    control: [point(4), point(9)],
    ahead: [point(8), point(10)],
  });
  expect(find("advice")?.querySelector("strong")?.textContent).toBe("Go on.");
  expect(find("advice")?.textContent).toContain("about <b>1.5</b> points. (after 8 labels)");
  expect(find("savings")?.textContent).toBe("3 of 9 saved.");
  const marks = () => marked().filter((name) => !points().includes(name));
  await vi.waitFor(() => expect(marks()).toEqual(["drawn by lot 9", "forecast 10"]));
  expect(lines()).toEqual([2, 2, 2]);
  await wire.look("outlook", { labels: 12, stop: true, advice: "You can stop. 95% is reached.", ahead: [point(12)] });
  await vi.waitFor(() => expect(marks()).toEqual(["forecast 12"]));
  expect(lines()).toEqual([1, 2]);
  expect([find("advice")?.dataset.stop, find("savings")]).toEqual(["true", null]);
  expect(el.querySelector("svg")).toBe(drawing);
});

test("rounds are drawn as they come, into the view that is already there", async () => {
  open({ round: 2 });
  expect(wire.last("rounds").body.after).toBe(-1);
  await answer(round(1), round(2));
  await vi.waitFor(() => expect(points()).toEqual(["round 1", "round 2", "current 2"]));
  const svg = el.querySelector("svg");
  expect(svg).not.toBeNull();
  await wire.publish(viewOf({ rev: 1, round: 3 }));
  expect(wire.last("rounds").body.after).toBe(2);
  await answer(round(3, 0.9));
  await vi.waitFor(() => expect(points()).toEqual(["round 1", "round 2", "round 3", "current 3"]));
  expect(el.querySelector("svg")).toBe(svg);
  expect(find("last")?.textContent).toContain("90% after 3 labels");
});

test("rounds that came while others were fetched are fetched too", async () => {
  open({ round: 1 });
  await wire.publish(viewOf({ rev: 1, round: 2 }));
  expect(wire.all("rounds")).toHaveLength(1);
  await answer(round(1));
  expect(wire.all("rounds")).toHaveLength(2);
  await answer(round(2));
  expect(wire.all("rounds")).toHaveLength(2);
});

test("a round without golden labels is no point of the curve", async () => {
  open({ round: 2 });
  await answer(round(1, null), round(2));
  await vi.waitFor(() => expect(points()).toEqual(["round 2", "current 2"]));
});

test("without golden labels a sentence says what to do", async () => {
  open({ round: 1 });
  await answer(round(1, null));
  expect(find("chart")).toBeNull();
  expect(find("empty")?.textContent).toContain("Verify golden samples");
});

test("another theme is another drawing with all rounds in it", async () => {
  open({ round: 2 });
  await answer(round(1), round(2));
  await vi.waitFor(() => expect(points()).toHaveLength(3));
  const svg = el.querySelector("svg");
  const [line] = all("line mark");
  document.body.dataset.jpThemeLight = "false";
  await vi.waitFor(() => expect(el.querySelector("svg")).not.toBe(svg));
  await vi.waitFor(() => expect(points()).toEqual(["round 1", "round 2", "current 2"]));
  expect(el.querySelectorAll("svg")).toHaveLength(1);
  expect(all("line mark")[0]?.getAttribute("stroke")).not.toBe(line?.getAttribute("stroke"));
});

const confusion = {
  kind: "confusion" as const,
  classes: [
    { label: "ham", support: 9, recall: 0.75, precision: 0.5 },
    { label: "<b>spam</b>", support: 0, recall: null, precision: null },
  ],
  counts: [
    [6, 3],
    [0, 0],
  ],
};

function unfold(name: string): HTMLDetailsElement {
  const found = [...el.querySelectorAll("details")].find((fold) => fold.textContent?.startsWith(name));
  if (!found) throw new Error(`no ${name}`);
  found.open = true;
  found.dispatchEvent(new Event("toggle"));
  return found;
}

test("tables are asked for when opened, and with each round while open", async () => {
  open({ round: 1 });
  await answer(round(1));
  expect(wire.all("confusion")).toHaveLength(0);
  const fold = unfold("Recall by class");
  await vi.waitFor(() => expect(wire.all("confusion")).toHaveLength(1));
  await wire.reply(wire.last("confusion"), { body: confusion });
  const rows = [...fold.querySelectorAll("tbody tr")].map((row) => [...row.children].map((cell) => cell.textContent));
  expect(rows).toEqual([
    ["ham", "9", "75%", "50%"],
    ["<b>spam</b>", "0", "–", "–"],
  ]);
  await wire.publish(viewOf({ rev: 1, round: 2 }));
  await answer(round(2));
  expect(wire.all("confusion")).toHaveLength(2);
});

test("the confusion table has true labels in rows and predictions in columns", async () => {
  open({ round: 1 });
  await answer(round(1));
  const fold = unfold("Confusion");
  await vi.waitFor(() => expect(wire.all("confusion")).toHaveLength(1));
  await wire.reply(wire.last("confusion"), { body: confusion });
  expect([...fold.querySelectorAll("tbody td")].map((cell) => cell.textContent)).toEqual(["6", "3", "0", "0"]);
  expect([...fold.querySelectorAll("thead th")].map((cell) => cell.textContent).slice(1)).toEqual([
    "ham",
    "<b>spam</b>",
  ]);
  expect([...fold.querySelectorAll("th[scope=row]")].map((cell) => cell.textContent)).toEqual(["ham", "<b>spam</b>"]);
});

test("a refusal of the kernel is said", async () => {
  open({ round: 1 });
  await wire.reply(wire.last("rounds"), { error: { code: "store", message: "The journal is locked." } });
  expect(el.querySelector("[role=alert]")?.textContent).toBe("The journal is locked.");
});
