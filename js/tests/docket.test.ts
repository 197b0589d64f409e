import { describe, expect, test } from "vitest";
import { EMPTY, reduce, tally, undoTarget } from "../src/docket";
import type { Mark } from "../src/protocol";
import { caseOf, decided, standing } from "./cases";

describe("a docket", () => {
  const dealt = (...samples: string[]) =>
    reduce(EMPTY, { kind: "dealt", cases: samples.map((one) => caseOf(one)), standing: standing(), hold: [] });

  test("moves on with a decision, and an undo brings the case back with its note", () => {
    const mark: Mark = { ...decided("m1", "a"), action: { kind: "escalate", sample: "a", tier: 3, rationale: "hard" } };
    const after = reduce(dealt("a", "b"), { kind: "acted", mark });
    expect([after.cases[0]?.sample, after.standing?.left]).toEqual(["b", 2]);
    const back = reduce(after, { kind: "undone", target: "m1" });
    expect([back.cases[0]?.sample, back.note, back.standing?.left]).toEqual(["a", "hard", 3]);
    expect(undoTarget(back)).toBeUndefined();
  });

  test("does not take back a case that was decided while the reply was under way", () => {
    const asked = reduce(dealt("a", "b"), { kind: "asked" });
    const after = reduce(asked, { kind: "acted", mark: decided("m1", "a") });
    const cases = ["a", "b", "c"].map((one) => caseOf(one));
    const next = reduce(after, { kind: "dealt", cases, standing: standing(), hold: [] });
    expect(next.cases.map(({ sample }) => sample)).toEqual(["b", "c"]);
    expect(next.standing?.left).toBe(2);
  });

  test("keeps a case that somebody writes about, and lets go of one that was decided elsewhere", () => {
    const elsewhere = { kind: "dealt" as const, cases: [caseOf("b")], standing: standing(), hold: [] };
    expect(reduce(dealt("a", "b"), elsewhere).cases[0]?.sample).toBe("b");
    const noted = reduce(dealt("a", "b"), { kind: "noted", sample: "a", note: "well" });
    expect(reduce(noted, elsewhere).cases.map(({ sample }) => sample)).toEqual(["a", "b"]);
  });

  test("keeps a case that undo brought back until the kernel lists it again", () => {
    const undone = reduce(reduce(dealt("a", "b"), { kind: "acted", mark: decided("m1", "a") }), {
      kind: "undone",
      target: "m1",
    });
    const late = reduce(undone, { kind: "dealt", cases: [caseOf("b")], standing: standing(), hold: [] });
    expect(late.cases[0]?.sample).toBe("a");
  });

  test("puts a case off to the end and a note into its discussion, where undo takes it out again", () => {
    const skipped = reduce(dealt("a", "b"), { kind: "skipped" });
    expect([skipped.cases.map(({ sample }) => sample), skipped.last]).toEqual([["b", "a"], ["a"]]);
    const mark: Mark = { ...decided("n1", "b"), action: { kind: "discuss", sample: "b", rationale: "hm" } };
    const noted = reduce(skipped, { kind: "acted", mark });
    expect([noted.cases[0]?.sample, noted.cases[0]?.notes.at(-1)?.text]).toEqual(["b", "hm"]);
    expect(reduce(noted, { kind: "undone", target: "n1" }).cases[0]?.notes).toEqual([]);
  });

  test("counts votes by label, most first", () => {
    const said = ["ham", "spam", "spam"].map((value, i) => ({ annotator: String(i), value }));
    expect(tally(said).map(({ value, ballots }) => [value, ballots.length])).toEqual([
      ["spam", 2],
      ["ham", 1],
    ]);
  });
});
