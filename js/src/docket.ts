// The state of a review on the screen: which cases are held, what was decided here, and what is about to be said.
// A pure function of events; it knows no document, no time and no kernel.
import type { Ballot, Case, Docket as Dealt, Mark, View } from "./protocol";

/** A case as the page holds it: with its content, and the bytes of an image beside it. */
export type HeldCase = Case & { content: NonNullable<Case["content"]>; bytes?: DataView<ArrayBuffer> };

/** What was done with a case in this page, and stands. */
export interface Act {
  mark: Mark;
  case: HeldCase;
}

/** A vote before the others were seen, and the mark it went off in. */
export interface Said {
  value: string;
  id: string;
}

/** What the kernel says of the whole queue. */
export type Standing = Omit<Dealt, "kind" | "cases">;

export interface Docket {
  /** The first one is current. */
  cases: readonly HeldCase[];
  standing: Standing | null;
  /** Samples done with since cases were last asked for: a reply under way may still hold them. */
  since: readonly string[];
  /** Put off in this page, to come last. */
  last: readonly string[];
  /** Oldest first. */
  acts: readonly Act[];
  /** Events taken back in this page; an older view may still show them. */
  undone: readonly string[];
  /** What the person voted in this page before seeing the votes, by sample. */
  said: Readonly<Record<string, Said>>;
  /** Brought back by undo: it stays although the kernel may not list it yet. */
  pinned: string | null;
  /** What is being written about the current case. */
  note: string;
  view: View | null;
}

export type DocketEvent =
  | { kind: "asked" }
  | { kind: "dealt"; cases: readonly HeldCase[]; standing: Standing; hold: readonly string[] }
  | { kind: "acted"; mark: Mark }
  | { kind: "skipped" }
  | { kind: "said"; mark: Mark }
  | { kind: "revealed"; case: Case }
  | { kind: "undone"; target: string }
  | { kind: "heard"; sample: string }
  | { kind: "refused"; ids: readonly string[] }
  | { kind: "noted"; sample: string; note: string }
  | { kind: "viewed"; view: View };

const HISTORY = 100;

export const EMPTY: Docket = {
  cases: [],
  standing: null,
  since: [],
  last: [],
  acts: [],
  undone: [],
  said: {},
  pinned: null,
  note: "",
  view: null,
};

export function reduce(docket: Docket, event: DocketEvent): Docket {
  switch (event.kind) {
    case "asked":
      return { ...docket, since: [] };
    case "dealt":
      return deal(docket, event.cases, event.standing, event.hold);
    case "acted":
      return act(docket, event.mark);
    case "skipped":
      return skip(docket);
    case "said":
      return say(docket, event.mark);
    case "revealed":
      return reveal(docket, event.case);
    case "undone":
      return undo(docket, event.target);
    case "heard":
      return without(docket, event.sample);
    case "refused":
      return refuse(docket, event.ids);
    case "noted":
      return docket.cases[0]?.sample === event.sample ? { ...docket, note: event.note } : docket;
    case "viewed":
      return docket.view && event.view.rev < docket.view.rev ? docket : { ...docket, view: event.view };
  }
}

/** The current case keeps its place while it waits or somebody writes about it; all others are as the kernel has them. */
function deal(docket: Docket, cases: readonly HeldCase[], standing: Standing, hold: readonly string[]): Docket {
  const away = new Set([...hold, ...docket.since]);
  const current = docket.cases[0];
  const again = cases.find(({ sample }) => sample === current?.sample);
  const stays = docket.note !== "" || docket.pinned === current?.sample;
  const kept = again ?? (stays && current && !away.has(current.sample) ? current : undefined);
  const tail = cases.filter(({ sample }) => sample !== kept?.sample && !away.has(sample));
  const next = kept && !away.has(kept.sample) ? [withMine(docket, kept), ...tail] : tail;
  const missed = new Set(docket.since.filter((sample) => cases.some((one) => one.sample === sample)));
  return turn(docket, {
    ...docket,
    cases: next,
    standing: fewer(standing, missed.size),
    pinned: again ? null : docket.pinned,
  });
}

/** Notes written here stay visible until the kernel has them. */
function withMine(docket: Docket, held: HeldCase): HeldCase {
  const mine = docket.acts.flatMap(({ mark: { action } }) =>
    action.kind === "discuss" && action.sample === held.sample ? [action.rationale] : [],
  );
  const lacking = mine.filter((text) => !held.notes.some((note) => note.text === text));
  return { ...held, notes: [...held.notes, ...lacking.map((text) => ({ annotator: "", text }))] };
}

function act(docket: Docket, mark: Mark): Docket {
  const [current, ...rest] = docket.cases;
  if (!current || !("sample" in mark.action) || mark.action.sample !== current.sample) return docket;
  const acts = [...docket.acts, { mark, case: current }].slice(-HISTORY);
  if (mark.action.kind === "discuss") {
    const written = { ...docket, acts, note: "" };
    return { ...written, cases: [withMine(written, current), ...rest] };
  }
  const last = docket.last.filter((sample) => sample !== current.sample);
  const since = [...docket.since, current.sample];
  return turn(docket, { ...docket, acts, last, since, cases: rest, standing: fewer(docket.standing, 1) });
}

/** A vote leaves its case where it is: the others' votes come as soon as it is saved. */
function say(docket: Docket, mark: Mark): Docket {
  const current = docket.cases[0];
  if (!current || mark.action.kind !== "vote" || mark.action.sample !== current.sample) return docket;
  const said = { ...docket.said, [current.sample]: { value: mark.action.value, id: mark.id } };
  return { ...docket, said, acts: [...docket.acts, { mark, case: current }].slice(-HISTORY) };
}

function unsay(said: Docket["said"], ids: readonly string[]): Docket["said"] {
  return Object.fromEntries(Object.entries(said).filter(([, { id }]) => !ids.includes(id)));
}

function refuse(docket: Docket, ids: readonly string[]): Docket {
  const acts = docket.acts.filter(({ mark }) => !ids.includes(mark.id));
  return { ...docket, acts, said: unsay(docket.said, ids) };
}

function skip(docket: Docket): Docket {
  const [current, ...rest] = docket.cases;
  if (!current) return docket;
  const last = [...docket.last.filter((sample) => sample !== current.sample), current.sample];
  return turn(docket, { ...docket, last, cases: [...rest, current] });
}

function reveal(docket: Docket, shown: Case): Docket {
  const show = (held: HeldCase) =>
    held.sample === shown.sample ? withMine(docket, { ...held, ...shown, content: held.content }) : held;
  return { ...docket, cases: docket.cases.map(show) };
}

/** What was done here brings its case back at once; anything else comes with the next deal. */
function undo(docket: Docket, target: string): Docket {
  const undone = [...docket.undone, target];
  const taken = docket.acts.find(({ mark }) => mark.id === target);
  if (!taken) return { ...docket, undone };
  const { mark } = taken;
  const acts = docket.acts.filter((other) => other !== taken);
  const back = docket.cases.find(({ sample }) => sample === taken.case.sample) ?? taken.case;
  const rest = docket.cases.filter(({ sample }) => sample !== back.sample);
  if (mark.action.kind === "discuss") {
    const text = mark.action.rationale;
    const strip = (held: HeldCase) =>
      held.sample === back.sample ? { ...held, notes: held.notes.filter((note) => note.text !== text) } : held;
    return { ...docket, acts, undone, cases: docket.cases.map(strip) };
  }
  if (mark.action.kind === "vote") {
    const hide = (held: HeldCase) =>
      held.sample === back.sample ? { ...held, votes: null, label: null, notes: [], said: null } : held;
    return { ...docket, acts, undone, said: unsay(docket.said, [target]), cases: docket.cases.map(hide) };
  }
  const since = docket.since.filter((sample) => sample !== back.sample);
  const standing = fewer(docket.standing, -1);
  const next = { ...docket, acts, undone, since, standing, cases: [back, ...rest], pinned: back.sample };
  return { ...turn(docket, next), note: ("rationale" in mark.action && mark.action.rationale) || "" };
}

function without(docket: Docket, sample: string): Docket {
  const kept = docket.cases.filter((held, i) => held.sample !== sample || (i === 0 && docket.note !== ""));
  return turn(docket, { ...docket, cases: kept, since: [...docket.since, sample] });
}

function fewer(standing: Standing | null, by: number): Standing | null {
  return standing && { ...standing, left: Math.max(0, standing.left - by) };
}

/** A new current case starts without a note. */
function turn(before: Docket, after: Docket): Docket {
  return before.cases[0]?.sample === after.cases[0]?.sample ? after : { ...after, note: "" };
}

/** What undo would take back: the last thing done in this page, else the last decision that the kernel knows. */
export function undoTarget(docket: Docket): string | undefined {
  const mine = docket.acts.at(-1)?.mark.id;
  const known = (docket.view?.recent ?? []).filter(
    ({ kind, event }) => (kind === "adjudicate" || kind === "escalate") && !docket.undone.includes(event),
  );
  return mine ?? known.at(-1)?.event;
}

/** How many cases were done with here. */
export function doneHere(docket: Docket): number {
  return docket.acts.filter(({ mark: { action } }) => action.kind !== "discuss" && action.kind !== "vote").length;
}

/** What the person voted of a case before seeing the others' votes, here or in an earlier page. */
export function saidOf(docket: Docket, held: HeldCase): string | undefined {
  return docket.said[held.sample]?.value ?? held.said ?? undefined;
}

/** The votes by label, those with most first; equal ones in the order of the votes. */
export function tally(votes: readonly Ballot[]): { value: string; ballots: Ballot[] }[] {
  const found = new Map<string, Ballot[]>();
  for (const ballot of votes) found.set(ballot.value, [...(found.get(ballot.value) ?? []), ballot]);
  return [...found].map(([value, ballots]) => ({ value, ballots })).sort((a, b) => b.ballots.length - a.ballots.length);
}
