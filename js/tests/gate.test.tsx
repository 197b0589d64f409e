import { afterEach, expect, test } from "vitest";
import widget from "../src/gate";
import { reach, signed, sorted } from "../src/gate-state";
import type { GateCheck, Standing } from "../src/protocol";
import { FakeWire, settled } from "./wire";

const check = (name: string, change: Partial<GateCheck> = {}): GateCheck => ({
  name,
  outcome: "passed",
  sentence: `about ${name}`,
  n: 100,
  difference: 0.01,
  low: -0.01,
  high: 0.03,
  margin: 0.02,
  ...change,
});
const OPEN: Standing = { serving: "old", before: "older", obstacle: "" };

let wire: FakeWire;
let el: HTMLElement;
let close: () => void;

afterEach(() => {
  close();
  el.remove();
});

function open(config: object = {}, standing: Standing = OPEN): void {
  const base = { wire: 1, dataset: "d", candidate: "new", current: "old", passed: true, strict: false, looks: 2 };
  wire = new FakeWire({ config: { ...base, checks: [check("golden set")], ...config }, standing });
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

const button = (name: string) => [...el.querySelectorAll("button")].find(({ textContent }) => textContent === name);
const press = async (name: string) => {
  const found = button(name);
  if (!found) throw new Error(`no button ${name}: ${[...el.querySelectorAll("button")].map((b) => b.textContent)}`);
  found.click();
  await settled();
};
const drawn = () => new Promise((resolve) => setTimeout(resolve));

async function write(text: string): Promise<void> {
  const field = el.querySelector("input");
  if (!field) throw new Error("no field");
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await drawn();
}

test("the verdict, each check with its interval, and how often the golden set was looked at", () => {
  open({
    passed: false,
    checks: [check("calibration"), check("golden set", { outcome: "failed", difference: -0.05 })],
  });
  expect(el.textContent).toContain("new did not pass the gate");
  expect(el.textContent).toContain("so far: 2");
  const rows = [...el.querySelectorAll('[data-testid="check"]')];
  expect(rows[0]?.textContent).toContain("golden set");
  expect(rows[0]?.textContent).toContain("−5.0");
  expect(rows[1]?.querySelector(".nbloop-change")).toBeNull();
});

test("one click promotes nothing; the second does, and the kernel says who serves", async () => {
  open();
  await press("Promote new…");
  await drawn();
  expect(wire.all("decide")).toEqual([]);
  await press("Promote new");
  const sent = wire.last("decide");
  expect(sent.body).toMatchObject({ what: "promote", reason: "" });
  expect(wire.all("decide")).toHaveLength(1);
  const standing = { serving: "new", before: "old", obstacle: "new serves already." };
  await wire.reply(sent, { body: { kind: "decided", standing } });
  await drawn();
  expect(el.querySelector('[data-testid="serving"]')?.textContent).toContain("new serves.");
  expect(el.querySelector('[role="status"]')?.textContent).toBe("new serves now.");
  expect(button("Promote new…")).toBeUndefined();
  expect(button("Roll back to old…")).toBeDefined();
});

test("a model that did not pass is promoted only with a reason", async () => {
  open({ passed: false });
  await press("Promote new anyway…");
  await drawn();
  await press("Promote new");
  expect(wire.all("decide")).toEqual([]);
  await write("  it is faster ");
  el.querySelector("input")?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  expect(wire.last("decide").body.reason).toBe("  it is faster ");
});

test("what the kernel refuses is said, and nothing is taken for done", async () => {
  open();
  await press("Roll back to older…");
  await drawn();
  await press("Roll back to older");
  await wire.reply(wire.last("decide"), { error: { code: "gate", message: "there is nothing to roll back to" } });
  await drawn();
  expect(el.querySelector('[role="alert"]')?.textContent).toBe("there is nothing to roll back to");
  expect(el.querySelector('[data-testid="serving"]')?.textContent).toContain("old serves.");
});

test("escape leaves the question without an answer", async () => {
  open();
  await press("Promote new…");
  await drawn();
  el.querySelector("input")?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  await drawn();
  expect(el.querySelector("input")).toBeNull();
  expect(wire.all("decide")).toEqual([]);
});

test("an out-of-date verdict says why nothing can be promoted", () => {
  open({}, { serving: "other", before: null, obstacle: "It was judged against old, but other serves now." });
  expect(el.textContent).toContain("judged against old");
  expect(button("Promote new…")).toBeUndefined();
});

test("of very many checks those that passed fold away", async () => {
  const many = Array.from({ length: 150 }, (_, i) => check(`slice ${i}`, i === 149 ? { outcome: "failed" } : {}));
  open({ checks: many });
  expect(el.querySelectorAll('[data-testid="check"]')).toHaveLength(8);
  expect(el.querySelector('[data-testid="check"]')?.textContent).toContain("slice 149");
  await press("Show all 150 checks");
  await drawn();
  expect(el.querySelectorAll('[data-testid="check"]')).toHaveLength(150);
});

test("names of slices are text", () => {
  open({ checks: [check("<img src=x onerror=alert(1)>")] });
  expect(el.querySelector("img")).toBeNull();
});

test("all differences share an axis that is wide enough for each, and calibration has none", () => {
  expect(reach([check("a", { low: -0.4 }), check("calibration", { low: -0.9 })])).toBeCloseTo(0.42);
  expect(reach([check("validation", { low: null })])).toBeCloseTo(0.021);
  expect(sorted([check("a"), check("b", { outcome: "failed" })]).map(({ name }) => name)).toEqual(["b", "a"]);
  expect([signed(0.05), signed(-0.05)]).toEqual(["+5.0", "−5.0"]);
});
