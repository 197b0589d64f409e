import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import widget from "../src/labeler";
import type { Explained } from "../src/protocol";
import { cardOf, configOf, FakeWire, painted, settled, viewOf } from "./wire";

let wire: FakeWire;
let el: HTMLElement;
let close: () => void;
let again: ReturnType<typeof widget>;

const find = (id: string) => el.querySelector<HTMLElement>(`[data-testid="${id}"]`);
/** Until these were asked for, in this order. */
const sees = (samples: string[]) => vi.waitFor(() => expect(asked()).toEqual(samples), { timeout: 4000 });
/** The words marked in a card that lies underneath. */
const marksBelow = () => [...el.querySelectorAll("[data-current=false] mark")].map((mark) => mark.textContent);
const marks = () => [...el.querySelectorAll("[data-current=true] mark")].map((mark) => mark.textContent);
const asked = () => wire.all("explain").map(({ body }) => body.sample);
const press = (key: string) =>
  find("card")?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

const model = { version: "m1", labels: 4, behind: 0 };

async function open(samples: string[], config = {}): Promise<void> {
  wire = new FakeWire({ config: configOf(config), view: viewOf({ queue: 1, model }) });
  again = widget();
  const { initialize, render } = again;
  const end = initialize({ model: wire.model });
  el = document.createElement("div");
  document.body.append(el);
  const leave = render({ model: wire.model, el });
  close = () => {
    leave?.();
    end();
    el.remove();
  };
  const cards = samples.map((sample) => cardOf(sample));
  await wire.reply(wire.last("deal"), { body: { kind: "cards", cards, model: "m1" } });
}

function explained(sample: string, change: Partial<Explained> = {}): { body: Explained } {
  const parts = [
    { name: "text", weight: 2 },
    { name: sample, weight: -1 },
  ];
  const said = { kind: "explained" as const, sample, model: "m1", predicted: "ham", against: "spam", method: "linear" };
  return { body: { ...said, parts, ...change } };
}

const explain = (sample: string, change: Partial<Explained> = {}) =>
  wire.reply(wire.last("explain"), explained(sample, change));

/** Somebody asks why; of the first cards the kernel has said so, and the next is asked for. */
async function openWithReasons(samples: string[], said = 2): Promise<void> {
  await open(samples);
  press("?");
  await painted();
  for (let i = 0; i < said; i++) {
    await sees(samples.slice(0, i + 1));
    await explain(samples[i] ?? "");
  }
  await sees(samples.slice(0, said + 1));
}

/** A newer model has another order. */
async function rank(queue: number, samples: string[], keeps = true): Promise<void> {
  await wire.publish(viewOf({ rev: queue, queue, model: { ...model, version: `m${queue}` } }));
  const cards = samples.map((sample) => cardOf(sample));
  await wire.reply(wire.last("deal"), { body: { kind: "cards", cards, model: `m${queue}`, keeps } });
}

const current = () => find("card")?.dataset.sample;

beforeEach(() => localStorage.clear());
afterEach(() => {
  vi.useRealTimers();
  close();
});

describe("an explanation", () => {
  test("is asked for by a key, behind the frame, and marks the card", async () => {
    await open(["a", "b"]);
    await painted();
    expect(asked()).toEqual([]);
    press("?");
    expect(asked()).toEqual([]);
    await painted();
    expect(asked()).toEqual(["a"]);
    await explain("a");
    expect(marks()).toEqual(["text", "a"]);
    expect(find("reasons")?.textContent).toContain("What speaks for ham over spam");
    press("?");
    await settled();
    expect([marks(), find("why")]).toEqual([[], null]);
  });

  test("of a card that is gone is waited for no more, and marks no other card", async () => {
    await open(["a", "b"]);
    press("?");
    await painted();
    const request = wire.last("explain");
    press("1");
    await painted();
    expect(asked()).toEqual(["a", "b"]);
    await wire.reply(request, explained("a"));
    expect([marks(), asked()]).toEqual([[], ["a", "b"]]);
    await explain("b");
    expect(marks()).toEqual(["text", "b"]);
  });

  test("of a card that somebody looks at for long is there when they ask, and marks nothing before", async () => {
    await open(["a", "b"]);
    await sees(["a"]);
    await explain("a");
    expect(marks()).toEqual([]);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    press("?");
    await vi.advanceTimersByTimeAsync(50); // no answer is on its way that the next one would have to wait for
    expect(marks()).toEqual(["text", "a"]);
    expect(asked()).toEqual(["a", "b"]);
  });

  test("is not asked of a card that is answered soon, nor of one that is asked blind", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await open(["a", "b", "c"]);
    await vi.advanceTimersByTimeAsync(400);
    press("1");
    await vi.advanceTimersByTimeAsync(400);
    expect(asked()).toEqual([]);
    find("action-blind")?.click();
    await vi.advanceTimersByTimeAsync(2000);
    expect(asked()).toEqual([]);
    find("action-blind")?.click();
    await vi.advanceTimersByTimeAsync(2000);
    expect(asked()).toEqual(["b"]);
  });

  test.each(["waits for it", "moves on before"])(
    "is asked only when somebody wants to know, where the kernel took long twice, and the person %s",
    async (patience) => {
      await open(["a", "b", "c", "d"]);
      for (const sample of ["a", "b"]) {
        await sees(["a", "b"].slice(0, sample === "a" ? 1 : 2));
        const later = performance.now() + 1000;
        const clock = vi.spyOn(performance, "now").mockReturnValue(later);
        if (patience === "waits for it") await explain(sample);
        if (sample === "b") vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
        press("1");
        await (sample === "b" ? vi.advanceTimersByTimeAsync(100) : painted());
        clock.mockRestore();
      }
      await vi.advanceTimersByTimeAsync(5000);
      expect(asked()).toEqual(["a", "b"]);
      press("?");
      await vi.advanceTimersByTimeAsync(100);
      expect(asked()).toEqual(["a", "b", "c"]);
    },
  );

  test("that fails before anybody asked is asked for again by whoever does", async () => {
    await open(["a"]);
    await sees(["a"]);
    await wire.reply(wire.last("explain"), { error: { code: "late", message: "newer requests came first." } });
    press("?");
    await sees(["a", "a"]);
    await explain("a");
    expect(marks()).toEqual(["text", "a"]);
  });

  test("that nobody asked for makes no kernel count as silent", async () => {
    vi.useFakeTimers();
    await open(["a"]);
    wire.reply(wire.last("hello"), { body: { kind: "welcome", view: viewOf({ queue: 1, model }) } });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked()).toEqual(["a"]);
    expect(el.querySelector("[role=alert]")).toBeNull();
  });

  test("of the next card is there before the card is", async () => {
    await openWithReasons(["a", "b", "c"]);
    expect(asked()).toEqual(["a", "b", "c"]);
    press("1");
    expect(marks()).toEqual(["text", "b"]);
    await sees(["a", "b", "c"]);
  });

  test("is marked in the card that lies underneath, so that turning to it draws nothing", async () => {
    await openWithReasons(["a", "b", "c"]);
    await vi.waitFor(() => expect(marksBelow()).toEqual(["text", "b"]), { timeout: 4000 });
    const [mark] = el.querySelectorAll("[data-current=false] mark");
    press("1");
    expect(el.querySelector("[data-current=true] mark")).toBe(mark);
    press("?");
    await settled();
    expect([marks(), marksBelow()]).toEqual([[], []]);
  });

  test("that is under way for the next card is asked for once when that card comes up", async () => {
    await openWithReasons(["a", "b", "c"], 1);
    press("1");
    await painted();
    expect([asked(), marks()]).toEqual([["a", "b"], []]);
    await explain("b");
    expect(marks()).toEqual(["text", "b"]);
    await sees(["a", "b", "c"]);
  });

  test("is asked for ahead of time also of the card that a newer ranking puts next", async () => {
    await open(["a", "b"]);
    press("?");
    await painted();
    await explain("a");
    await sees(["a", "b"]);
    await explain("b");
    await wire.publish(viewOf({ rev: 1, queue: 2, model: { ...model, version: "m2" } }));
    const cards = ["a", "z", "b"].map((sample) => cardOf(sample));
    await wire.reply(wire.last("deal"), { body: { kind: "cards", cards } });
    await sees(["a", "b", "z"]);
  });

  test("of the next card is there also where a newer ranking puts another next: that one waits for its own", async () => {
    await openWithReasons(["a", "b", "c"]);
    await rank(2, ["a", "y", "z"]);
    await sees(["a", "b", "c", "y"]);
    press("1");
    expect([current(), marks()]).toEqual(["b", ["text", "b"]]);
    await explain("y");
    press("1");
    expect([current(), marks()]).toEqual(["y", ["text", "y"]]);
  });

  test("that comes in time puts its card next", async () => {
    await openWithReasons(["a", "b", "c"]);
    await rank(2, ["a", "y", "z"]);
    await sees(["a", "b", "c", "y"]);
    await explain("y");
    await vi.waitFor(() => expect(marksBelow()).toContain("y"));
    press("1");
    expect([current(), marks()]).toEqual(["y", ["text", "y"]]);
  });

  test("keeps its card next only where the kernel says that it may, and where there are reasons", async () => {
    await openWithReasons(["a", "b", "c"], 1);
    await rank(2, ["a", "c", "z"]);
    expect(wire.last("deal").body).toMatchObject({ ready: "" });
    await sees(["a", "b", "c"]);
    await explain("c");
    await rank(3, ["a", "y", "z"], false);
    expect(wire.last("deal").body).toMatchObject({ have: ["a", "c", "z"], ready: "c" });
    press("1");
    expect(current()).toBe("y");
  });

  test("is asked for as long as somebody asks in one of two views", async () => {
    await open(["a", "b", "c"]);
    const other = document.createElement("div");
    document.body.append(other);
    const leave = again.render({ model: wire.model, el: other });
    press("?");
    await painted();
    await explain("a");
    await sees(["a", "b"]);
    await explain("b");
    press("1");
    await painted();
    await sees(["a", "b", "c"]);
    leave?.();
    other.remove();
  });

  test("keeps no card in its place once nobody asks why", async () => {
    await openWithReasons(["a", "b", "c"]);
    await rank(2, ["a", "y", "z"]);
    press("?");
    await painted();
    press("1");
    expect(current()).toBe("y");
  });

  test("of a card that is asked blind is never asked for, and that behind it is", async () => {
    await open([]);
    await wire.publish(viewOf({ rev: 1, queue: 2, model }));
    const cards = [cardOf("a", { blind: true, proba: null }), cardOf("b")];
    await wire.reply(wire.last("deal"), { body: { kind: "cards", cards } });
    press("?");
    await sees(["b"]);
    await explain("b");
    expect(find("why-hidden")?.textContent).toContain("asked blind");
    expect(marks()).toEqual([]);
    press("1");
    expect(marks()).toEqual(["text", "b"]);
  });

  test("is kept for a card that comes back", async () => {
    await open(["a", "b"]);
    press("?");
    await painted();
    await explain("a");
    await sees(["a", "b"]);
    await explain("b");
    press("1");
    await painted();
    press("Backspace");
    expect(marks()).toEqual(["text", "a"]);
    await painted();
    expect(asked()).toEqual(["a", "b"]);
  });

  test("stays while newer models predict the same, and then until the new one has said its own", async () => {
    await open(["a"]);
    press("?");
    await painted();
    await explain("a");
    const deal = async (rev: number, proba: number[]) => {
      await wire.publish(viewOf({ rev, queue: rev + 1, model: { ...model, version: `m${rev + 1}` } }));
      const cards = [cardOf("a", { proba })];
      await wire.reply(wire.last("deal"), { body: { kind: "cards", cards, model: `m${rev + 1}` } });
      await painted();
    };
    await deal(1, [0.6, 0.4]);
    expect(asked()).toEqual(["a"]);
    await deal(2, [0.4, 0.6]);
    expect([asked(), find("reasons")?.dataset.model]).toEqual([["a", "a"], "m1"]);
    await explain("a", { model: "m3", predicted: "spam", parts: [{ name: "of", weight: 1 }] });
    expect([marks(), find("reasons")?.dataset.model]).toEqual([["of"], "m3"]);
  });

  test("that fails says why", async () => {
    await open(["a"]);
    press("?");
    await painted();
    await wire.reply(wire.last("explain"), { error: { code: "learner", message: "the learner raised <b>it</b>" } });
    expect(find("unexplained")?.textContent).toBe("the learner raised <b>it</b>");
  });

  test("has the labelled samples that are most like this one, as text", async () => {
    await open(["a"]);
    press("?");
    await painted();
    const hostile = "<img src=x onerror=alert(1)>";
    const content = { kind: "text" as const, text: hostile };
    await explain("a", { neighbours: [{ sample: "n", label: "spam", distance: 0.4, content }] });
    expect(find("neighbours")?.textContent).toBe(`${hostile}spam`);
    expect(find("neighbours")?.querySelector("img")).toBeNull();
  });
});

test("nothing is asked nor shown while one labels blind", async () => {
  await open(["a"], { blind: true });
  press("?");
  await painted();
  expect(asked()).toEqual([]);
  expect(find("why-hidden")?.textContent).toContain("You label blind");
  find("action-blind")?.click();
  await painted();
  await explain("a");
  expect(marks()).toEqual(["text", "a"]);
  find("action-blind")?.click();
  expect([marks(), find("reasons")]).toEqual([[], null]);
});

test("regions of an image that count are drawn over it, in its size", async () => {
  await open([]);
  const content = { kind: "image" as const, buffer: 0, mime: "image/png", width: 28, height: 14 };
  const cards = [{ ...cardOf("a"), content }];
  await wire.publish(viewOf({ rev: 1, queue: 2, model }));
  await wire.reply(wire.last("deal"), { body: { kind: "cards", cards } }, [new DataView(new ArrayBuffer(4))]);
  press("?");
  await painted();
  const parts = [
    { name: "1,5", weight: 2 },
    { name: "6,0", weight: -1 },
    { name: "3,3", weight: 0.01 },
  ];
  await explain("a", { grid: 7, parts, method: "occlusion" });
  const heat = find("heat") as HTMLImageElement;
  const drawing = decodeURIComponent(heat.src);
  expect([heat.width, heat.height, drawing.match(/<rect x=/g)?.length]).toEqual([28, 14, 2]);
  expect(drawing).toContain('x="5.03" y="1.03"');
  expect(find("why")?.textContent).toContain("top right (2, 6)");
});
