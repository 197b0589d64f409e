import { afterEach, expect, test, vi } from "vitest";
import widget from "../src/dashboard";
import { points, worse } from "../src/dashboard-state";
import type { Board, Tile } from "../src/protocol";
import { FakeWire, settled } from "./wire";

const tile = (name: string, change: Partial<Tile> = {}): Tile => ({
  name,
  title: name.toUpperCase(),
  value: "1",
  detail: `about ${name}`,
  tone: "plain",
  ...change,
});

class BoardWire extends FakeWire {
  show: () => void = () => undefined;

  override on(name: string, listener: (...values: unknown[]) => void): void {
    super.on(name, listener);
    if (name === "change:board") this.show = listener;
  }

  async publishBoard(board: Board): Promise<void> {
    this.traits.board = board;
    this.show();
    await settled();
  }
}

let wire: BoardWire;
let el: HTMLElement;
let close: () => void;

afterEach(() => {
  close();
  el.remove();
});

function open(board: Board, config: object = {}): void {
  wire = new BoardWire({ config: { wire: 1, dataset: "d", title: "Dashboard", ...config }, board });
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

const find = (id: string) => el.querySelector<HTMLElement>(`[data-testid="${id}"]`);

test("each tile says its figure, what it means and what to do next", () => {
  open({ rev: 1, tiles: [tile("errors", { value: "12", todo: "Say why.", code: "loop.errors()", tone: "warn" })] });
  const text = find("tile-errors")?.textContent ?? "";
  for (const part of ["ERRORS", "12", "about errors", "Say why.", "loop.errors()"]) expect(text).toContain(part);
  expect(find("tile-errors")?.querySelector("[role=img]")?.getAttribute("aria-label")).toBe("needs a look");
});

test("a new board changes what is there and draws nothing anew; an older one changes nothing", async () => {
  open({ rev: 3, tiles: [tile("labels", { value: "3" })] });
  const first = find("value-labels");
  await wire.publishBoard({ rev: 4, tiles: [tile("labels", { value: "4" })] });
  expect(find("value-labels")).toBe(first);
  expect(first?.textContent).toBe("4");
  await wire.publishBoard({ rev: 2, tiles: [tile("labels", { value: "2" })] });
  expect(first?.textContent).toBe("4");
});

test("a listener hears what got worse, and nothing else", async () => {
  open({ rev: 1, tiles: [tile("drift", { tone: "none" }), tile("gate", { tone: "bad" })] });
  expect(find("news")?.textContent).toBe("");
  await wire.publishBoard({ rev: 2, tiles: [tile("drift", { tone: "warn", value: "1 alert" }), tile("gate")] });
  expect(find("news")?.textContent).toBe("DRIFT: 1 alert.");
  expect(worse([tile("a", { tone: "warn" })], [tile("a", { tone: "bad" })], true)).toBe("A: 1.");
});

test("what samples and people say is text, never markup", () => {
  const evil = "<img src=x onerror=alert(1)>";
  open({ rev: 1, tiles: [tile("errors", { detail: evil, bars: [{ name: evil, n: 1, share: 1 }] })] });
  expect(el.querySelector("img")).toBeNull();
  expect(find("tile-errors")?.textContent).toContain(evil);
});

test("a problem of the loop is an alert", () => {
  open({ rev: 1, tiles: [], problem: { code: "learner", message: "The learner raised." } });
  expect(el.querySelector("[role=alert]")?.textContent).toBe("The learner raised.");
});

test("a kernel that is gone is said", async () => {
  open({ rev: 1, tiles: [] });
  wire.broken = new Error("Cannot send");
  vi.useFakeTimers();
  await wire.reply(wire.last("hello"), { body: null, error: { code: "x", message: "y" } });
  vi.useRealTimers();
  expect(el.textContent).not.toContain("Kernel not answering");
  close();
  wire = new BoardWire({ config: { wire: 1, dataset: "d", title: "Dashboard" }, board: { rev: 1, tiles: [] } });
  wire.broken = new Error("Cannot send");
  const { initialize, render } = widget();
  const end = initialize({ model: wire.model });
  const leave = render({ model: wire.model, el });
  close = () => {
    leave?.();
    end();
  };
  expect(el.textContent).toContain("Kernel not answering");
});

test("code is copied with one click", async () => {
  const written: string[] = [];
  vi.stubGlobal("navigator", { clipboard: { writeText: async (text: string) => void written.push(text) } });
  open({ rev: 1, tiles: [tile("gate", { code: "loop.gate()" })] });
  el.querySelector<HTMLButtonElement>(".nbloop-code")?.click();
  await settled();
  expect(written).toEqual(["loop.gate()"]);
  vi.unstubAllGlobals();
});

test("the small curve fills its box, and a small change looks flat", () => {
  expect(points([0.5, 0.75, 1], 100, 20)).toBe("0.0,20.0 50.0,10.0 100.0,0.0");
  const heights = points([0.8, 0.801], 100, 20)
    .split(" ")
    .map((point) => Number(point.split(",")[1]));
  expect(Math.abs((heights[0] ?? 0) - (heights[1] ?? 9))).toBeLessThan(1);
});
