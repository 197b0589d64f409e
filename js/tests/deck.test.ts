import { describe, expect, test } from "vitest";
import { type Deck, type DeckEvent, emptyDeck, reduce, undoTarget, wantsCards } from "../src/deck";
import type { Recent } from "../src/protocol";
import { cardOf, markOf, viewOf } from "./wire";

const deckAfter = (...events: DeckEvent[]): Deck => events.reduce(reduce, emptyDeck(false));
const dealt = (samples: string[], change: Partial<DeckEvent & { kind: "dealt" }> = {}): DeckEvent => ({
  kind: "dealt",
  cards: samples.map((sample) => cardOf(sample)),
  hold: [],
  model: null,
  ...change,
});
const answered = (sample: string): DeckEvent => ({ kind: "answered", mark: markOf(`m-${sample}`, sample) });
const viewed = (rev: number, recent: Recent[] = [], queue = 1): DeckEvent => ({
  kind: "viewed",
  view: viewOf({ rev, queue, recent }),
});
const stands = (sample: string, kind = "annotate"): Recent => ({ event: `m-${sample}`, sample, kind, value: "ham" });
const samples = (deck: Deck) => deck.cards.map(({ sample }) => sample);

describe("a deal", () => {
  test("replaces the tail and leaves the current card in its place", () => {
    expect(samples(deckAfter(dealt(["a", "b", "c"]), dealt(["x", "y"])))).toEqual(["a", "x", "y"]);
  });

  test("renews what the model says of the current card, not what it shows", () => {
    const newer = cardOf("a", { content: { kind: "text", text: "another" }, proba: [0.1, 0.9] });
    const [current] = deckAfter(dealt(["a"]), dealt([], { cards: [newer] })).cards;
    expect(current).toMatchObject({ content: { text: "text of a" }, proba: [0.1, 0.9] });
  });

  test("says of each card which model its probabilities come from", () => {
    const deck = deckAfter(dealt(["a", "b"], { model: "m1" }), viewed(3), dealt(["x"], { model: "m2" }));
    expect(deck.cards.map(({ sample, model }) => [sample, model])).toEqual([
      ["a", "m1"],
      ["x", "m2"],
    ]);
  });

  test("never brings back a sample answered while it was under way", () => {
    const deck = deckAfter(dealt(["a", "b"]), { kind: "asked" }, answered("a"), dealt(["a", "b", "c"]));
    expect(samples(deck)).toEqual(["b", "c"]);
  });

  test("never brings back a sample whose answer was still unsaved when it was asked for", () => {
    expect(samples(deckAfter(dealt(["a", "b"], { hold: ["a"] })))).toEqual(["b"]);
  });

  test("brings back a postponed sample when the kernel deals it again", () => {
    const skipped = viewed(1, [stands("a", "skip")]);
    const deck = deckAfter(dealt(["a"]), answered("a"), skipped, { kind: "asked" }, dealt(["a"]));
    expect(samples(deck)).toEqual(["a"]);
  });
});

describe("a next card that is to keep its place", () => {
  const kept = (samples: string[], change = {}) =>
    deckAfter(dealt(["a", "b", "c"]), dealt(samples, { keep: "b", ...change }));

  test("does so until the one that comes instead is promoted", () => {
    const deck = kept(["a", "x", "b"]);
    expect([samples(deck), deck.behind]).toEqual([["a", "b", "x"], "x"]);
    expect(samples(reduce(deck, { kind: "promoted" }))).toEqual(["a", "x", "b"]);
    expect(samples(reduce(kept(["x"]), { kind: "promoted" }))).toEqual(["a", "x", "b"]);
  });

  test("comes once it is before the person, and then the other", () => {
    const deck = reduce(kept(["x", "y"]), answered("a"));
    expect([samples(deck), deck.behind]).toEqual([["b", "x", "y"], null]);
    expect(samples(reduce(deck, { kind: "promoted" }))).toEqual(["b", "x", "y"]);
  });

  test("does not where it is next anyhow, where nothing else is dealt, or where it is answered", () => {
    expect(kept(["a", "b", "x"]).behind).toBeNull();
    expect(samples(kept([]))).toEqual(["a"]);
    expect(samples(kept(["x"], { hold: ["b"] }))).toEqual(["a", "x"]);
  });
});

describe("other classes", () => {
  test("leave no probabilities, neither on a card nor on one that an undo brings back", () => {
    const deck = deckAfter(dealt(["a", "b"]), answered("a"), { kind: "reclassed" }, { kind: "undone", target: "m-a" });
    expect(deck.cards.map(({ sample, proba }) => [sample, proba])).toEqual([
      ["a", null],
      ["b", null],
    ]);
  });
});

describe("an answer", () => {
  test("turns to the next card and is kept for undo", () => {
    const deck = deckAfter(dealt(["a", "b"]), answered("a"));
    expect(samples(deck)).toEqual(["b"]);
    expect(deck.answers.map(({ card }) => card.sample)).toEqual(["a"]);
  });

  test("of another card than the current one changes nothing", () => {
    const deck = deckAfter(dealt(["a", "b"]));
    expect(reduce(deck, answered("b"))).toBe(deck);
  });

  test("takes the note along: the next card starts without one", () => {
    const deck = deckAfter(dealt(["a", "b"]), { kind: "noted", sample: "a", note: "odd" }, answered("a"));
    expect(deck.note).toBe("");
  });

  test("that the kernel refuses is no answer any more", () => {
    expect(deckAfter(dealt(["a"]), answered("a"), { kind: "refused", ids: ["m-a"] }).answers).toEqual([]);
  });
});

describe("undo", () => {
  test("brings the card back as the current one, with its note", () => {
    const mark = markOf("m-a", "a");
    const noted = { ...mark, action: { ...mark.action, rationale: "odd" } } as typeof mark;
    const deck = deckAfter(dealt(["a", "b"]), { kind: "answered", mark: noted }, { kind: "undone", target: "m-a" });
    expect(samples(deck)).toEqual(["a", "b"]);
    expect(deck.note).toBe("odd");
  });

  test("is not undone by a view that is older than itself", () => {
    const deck = deckAfter(
      dealt(["a", "b"]),
      answered("a"),
      { kind: "undone", target: "m-a" },
      viewed(1, [stands("a")]),
    );
    expect(samples(deck)).toEqual(["a", "b"]);
  });

  test("twice takes back two answers, last one first", () => {
    const deck = deckAfter(dealt(["a", "b", "c"]), answered("a"), answered("b"));
    expect(undoTarget(deck)).toBe("m-b");
    const once = reduce(deck, { kind: "undone", target: "m-b" });
    expect(undoTarget(once)).toBe("m-a");
    expect(samples(reduce(once, { kind: "undone", target: "m-a" }))).toEqual(["a", "b", "c"]);
  });

  test("without an answer of this page goes to the last one that the kernel knows", () => {
    const deck = deckAfter(viewed(1, [stands("x"), stands("y")]));
    expect(undoTarget(deck)).toBe("m-y");
    expect(undoTarget(reduce(deck, { kind: "undone", target: "m-y" }))).toBe("m-x");
  });
});

describe("a view", () => {
  test("that is older than the last one is ignored", () => {
    const deck = deckAfter(viewed(5));
    expect(reduce(deck, viewed(4))).toBe(deck);
  });

  test("takes away what was answered elsewhere, also the current card", () => {
    expect(samples(deckAfter(dealt(["a", "b", "c"]), viewed(1, [stands("a"), stands("c")])))).toEqual(["b"]);
  });

  test("leaves a card that was only discussed elsewhere", () => {
    const mark = { ...markOf("m1", "a"), action: { kind: "discuss" as const, sample: "a", rationale: "hm" } };
    const deck = reduce(deckAfter(dealt(["a", "b"])), { kind: "heard", mark });
    expect(samples(deck)).toEqual(["a", "b"]);
  });

  test("leaves a card for which a note is being kept", () => {
    const deck = deckAfter(dealt(["a", "b"]), { kind: "noted", sample: "a", note: "odd" }, viewed(1, [stands("a")]));
    expect(samples(deck)).toEqual(["a", "b"]);
  });

  test("with a flag in it takes nothing away", () => {
    expect(samples(deckAfter(dealt(["a"]), viewed(1, [stands("a", "flag")])))).toEqual(["a"]);
  });
});

describe("cards are asked for", () => {
  const many = Array.from({ length: 20 }, (_, i) => `s${i}`);

  test("at the start, and not while enough are held", () => {
    expect(wantsCards(emptyDeck(false))).toBe(true);
    expect(wantsCards(deckAfter(viewed(1), { kind: "asked" }, dealt(many)))).toBe(false);
  });

  test("when there is a newer ranking, once", () => {
    const deck = deckAfter(viewed(1), { kind: "asked" }, dealt(many), viewed(2, [], 2));
    expect(wantsCards(deck)).toBe(true);
    expect(wantsCards(reduce(reduce(deck, { kind: "asked" }), dealt(many)))).toBe(false);
  });

  test("when they run low, and not again for the same few", () => {
    const few = ["a", "b", "c"];
    const deck = deckAfter(viewed(1), { kind: "asked" }, dealt(few));
    expect(wantsCards(deck)).toBe(false);
    expect(wantsCards(reduce(deck, answered("a")))).toBe(true);
  });
});

describe("a blind card", () => {
  test("counts as seen once its probabilities were shown, and the next one does not", () => {
    const shown = deckAfter({ kind: "blinded", blind: true }, dealt(["a", "b"]), { kind: "blinded", blind: false });
    expect(shown.seen).toBe(true);
    const next = reduce(reduce(shown, { kind: "blinded", blind: true }), answered("a"));
    expect(next.seen).toBe(false);
  });
});
