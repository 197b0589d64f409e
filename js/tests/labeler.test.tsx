import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import widget from "../src/labeler";
import type { Config, Mark, View } from "../src/protocol";
import { cardOf, configOf, FakeWire, painted, settled, viewOf } from "./wire";

let wire: FakeWire;
let el: HTMLElement;
let close: () => void;

beforeEach(() => {
  localStorage.clear();
  document.body.removeAttribute("data-jp-theme-light");
});

afterEach(async () => {
  // What still waits for a frame of this test would hold up what waits for one in the next.
  if (vi.isFakeTimers()) await vi.advanceTimersByTimeAsync(200);
  close();
  el.remove();
  vi.useRealTimers();
});

/** A labeler on the page, before the kernel has said anything. */
function open(config: Partial<Config> = {}, view: Partial<View> = {}) {
  wire = new FakeWire({ config: configOf(config), view: viewOf({ queue: 1, ...view }) });
  const { initialize, render } = widget();
  const end = initialize({ model: wire.model });
  const views = [mount(render)];
  el = views[0]?.place as HTMLElement;
  close = () => {
    for (const { leave, place } of views) {
      leave?.();
      place.remove();
    }
    end();
  };
  return () => {
    const view = mount(render);
    views.push(view);
    return view;
  };
}

function mount(render: ReturnType<typeof widget>["render"]) {
  const place = document.createElement("div");
  document.body.append(place);
  return { place, leave: render({ model: wire.model, el: place }) };
}

/** A labeler with these samples on the table. */
async function deal(samples: string[], config: Partial<Config> = {}): Promise<void> {
  open(config);
  const cards = samples.map((sample) => cardOf(sample));
  await wire.reply(wire.last("deal"), { body: { kind: "cards", cards } });
}

const find = (id: string, place: HTMLElement = el) => place.querySelector<HTMLElement>(`[data-testid="${id}"]`);
const current = (place: HTMLElement = el) => find("card", place)?.dataset.sample;
const button = (label: string) => el.querySelector<HTMLElement>(`[data-label="${label}"]`);
const actions = () => wire.all("tell").flatMap(({ body }) => body.marks.map(({ action }: Mark) => action));

function press(key: string, more: KeyboardEventInit = {}, target: HTMLElement | null = find("card")): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  target?.dispatchEvent(event);
  return event;
}

const save = (view: Partial<View> = {}) => {
  const request = wire.last("tell");
  const ids = request.body.marks.map(({ id }: Mark) => id);
  return wire.reply(request, { body: { kind: "saved", ids, view: viewOf({ queue: 1, ...view }) } });
};

describe("a key", () => {
  test("of a label answers, and the next card is there before the handler returns", async () => {
    await deal(["a", "b"]);
    press("2");
    expect(current()).toBe("b");
    expect(el.querySelector("[data-current=true]")?.textContent).toBe("text of b");
    expect(actions()[0]).toMatchObject({ kind: "annotate", sample: "a", value: "spam", shown: true });
  });

  test("that repeats because it is held down answers once", async () => {
    await deal(["a", "b", "c"]);
    press("1");
    press("1", { repeat: true });
    expect(current()).toBe("b");
  });

  test("never reaches the notebook, unless Ctrl, Meta or Alt is held", async () => {
    await deal(["a"]);
    const heard = vi.fn();
    document.body.addEventListener("keydown", heard);
    for (const key of ["x", "d", "1", "ArrowDown"]) press(key);
    expect(heard).not.toHaveBeenCalled();
    press("s", { ctrlKey: true });
    expect(heard).toHaveBeenCalledTimes(1);
    document.body.removeEventListener("keydown", heard);
    expect(find("labeler")?.dataset.lmSuppressShortcuts).toBe("true");
  });

  test("in a note is a letter", async () => {
    await deal(["a", "b"]);
    press(".");
    await settled();
    press("1", {}, find("note"));
    expect(current()).toBe("a");
    expect(wire.all("tell")).toEqual([]);
  });

  test("on a focused button works the button, not the shortcut", async () => {
    await deal(["a"]);
    expect(press(" ", {}, button("ham")).defaultPrevented).toBe(false);
    expect(current()).toBe("a");
  });
});

describe("an answer", () => {
  test("by mouse gives the focus back to the card", async () => {
    await deal(["a", "b"]);
    button("ham")?.dispatchEvent(new MouseEvent("click", { bubbles: true, detail: 1 }));
    expect(current()).toBe("b");
    expect(document.activeElement).toBe(find("card"));
  });

  test("carries the note, and what the model said", async () => {
    await deal(["a", "b"]);
    press(".");
    await settled();
    const note = find("note") as HTMLTextAreaElement;
    note.value = "odd one";
    press("Enter", {}, note);
    await settled();
    press("1");
    expect(actions()[0]).toMatchObject({
      rationale: "odd one",
      said: { strategy: "margin", prediction: "ham", proba: { ham: 0.7, spam: 0.3 } },
    });
  });

  test("carries by which lot its card came, and from which model", async () => {
    open();
    const cards = [cardOf("a", { lot: "a", chance: 0.01 }), cardOf("b")];
    await wire.reply(wire.last("deal"), { body: { kind: "cards", cards, model: "m7" } });
    press("1");
    press("1");
    expect(actions().map((action) => "said" in action && action.said)).toMatchObject([
      { lot: "a", chance: 0.01, model: "m7" },
      { lot: null, chance: null, model: "m7" },
    ]);
  });

  test("carries half an emoji of a note as a sign that something was there", async () => {
    await deal(["a", "b"]);
    press(".");
    await settled();
    const note = find("note") as HTMLTextAreaElement;
    note.value = "a cut \ud83d and a whole \ud83d\ude00";
    press("Enter", {}, note);
    await settled();
    press("1");
    expect(actions()[0]).toMatchObject({ rationale: "a cut \ufffd and a whole \ud83d\ude00" });
  });

  test("of a blind card says that nothing was shown", async () => {
    await deal(["a"], { blind: true });
    expect(find("probability")).toBeNull();
    press("1");
    expect(actions()[0]).toMatchObject({ shown: false });
  });

  test("can be later, reject and flag", async () => {
    await deal(["a", "b", "c"]);
    for (const key of [" ", "-", "!", "!"]) press(key);
    const told = [
      { kind: "skip", sample: "a" },
      { kind: "reject", sample: "b" },
      { kind: "flag", sample: "c", on: true },
    ];
    expect(actions()).toMatchObject(told);
    await save(); // the next flag of a sample waits for the one before it
    expect(actions()).toMatchObject([...told, { kind: "flag", sample: "c", on: false }]);
    expect(current()).toBe("c");
  });

  test("turns the card first, and what surrounds it right behind the frame that shows it", async () => {
    await deal(["a", "b"]);
    const around = ["count", "trail"].map((id) => find(id)?.outerHTML);
    press("1");
    expect(el.querySelector("[data-current=true]")?.textContent).toBe("text of b");
    expect(["count", "trail"].map((id) => find(id)?.outerHTML)).toEqual(around);
    await painted();
    expect(find("count")?.textContent).toBe("1labels");
    expect(find("trail")?.textContent).toContain("ham");
  });

  test("is counted, and once", async () => {
    await deal(["a", "b"]);
    press("1");
    await painted();
    expect(find("count")?.textContent).toBe("1labels");
    const [mark] = wire.last("tell").body.marks as Mark[];
    const recent = [{ event: mark?.id ?? "", sample: "a", kind: "annotate", value: "ham" }];
    const counts = { ...viewOf().counts, labels: 1 };
    await wire.publish(viewOf({ rev: 1, queue: 1, recent, counts }));
    expect(find("count")?.textContent).toBe("1labels");
    await save({ rev: 1, recent, counts });
    expect(find("count")?.textContent).toBe("1labels");
  });

  test("is held back from deals until it is saved", async () => {
    await deal(["a", "b"]);
    press("1");
    expect(wire.last("deal").body.hold).toEqual(["a"]);
  });
});

describe("Enter", () => {
  test("takes the label that the model suggests, which shows the key", async () => {
    await deal(["a", "b"]);
    expect([button("ham")?.dataset.suggested, button("spam")?.dataset.suggested]).toEqual(["true", "false"]);
    expect(button("ham")?.getAttribute("aria-keyshortcuts")).toBe("1 Enter");
    press("Enter");
    expect(actions()).toMatchObject([{ kind: "annotate", sample: "a", value: "ham", shown: true }]);
    expect(current()).toBe("b");
  });

  test("takes nothing while one labels blind, and says so", async () => {
    await deal(["a"], { blind: true });
    expect(el.querySelector("[data-suggested=true]")).toBeNull();
    press("Enter");
    expect([actions(), find("note")]).toEqual([[], null]);
    expect(find("spoken")?.textContent).toContain("Nothing is suggested for this one");
  });

  test("takes nothing of a sample that is asked blind, whose card says so", async () => {
    open();
    const cards = [cardOf("a", { proba: null, blind: true }), cardOf("b")];
    await wire.reply(wire.last("deal"), { body: { kind: "cards", cards } });
    expect(find("asked-blind")?.textContent).toBe("asked blind");
    press("Enter");
    expect([current(), actions()]).toEqual(["a", []]);
    press("2");
    expect(actions()).toMatchObject([{ value: "spam", shown: false }]);
    expect(find("asked-blind")).toBeNull();
  });

  test("opens the note where no model can suggest anything", async () => {
    open({ model: false });
    await wire.reply(wire.last("deal"), { body: { kind: "cards", cards: [cardOf("a", { proba: null })] } });
    press("Enter");
    await settled();
    expect([find("note") !== null, actions()]).toEqual([true, []]);
  });
});

describe("undo", () => {
  test("twice brings two cards back, last one first", async () => {
    await deal(["a", "b", "c"]);
    press("1");
    press("2");
    const [first, second] = wire.all("tell").flatMap(({ body }) => body.marks.map(({ id }: Mark) => id));
    press("Backspace");
    expect(current()).toBe("b");
    press("z", { ctrlKey: true });
    expect(current()).toBe("a");
    expect(actions().slice(2)).toEqual([
      { kind: "undo", target: second },
      { kind: "undo", target: first },
    ]);
  });

  test("with nothing to take back says so and sends nothing", async () => {
    await deal(["a"]);
    press("Backspace");
    expect(find("spoken")?.textContent).toContain("Nothing to undo");
    expect(wire.all("tell")).toEqual([]);
  });
});

describe("cards", () => {
  test("arrive in the current view's ranking and keep the one in front of the person", async () => {
    await deal(["a", "b"]);
    await wire.publish(viewOf({ rev: 1, queue: 2 }));
    const cards = ["x", "y"].map((sample) => cardOf(sample));
    await wire.reply(wire.last("deal"), { body: { kind: "cards", cards } });
    expect(current()).toBe("a");
    press("1");
    expect(current()).toBe("x");
  });

  test("keep the content that they have: only what is new travels", async () => {
    await deal(["a", "b"]);
    await wire.publish(viewOf({ rev: 1, queue: 2 }));
    const { body } = wire.last("deal");
    expect(body.have).toEqual(["a", "b"]);
    const bare = (sample: string) => ({ ...cardOf(sample, { proba: [0.1, 0.9] }), content: null });
    const cards = [cardOf("c"), bare("b"), bare("gone")];
    await wire.reply(wire.last("deal"), { body: { kind: "cards", cards } });
    press("1");
    expect(el.querySelector("[data-current=true]")?.textContent).toBe("text of c");
    press("1");
    expect(el.querySelector("[data-current=true]")?.textContent).toBe("text of b");
    await painted();
    expect(find("probability")?.textContent).toBe("10%");
    press("1");
    expect(current()).toBeUndefined();
  });

  test("are asked for again by themselves when none came", async () => {
    vi.useFakeTimers();
    open();
    await wire.reply(wire.last("deal"), { body: { kind: "cards", cards: [] } });
    expect(wire.all("deal")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(250);
    expect(wire.all("deal")).toHaveLength(2);
  });

  test("end with a word when nothing is left", async () => {
    open({}, { counts: { ...viewOf().counts, labels: 4, pool: 0 } });
    await wire.reply(wire.last("deal"), { body: { kind: "cards", cards: [] } });
    expect(find("done")?.textContent).toContain("Nothing left to ask");
  });
});

describe("what goes wrong", () => {
  test("in the loop is said under the card until it is dismissed", async () => {
    await deal(["a"]);
    const problem = { code: "learner", message: "The learner raised <b>ValueError</b>." };
    await wire.publish(viewOf({ rev: 1, queue: 1, problem }));
    expect(find("problem")?.getAttribute("role")).toBe("alert");
    expect(find("problem")?.textContent).toContain(problem.message);
    find("problem")?.querySelector("button")?.click();
    expect(find("problem")).toBeNull();
    await wire.publish(viewOf({ rev: 2, queue: 1, problem }));
    expect(find("problem")).toBeNull();
  });

  test("with showing a sample is said under its card, and leaves with it", async () => {
    open();
    const broken = cardOf("a", { problem: { code: "data", message: "render= failed on sample 'a'" } });
    await wire.reply(wire.last("deal"), { body: { kind: "cards", cards: [broken, cardOf("b")] } });
    expect(find("hidden")?.textContent).toContain("render= failed on sample 'a'");
    press("-");
    await painted();
    expect(find("hidden")).toBeNull();
  });

  test("with one answer puts it into a list, and takes it off the trail", async () => {
    await deal(["a", "b"]);
    press("2");
    const request = wire.last("tell");
    const refused = request.body.marks.map(({ id }: Mark) => ({ id, code: "unknown-label", message: "no such label" }));
    await wire.reply(request, { body: { kind: "saved", ids: [], view: viewOf({ queue: 1 }), refused } });
    expect(find("rejected")?.textContent).toContain("spam for a: no such label");
    expect(find("trail")).toBeNull();
    expect(find("count")?.textContent).toBe("0labels");
  });

  test("with the kernel says how many labels are kept, and labeling goes on", async () => {
    await deal(["a", "b", "c"]);
    wire.broken = new Error("Cannot send");
    press("1");
    press("1");
    expect(current()).toBe("c");
    await painted();
    expect(find("kernel")?.textContent).toBe("Kernel not answering: 2 labels are kept in this page; re-run the cell.");
  });

  test("with the version asks to re-run the cell, and sends nothing", () => {
    open({ wire: 99 });
    expect(el.textContent).toContain("re-run the cell");
    expect(wire.sent).toEqual([]);
  });
});

describe("a label that is not saved yet", () => {
  test("is said only when it lasts", async () => {
    vi.useFakeTimers();
    await deal(["a", "b"]);
    press("1");
    await vi.advanceTimersByTimeAsync(100);
    expect([find("saving"), find("unsaved")]).toEqual([null, null]);
    await vi.advanceTimersByTimeAsync(300);
    expect(find("saving")?.textContent).toBe("saving (1)");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(find("unsaved")?.textContent).toBe("not saved (1)");
    await save();
    expect(find("unsaved")).toBeNull();
    expect(find("saved")?.textContent).toBe("✓ saved");
  });

  test("is said at once to be unsaved when the kernel is gone", async () => {
    await deal(["a", "b"]);
    wire.broken = new Error("Cannot send");
    press("1");
    await painted();
    expect(find("unsaved")?.textContent).toBe("not saved (1)");
    expect(find("saved")).toBeNull();
  });

  test("keeps the page from closing without a word", async () => {
    await deal(["a", "b"]);
    const leave = () => {
      const event = new Event("beforeunload", { cancelable: true });
      window.dispatchEvent(event);
      return event.defaultPrevented;
    };
    expect(leave()).toBe(false);
    press("1");
    expect(leave()).toBe(true);
    await save();
    expect(leave()).toBe(false);
  });

  test("is sent by the next page", async () => {
    await deal(["a", "b"]);
    press("1");
    const [mark] = wire.last("tell").body.marks as Mark[];
    close();
    open();
    expect(wire.last("tell").body.marks).toEqual([mark]);
    expect(wire.last("deal").body.hold).toEqual(["a"]);
  });
});

describe("after 25 unsaved labels", () => {
  const samples = Array.from({ length: 60 }, (_, i) => `s${i}`);
  const labelAll = (n: number) => {
    for (let i = 0; i < n; i++) press("1");
  };

  test("the person is asked to pause, and keys answer no more", async () => {
    await deal(samples);
    labelAll(24);
    expect(find("pause")).toBeNull();
    labelAll(5);
    expect(find("pause")?.textContent).toContain("25 answers are not saved yet");
    expect(current()).toBe("s25");
    expect(actions()).toHaveLength(25);
    expect(find("spoken")?.textContent).toContain("Paused");
    expect(button("ham")?.getAttribute("aria-disabled")).toBe("true");
  });

  test("undo still works, and going on asks again after as many more", async () => {
    await deal(samples);
    labelAll(25);
    press("Backspace");
    expect(current()).toBe("s24");
    find("go-on")?.click();
    expect(find("pause")).toBeNull();
    expect(document.activeElement).toBe(find("card"));
    labelAll(30);
    expect(current()).toBe("s49");
    expect(find("pause")?.textContent).toContain("51 answers");
  });

  test("the pause ends by itself when they are saved, and starts from 25 again", async () => {
    await deal(samples);
    labelAll(26);
    find("go-on")?.click();
    for (const request of wire.all("tell")) {
      const ids = request.body.marks.map(({ id }: Mark) => id);
      await wire.reply(request, { body: { kind: "saved", ids, view: viewOf({ queue: 1 }) } });
    }
    labelAll(30);
    expect(find("pause")?.textContent).toContain("25 answers");
  });
});

describe("two tabs", () => {
  /** Another labeler of the same person and dataset, as in another tab. */
  async function tab(samples: string[]) {
    const mine = wire;
    const leave = close;
    const place = el;
    await deal(samples);
    const there = { wire, el, close };
    wire = mine;
    el = place;
    close = () => {
      there.close();
      leave();
    };
    return there;
  }

  test("never ask for what the other one answered, before the kernel says a word", async () => {
    await deal(["a", "b"]);
    const other = await tab(["a", "b"]);
    press("1");
    await vi.waitFor(() => expect(current(other.el)).toBe("b"));
  });

  test("are both told when the answer is saved", async () => {
    await deal(["a", "b"]);
    const other = await tab(["a", "b"]);
    press("1");
    await vi.waitFor(() => expect(find("count", other.el)?.textContent).toBe("1labels"));
    await save();
    await vi.waitFor(() => expect(find("count", other.el)?.textContent).toBe("0labels"));
    expect(other.wire.all("tell")).toEqual([]);
  });

  test("both answering one card at once leave one answer: the later is taken back", async () => {
    await deal(["a", "b"]);
    const other = await tab(["a", "b"]);
    press("1");
    press("2", {}, find("card", other.el));
    const [first] = wire.last("tell").body.marks as Mark[];
    const [second] = other.wire.last("tell").body.marks as Mark[];
    await vi.waitFor(() => expect([...wire.all("tell"), ...other.wire.all("tell")]).toHaveLength(3));
    const taken = [...wire.all("tell"), ...other.wire.all("tell")].flatMap(({ body }) => body.marks);
    const late = (first?.at ?? "") === (second?.at ?? "") ? [first?.id, second?.id].sort()[1] : second?.id;
    const undo = taken.find(({ action }) => action.kind === "undo");
    expect(undo?.action).toEqual({ kind: "undo", target: late });
    expect([current(), current(other.el)]).toEqual(["b", "b"]);
  });

  test("a note about an answered sample takes no answer back, though the clock was set back meanwhile", async () => {
    await deal(["a", "b", "c"]);
    press("1");
    const line = new BroadcastChannel("nbloop:d:me");
    const say = (id: string, action: Mark["action"]) =>
      line.postMessage({ kind: "made", mark: { id, at: "2020-01-01T00:00:00Z", action } });
    say("note", { kind: "discuss", sample: "a", rationale: "why ham?" });
    say("other", { kind: "annotate", sample: "b", value: "ham" });
    await vi.waitFor(() => expect(current()).toBe("c"));
    line.close();
    expect(actions().map(({ kind }) => kind)).not.toContain("undo");
  });

  test("one takes over what the other could not send before it closed", async () => {
    await deal(["a", "b"]);
    const other = await tab(["a", "b"]);
    wire.broken = new Error("Cannot send");
    press("1");
    await vi.waitFor(() => expect(other.wire.all("tell")).toHaveLength(1), { timeout: 3_000 });
    expect(other.wire.last("tell").body.marks[0]?.action).toMatchObject({ sample: "a", value: "ham" });
  });
});

describe("classes that change", () => {
  const labels = [
    { name: "ham", key: "1" },
    { name: "advert", key: "2" },
    { name: "other", key: "3" },
  ];
  const task = { kind: "classification" as const, labels };
  const told = (id: string, changes = ["'spam' is now called 'advert'"]) => ({
    body: { kind: "classes" as const, id, task, samples: [1, 2, 0], changes },
  });
  const type = (name: string, value: string) => {
    const field = el.querySelector<HTMLInputElement>(`[aria-label="${name}"]`) as HTMLInputElement;
    field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };

  test("are fetched when the view names another task, and cards lose what was said of the old ones", async () => {
    await deal(["a", "b"], { classes: "t0" });
    press("2");
    expect(actions()[0]).toMatchObject({ value: "spam", under: "t0" });
    await wire.publish(viewOf({ rev: 1, queue: 1, classes: "t1" }));
    await wire.reply(wire.last("classes"), told("t1"));
    expect(button("advert")).not.toBeNull();
    expect(button("spam")).toBeNull();
    expect(find("probability")).toBeNull();
    press("3");
    expect(actions()[1]).toMatchObject({ value: "other", under: "t1" });
  });

  test("take no probabilities of another task", async () => {
    open({ classes: "t0" });
    const reply = (classes: string) => ({ body: { kind: "cards" as const, cards: [cardOf("a")], classes } });
    await wire.reply(wire.last("deal"), reply("t1"));
    expect(find("probability")).toBeNull();
    await wire.publish(viewOf({ rev: 1, queue: 2, classes: "t0" }));
    await wire.reply(wire.last("deal"), reply("t0"));
    expect(find("probability")).not.toBeNull();
  });

  test("are edited in the page: a field is a change, and what is refused is shown and stays as it was", async () => {
    await deal(["a"], { classes: "t0" });
    find("action-classes")?.click();
    await settled();
    await wire.reply(wire.last("classes"), { body: { ...told("t0").body, task: configOf().task, changes: [] } });
    type("Name of spam", "advert");
    expect(wire.last("reclass").body).toMatchObject({
      base: "t0",
      change: { op: "rename", name: "spam", to: "advert" },
    });
    await wire.reply(wire.last("reclass"), told("t1"));
    expect(find("classes-undo")?.textContent).toBe("Undo: 'spam' is now called 'advert'");
    type("Key of advert", "1");
    await wire.reply(wire.last("reclass"), { error: { code: "task", message: "two labels cannot share a key" } });
    expect(find("classes-refusal")?.textContent).toBe("two labels cannot share a key");
    expect(el.querySelector<HTMLInputElement>('[aria-label="Key of advert"]')?.value).toBe("2");
  });

  test("are not offered for a change to whoever may not, who is told why", async () => {
    await deal(["a"], { classes: "t0" });
    find("action-classes")?.click();
    await settled();
    const locked = "ann is annotator here and may not change the classes: that takes an owner. Ask olga.";
    await wire.reply(wire.last("classes"), { body: { ...told("t0").body, task: configOf().task, locked } });
    expect(find("classes")?.textContent).toContain(locked);
    expect(find("classes-locked")?.textContent).toContain("spam");
    expect(find("classes")?.querySelector("input")).toBeNull();
    expect(find("classes-undo")).toBeNull();
  });

  test("are added, merged, split and brought back by buttons; keys typed there answer no card", async () => {
    await deal(["a", "b"], { classes: "t1", task });
    find("action-classes")?.click();
    await settled();
    await wire.reply(wire.last("classes"), told("t1"));
    const field = (id: string, value: string) => {
      const input = find(id) as HTMLInputElement;
      input.value = value;
      input.dispatchEvent(new InputEvent("input", { bubbles: true }));
      return input;
    };
    const submit = async (input: HTMLInputElement) => {
      await settled();
      input.form?.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
      return wire.last("reclass").body.change;
    };
    expect(await submit(field("class-new", "praise"))).toEqual({ op: "add", label: { name: "praise" } });
    for (const name of ["ham", "other"])
      el.querySelector<HTMLElement>(`[aria-label="Choose ${name} to merge"]`)?.click();
    await settled();
    expect(await submit(field("merge-into", "ham"))).toEqual({ op: "merge", names: ["ham", "other"], into: "ham" });
    el.querySelector<HTMLElement>('[aria-label="Split advert"]')?.click();
    await settled();
    const into = field("split-into", "shop, fraud");
    expect(await submit(into)).toEqual({ op: "split", name: "advert", into: ["shop", "fraud"], to: null });
    find("classes-undo")?.click();
    expect(wire.last("reclass").body.change).toEqual({ op: "undo" });
    press("1", {}, into);
    expect(actions()).toEqual([]);
    press("Escape", {}, into);
    await settled();
    expect(find("classes")).toBeNull();
    expect(document.activeElement).toBe(find("card"));
  });
});

describe("many labels", () => {
  const labels = Array.from({ length: 150 }, (_, i) => ({ name: `class ${i}`, color: "#3b6fd4" }));
  const many = { task: { kind: "classification" as const, labels } };

  test("are found by typing, and Enter takes the first", async () => {
    await deal(["a", "b"], many);
    press("/");
    const filter = find("filter") as HTMLInputElement;
    expect(document.activeElement).toBe(filter);
    filter.value = "class 14";
    filter.dispatchEvent(new InputEvent("input", { bubbles: true }));
    await settled();
    expect(el.querySelectorAll("[data-testid=choice]")).toHaveLength(11);
    press("Enter", {}, filter);
    await settled();
    expect(actions()[0]).toMatchObject({ value: "class 14" });
    expect(document.activeElement).toBe(find("card"));
    expect(el.querySelectorAll("[data-testid=choice]")).toHaveLength(150);
  });

  test("are left with Escape, and Enter on an empty field takes nothing", async () => {
    await deal(["a"], many);
    press("/");
    press("Enter", {}, find("filter"));
    press("/");
    press("Escape", {}, find("filter"));
    expect(document.activeElement).toBe(find("card"));
    expect(wire.all("tell")).toEqual([]);
  });
});

describe("two views of one widget", () => {
  test("show the same card, and one of them may go", async () => {
    const another = open();
    const { place, leave } = another();
    const cards = ["a", "b", "c"].map((sample) => cardOf(sample));
    await wire.reply(wire.last("deal"), { body: { kind: "cards", cards } });
    press("1");
    expect([current(), current(place)]).toEqual(["b", "b"]);
    leave?.();
    press("1");
    expect(current()).toBe("c");
    expect(wire.all("tell")).toHaveLength(2);
  });
});

test("a loop without a model shows no model", async () => {
  await deal(["a"], { model: false });
  expect([find("probability"), find("action-why"), find("accuracy")]).toEqual([null, null, null]);
});

test("why this one is shown on demand, and Escape closes it", async () => {
  await deal(["a"]);
  press("?");
  await settled();
  expect(find("why")?.textContent).toContain("margin");
  press("Escape");
  await settled();
  expect(find("why")).toBeNull();
});

test("a static summary of the same dataset is hidden while the widget lives", async () => {
  await deal(["a"]);
  const styles = () => [...document.head.querySelectorAll("style")].map((style) => style.textContent);
  expect(styles()).toContain('.nbloop-static[data-nbloop="d"]{display:none}');
  close();
  expect(styles()).toEqual([]);
});

test("the theme follows the notebook", async () => {
  await deal(["a"]);
  expect(el.dataset.theme).toBe("light");
  document.body.dataset.jpThemeLight = "false";
  await vi.waitFor(() => expect(el.dataset.theme).toBe("dark"));
});

test("after the end of the widget nothing listens", async () => {
  await deal(["a"]);
  close();
  expect(wire.listeners()).toBe(0);
  expect(el.textContent).toBe("");
});
