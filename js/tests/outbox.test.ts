import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Cellar, openCellar } from "../src/cellar";
import { RequestFailed } from "../src/channel";
import { Outbox } from "../src/outbox";
import type { Mark, Problem, Saved } from "../src/protocol";
import { openShelf, type Shelf } from "../src/shelf";
import { markOf, viewOf } from "./wire";

let ending: AbortController;
let told: Mark[][];
let answer: (marks: Mark[]) => Saved;
let troubles: (Problem | undefined)[];

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  ending = new AbortController();
  told = [];
  troubles = [];
  answer = (marks) => saved(marks.map(({ id }) => id));
});

afterEach(() => {
  ending.abort();
  vi.useRealTimers();
});

const saved = (ids: string[], refused: Saved["refused"] = []): Saved => ({
  kind: "saved",
  ids,
  view: viewOf(),
  refused: refused ?? [],
});
const fail = (code: string) => {
  throw new RequestFailed({ code, message: `because of ${code}` });
};

function open(shelf: Shelf = openShelf("d", "me")): Outbox {
  const tell = async (marks: Mark[]) => {
    told.push(marks);
    return answer(marks);
  };
  return new Outbox(shelf, tell, (trouble) => troubles.push(trouble), ending.signal);
}

async function tell(box: Outbox, ...marks: Mark[]): Promise<void> {
  for (const mark of marks) box.put(mark);
  box.flush();
  await vi.advanceTimersByTimeAsync(0);
}

test("a mark leaves when the kernel says that it is durable, and not before", async () => {
  answer = () => saved([]);
  const box = open();
  await tell(box, markOf("a", "1"));
  expect(box.unsaved.map(({ id }) => id)).toEqual(["a"]);
  answer = () => saved(["a"]);
  await tell(box);
  expect(box.unsaved).toEqual([]);
  expect(openShelf("d", "me").all()).toEqual([]);
});

test("a new page sends what the last one could not, oldest first", async () => {
  answer = () => saved([]);
  await tell(open(), { ...markOf("b", "2"), at: "2026-01-02T00:00:00Z" }, markOf("a", "1"));
  told = [];
  answer = (marks) => saved(marks.map(({ id }) => id));
  const box = open();
  expect(box.unsaved.map(({ id }) => id)).toEqual(["a", "b"]);
  await tell(box);
  expect(told.map((marks) => marks.map(({ id }) => id))).toEqual([["a", "b"]]);
  expect(box.unsaved).toEqual([]);
});

test("marks of another dataset or annotator stay where they are", () => {
  openShelf("d", "you").put(markOf("a", "1"));
  openShelf("other", "me").put(markOf("b", "1"));
  expect(open().unsaved).toEqual([]);
});

test("marks of somebody whose name goes on after a colon stay where they are", () => {
  openShelf("d", "me:2").put(markOf("a", "1"));
  expect(open().unsaved).toEqual([]);
  expect(open(openShelf("d", "me:2")).unsaved).toHaveLength(1);
});

test("a mark of another tab that fell silent is sent in its stead, however many follow", async () => {
  const box = open();
  for (const id of ["a", "b", "c", "d"]) {
    box.adopt(markOf(id, id));
    await vi.advanceTimersByTimeAsync(400);
  }
  expect(told[0]?.map(({ id }) => id)).toEqual(["a", "b", "c"]);
});

test("a flag waits for the one before it, whatever else goes on: the last to arrive counts", async () => {
  const flag = (id: string, on: boolean): Mark => ({
    id,
    at: "2026-01-01T00:00:00Z",
    action: { kind: "flag", sample: "1", on },
  });
  let arrive = () => {};
  const slow = (marks: Mark[]) =>
    new Promise<Saved>((resolve) => {
      told.push(marks);
      arrive = () => resolve(saved(marks.map(({ id }) => id)));
    });
  const box = new Outbox(openShelf("d", "me"), slow, () => undefined, ending.signal);
  await tell(box, flag("on", true));
  await tell(box, flag("off", false));
  expect(told.flat().map(({ id }) => id)).toEqual(["on"]);
  arrive();
  await vi.advanceTimersByTimeAsync(0);
  expect(told.flat().map(({ id }) => id)).toEqual(["on", "off"]);
  arrive();
  await vi.advanceTimersByTimeAsync(0);
  expect(box.unsaved).toEqual([]);
});

test("a mark under way is not sent twice", () => {
  const box = open();
  box.put(markOf("a", "1"));
  box.flush();
  box.flush();
  expect(told).toHaveLength(1);
});

describe("a mark that the kernel refuses", () => {
  const refusal = { id: "a", code: "unknown-label", message: "'ham' is not a label" };

  test("is put aside with the reason and not sent again", async () => {
    answer = () => saved(["b"], [refusal]);
    const box = open();
    await tell(box, markOf("a", "1"), markOf("b", "2"));
    await vi.advanceTimersByTimeAsync(120_000);
    expect(told).toHaveLength(1);
    expect(box.unsaved).toEqual([]);
    expect(box.rejected.map(({ problem }) => problem.message)).toEqual(["'ham' is not a label"]);
  });

  test("comes again with the next page until it is discarded", async () => {
    answer = () => saved([], [refusal]);
    const box = open();
    await tell(box, markOf("a", "1"));
    expect(open().unsaved).toHaveLength(1);
    box.discard();
    expect(open().unsaved).toHaveLength(0);
    expect(box.rejected).toEqual([]);
  });

  test("can be tried again by hand", async () => {
    answer = () => saved([], [refusal]);
    const box = open();
    await tell(box, markOf("a", "1"));
    answer = () => saved(["a"]);
    box.again();
    await vi.advanceTimersByTimeAsync(0);
    expect([box.rejected, box.unsaved]).toEqual([[], []]);
  });

  test("is found among others when the whole request cannot be read", async () => {
    answer = (marks) => (marks.some(({ id }) => id === "b") ? fail("request") : saved(marks.map(({ id }) => id)));
    const box = open();
    await tell(box, markOf("a", "1"), markOf("b", "2"), markOf("c", "3"));
    expect(box.rejected.map(({ mark }) => mark.id)).toEqual(["b"]);
    expect(box.unsaved).toEqual([]);
  });
});

describe("trouble that may pass", () => {
  test("is said, and the mark is sent again until it is saved", async () => {
    answer = () => fail("store");
    const box = open();
    await tell(box, markOf("a", "1"));
    expect(troubles.at(-1)?.message).toBe("because of store");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told).toHaveLength(2);
    answer = () => saved(["a"]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(box.unsaved).toEqual([]);
    expect(troubles.at(-1)).toBeUndefined();
  });
});

describe("leaving the page", () => {
  const refuse = () => saved([], [{ id: "a", code: "unknown-label", message: "no such label" }]);

  test("puts at stake what is not saved", async () => {
    const box = open();
    box.put(markOf("a", "1"));
    expect(box.atStake).toBe(true);
    await tell(box);
    expect(box.atStake).toBe(false);
  });

  test("puts what was refused at stake where the browser keeps nothing", async () => {
    answer = refuse;
    const [kept, loose] = [open(), open(openShelf("d", "you", null, null))];
    await tell(kept, markOf("a", "1"));
    await tell(loose, markOf("a", "1"));
    expect([kept.atStake, loose.atStake]).toEqual([false, true]);
  });
});

describe("a browser that stores nothing", () => {
  test("keeps marks for as long as the page lives, and says so", async () => {
    answer = () => saved([]);
    const box = open(openShelf("d", "me", null));
    await tell(box, markOf("a", "1"));
    expect(box.unsaved).toHaveLength(1);
    expect(box.durable).toBe(false);
    expect(open().unsaved).toEqual([]);
  });

  test("is noticed when the quota is used up", () => {
    const full = { setItem: () => fail("quota"), length: 0 } as unknown as Storage;
    const box = open(openShelf("d", "me", full));
    expect(box.durable).toBe(true);
    box.put(markOf("a", "1"));
    expect(box.durable).toBe(false);
    expect(box.unsaved).toHaveLength(1);
  });
});

describe("IndexedDB behind localStorage", () => {
  function cellar(): Cellar & { kept: Map<string, Mark> } {
    const kept = new Map<string, Mark>();
    return {
      kept,
      all: async (prefix) => [...kept].filter(([key]) => key.startsWith(prefix)).map(([, mark]) => mark),
      put: async (key, mark) => kept.set(key, mark).has(key),
      drop: async (key) => kept.delete(key),
    };
  }
  const full = { setItem: () => fail("quota"), removeItem: () => undefined, length: 0 } as unknown as Storage;

  test("gets only what is not acknowledged soon, and loses it when it is", async () => {
    const deep = cellar();
    const box = open(openShelf("d", "me", localStorage, deep));
    await tell(box, markOf("a", "1"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(deep.kept.size).toBe(0);
    answer = () => saved([]);
    await tell(box, markOf("b", "2"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect([...deep.kept.keys()]).toEqual(["nbloop:d:me:b"]);
    answer = () => saved(["b"]);
    await tell(box);
    expect(deep.kept.size).toBe(0);
  });

  test("keeps marks when the quota is used up, and the next page sends them", async () => {
    const deep = cellar();
    answer = () => saved([]);
    const box = open(openShelf("d", "me", full, deep));
    await tell(box, markOf("a", "1"));
    expect(box.durable).toBe(true);
    answer = (marks) => saved(marks.map(({ id }) => id));
    const next = open(openShelf("d", "me", full, deep));
    await vi.advanceTimersByTimeAsync(0);
    expect(told.at(-1)?.map(({ id }) => id)).toEqual(["a"]);
    expect(next.unsaved).toEqual([]);
    expect(deep.kept.size).toBe(0);
  });
});

describe("IndexedDB that", () => {
  const refuses = () => {
    throw new DOMException("not here", "SecurityError");
  };

  test("is forbidden keeps nothing, and nothing fails for it", async () => {
    const deep = openCellar({ open: refuses } as unknown as IDBFactory);
    answer = () => saved([]);
    const box = open(openShelf("d", "me", null, deep));
    await tell(box, markOf("a", "1"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect([box.unsaved.length, box.durable]).toEqual([1, false]);
  });

  test("the browser has closed is opened anew", async () => {
    let [opened, closed] = [0, true];
    const request: Partial<IDBTransaction> & { result?: unknown } = {
      commit: () => request.oncomplete?.call(null as never, new Event("complete")),
    };
    const database = {
      transaction: () => (closed ? refuses() : Object.assign(request, { objectStore: () => ({ put: () => request }) })),
    };
    const factory = {
      open: () => {
        opened += 1;
        const opening: { result: unknown; onsuccess?: () => void } = { result: database };
        queueMicrotask(() => {
          closed = opened === 1;
          opening.onsuccess?.();
        });
        return opening;
      },
    };
    const deep = openCellar(factory as unknown as IDBFactory);
    expect(await deep?.put("nbloop:d:me:a", markOf("a", "1"))).toBe(true);
    expect(opened).toBe(2);
  });
});

test("what lies on the shelf and cannot be read is left alone", () => {
  for (const [key, text] of ["{cut sho", "null", "7", "{}", '{"id": "a", "at": "2026"}'].entries()) {
    localStorage.setItem(`nbloop:d:me:${key}`, text);
  }
  expect(open().unsaved).toEqual([]);
});
