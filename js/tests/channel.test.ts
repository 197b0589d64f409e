import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Channel, type Link, PATIENCE_MS, RequestFailed } from "../src/channel";
import { FakeWire, viewOf } from "./wire";

let wire: FakeWire;
let links: Link[];
let ending: AbortController;
let channel: Channel;
const welcome = { body: { kind: "welcome" as const, view: viewOf() } };
const noRounds = { body: { kind: "rounds" as const, rounds: [] } };

beforeEach(() => {
  vi.useFakeTimers();
  wire = new FakeWire();
  links = [];
  ending = new AbortController();
  channel = new Channel(wire.model, (link) => links.push(link), ending.signal);
});

afterEach(() => {
  ending.abort();
  vi.useRealTimers();
});

test("a reply resolves its own request, whatever the order", async () => {
  const first = channel.request({ kind: "rounds", after: 0 });
  const second = channel.request({ kind: "hello" });
  await wire.reply(wire.last("hello"), welcome);
  await wire.reply(wire.last("rounds"), noRounds);
  expect((await second).body.kind).toBe("welcome");
  expect((await first).body.kind).toBe("rounds");
});

test("an error as reply rejects with what a person should read", async () => {
  const asked = channel.request({ kind: "confusion" }).catch((error: unknown) => error);
  await wire.reply(wire.last("confusion"), { error: { code: "not-trained", message: "Nothing to learn from yet." } });
  const error = await asked;
  expect(error).toBeInstanceOf(RequestFailed);
  expect((error as RequestFailed).problem.code).toBe("not-trained");
});

test("a second reply to the same request is ignored", async () => {
  const asked = channel.request({ kind: "hello" });
  const request = wire.last("hello");
  await wire.reply(request, welcome);
  await wire.reply(request, { error: { code: "x", message: "late" } });
  expect((await asked).body.kind).toBe("welcome");
});

test("a kernel that does not answer is silent, and is greeted until it does", async () => {
  void channel.request({ kind: "rounds", after: 0 });
  await vi.advanceTimersByTimeAsync(PATIENCE_MS + 60_000);
  expect(links).toEqual(["silent"]);
  const greetings = wire.all("hello");
  expect(greetings.length).toBeGreaterThan(3);
  expect(new Set(greetings.map(({ id }) => id)).size).toBe(1);
  expect(wire.all("rounds")).toHaveLength(1);
});

test("the first sign of life sends what is still unanswered once more, with the same id", async () => {
  const asked = channel.request({ kind: "rounds", after: 0 });
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  await wire.reply(wire.last("hello"), welcome);
  expect(links).toEqual(["silent", "up"]);
  const [first, again, ...more] = wire.all("rounds");
  expect(again?.id).toBe(first?.id);
  expect(more).toEqual([]);
  await wire.reply(wire.last("rounds"), noRounds);
  expect((await asked).body.rounds).toEqual([]);
});

test("a request that got lost while others are answered is sent again", async () => {
  void channel.request({ kind: "rounds", after: 0 });
  await vi.advanceTimersByTimeAsync(10);
  void channel.request({ kind: "hello" });
  await wire.reply(wire.last("hello"), welcome);
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  expect(wire.all("rounds")).toHaveLength(2);
  expect(links).toEqual(["up"]);
});

test("a clock that is set back delays nothing", async () => {
  void channel.request({ kind: "rounds", after: 0 });
  vi.setSystemTime(Date.now() - 3_600_000);
  await vi.advanceTimersByTimeAsync(10);
  void channel.request({ kind: "hello" });
  await wire.reply(wire.last("hello"), welcome);
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  expect(wire.all("rounds")).toHaveLength(2);
});

test("a page that cannot send says so and tries on", async () => {
  wire.broken = new Error("Cannot send");
  const asked = channel.request({ kind: "rounds", after: 0 });
  expect(links).toEqual(["gone"]);
  wire.broken = undefined;
  await vi.advanceTimersByTimeAsync(2_000);
  await wire.reply(wire.last("hello"), welcome);
  await wire.reply(wire.last("rounds"), noRounds);
  expect((await asked).body.kind).toBe("rounds");
});

test("after the end nothing is sent and nobody listens", async () => {
  void channel.request({ kind: "hello" });
  ending.abort();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(wire.sent).toHaveLength(1);
  expect(wire.listeners()).toBe(0);
});
