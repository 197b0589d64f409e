import { afterEach, beforeEach, expect, test } from "vitest";
import widget from "../src/labeler";
import type { Mark } from "../src/protocol";
import { cardOf, configOf, FakeWire, viewOf } from "./wire";

let wire: FakeWire;
let el: HTMLElement;
let close: () => void;

beforeEach(() => localStorage.clear());
afterEach(() => leave());

function leave(): void {
  close();
  el.remove();
}

function open(annotator: string): void {
  wire = new FakeWire({ config: configOf({ annotator }), view: viewOf({ queue: 1 }) });
  const { initialize, render } = widget();
  const end = initialize({ model: wire.model });
  el = document.createElement("div");
  document.body.append(el);
  const away = render({ model: wire.model, el });
  close = () => {
    away?.();
    end();
  };
}

const find = <E extends HTMLElement>(id: string) => el.querySelector<E>(`[data-testid="${id}"]`);

async function say(name: string): Promise<void> {
  (find("name") as HTMLInputElement).value = name;
  find("introduction")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  await Promise.resolve();
}

const deal = () => wire.reply(wire.last("deal"), { body: { kind: "cards", cards: [cardOf("a"), cardOf("b")] } });

test("who has not said who they are is asked, and gets no card before", async () => {
  open("");
  expect(find("labeler")).toBeNull();
  expect(wire.all("deal")).toEqual([]);
  await say("owl 7");
  expect(wire.last("introduce").body.name).toBe("owl 7");
  await wire.name("owl 7");
  await wire.reply(wire.last("introduce"), { body: { kind: "welcome", view: viewOf() } });
  await deal();
  expect(find("card")?.dataset.sample).toBe("a");
  leave();
  open("");
  expect((find("name") as HTMLInputElement).value).toBe("owl 7");
});

test("a name that cannot be one is refused in the widget", async () => {
  open("");
  await say("truth");
  await wire.reply(wire.last("introduce"), { error: { code: "data", message: "give a person's name" } });
  expect(find("name-refused")?.textContent).toBe("give a person's name");
  expect(find("introduction")).not.toBeNull();
});

test("when somebody else takes the seat, unsaved answers stay with whoever gave them", async () => {
  open("ada");
  await deal();
  find("card")?.dispatchEvent(new KeyboardEvent("keydown", { key: "1", bubbles: true, cancelable: true }));
  const marks = () => wire.all("tell").flatMap(({ body }) => body.marks.map(({ id }: Mark) => id));
  const [ada] = marks();
  wire.sent = [];
  await wire.name("bob");
  await deal();
  find("card")?.dispatchEvent(new KeyboardEvent("keydown", { key: "2", bubbles: true, cancelable: true }));
  expect(marks()).toHaveLength(1);
  expect(marks()).not.toContain(ada);
  await wire.name("ada");
  expect(marks()).toContain(ada);
});

test("advice is shown quietly, and once dismissed not again before it was over and came anew", async () => {
  open("ada");
  const pause = { reason: "minutes", message: "You have been labeling for 45 minutes: a pause would do good." };
  expect(find("advice")).toBeNull();
  await wire.advise(pause);
  expect(find("advice")?.textContent).toContain("45 minutes");
  find("advice")?.querySelector("button")?.click();
  expect(find("advice")).toBeNull();
  await wire.advise({ ...pause, message: "You have been labeling for 46 minutes" });
  expect(find("advice")).toBeNull();
  await wire.advise({});
  await wire.advise(pause);
  expect(find("advice")?.textContent).toContain("45 minutes");
});
