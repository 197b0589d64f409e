import { describe, expect, test } from "vitest";
import type { Answer } from "../src/deck";
import { labelsPerMinute, timeFor } from "../src/pace";
import { IDLE_MS, Stopwatch } from "../src/stopwatch";
import { cardOf, markOf } from "./wire";

function answer(seconds: number, kind: "annotate" | "skip" = "annotate"): Answer {
  const mark = markOf("m", "s");
  const action = kind === "skip" ? { kind, sample: "s", seconds } : { ...mark.action, seconds };
  return { mark: { ...mark, action } as Answer["mark"], card: cardOf("s") };
}

describe("active time", () => {
  test("is the time between signs of life", () => {
    const watch = new Stopwatch(0);
    watch.touch(2_000);
    expect(watch.lap(5_000)).toBe(5);
    expect(watch.lap(6_000)).toBe(1);
  });

  test("counts a long pause as a minute", () => {
    const watch = new Stopwatch(0);
    watch.touch(1_000);
    watch.touch(1_000 + 10 * IDLE_MS);
    expect(watch.lap(2_000 + 10 * IDLE_MS)).toBe(62);
  });

  test("stands still while the page is hidden", () => {
    const watch = new Stopwatch(0);
    watch.pause(1_000);
    watch.touch(10_000);
    watch.resume(30_000);
    expect(watch.lap(31_000)).toBe(2);
  });
});

describe("the pace", () => {
  test("is unknown until there are a few labels", () => {
    expect(labelsPerMinute([answer(1), answer(1)])).toBeUndefined();
    expect(labelsPerMinute([answer(2), answer(2), answer(2)])).toBe(30);
  });

  test("pays for postponed samples with time, not with labels", () => {
    expect(labelsPerMinute([answer(2), answer(2), answer(2), answer(6, "skip")])).toBe(15);
  });

  test("gives the time that is left", () => {
    expect([timeFor(10, 60), timeFor(30, 10), timeFor(100, 1)]).toEqual(["10 s", "3 min", "1 h 40 min"]);
  });
});
