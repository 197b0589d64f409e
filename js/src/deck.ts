// The state of the screen: which cards are held, what was answered here, and what is about to be said.
// A pure function of events; it knows no document, no time and no kernel.
import type { Card, Mark, Recent, View } from "./protocol";

/** A card as the page holds it: with its content, the bytes of an image beside it, and the model that it was dealt by. */
export type HeldCard = Card & {
  content: NonNullable<Card["content"]>;
  bytes?: DataView<ArrayBuffer>;
  model?: string | null;
};

/** An answer made in this page that stands. */
export interface Answer {
  mark: Mark;
  card: HeldCard;
}

export interface Deck {
  /** The first one is current. */
  cards: readonly HeldCard[];
  /** The sample that the newest ranking puts next, while the one before it keeps that place. */
  behind: string | null;
  /** How many were held just after the last deal; undefined before the first. */
  dealt: number | undefined;
  /** The newest ranking that cards were asked of. */
  asked: number;
  /** Samples answered since cards were last asked for: a reply under way may still hold them. */
  since: readonly string[];
  /** Oldest first. */
  answers: readonly Answer[];
  /** Events taken back in this page; an older view may still show them. */
  undone: readonly string[];
  /** The version of the model that the last cards were dealt with. */
  model: string | null;
  note: string;
  blind: boolean;
  /** Whether the current card showed probabilities at any time. */
  seen: boolean;
  view: View | null;
}

/** Cards with the probabilities of a model; `keep` names the next card where it is to stay for now. */
export interface Dealt {
  kind: "dealt";
  cards: readonly HeldCard[];
  hold: readonly string[];
  model: string | null;
  keep?: string | undefined;
}

export type DeckEvent =
  | { kind: "asked" }
  | Dealt
  | { kind: "promoted" }
  | { kind: "answered"; mark: Mark }
  | { kind: "undone"; target: string }
  | { kind: "heard"; mark: Mark }
  | { kind: "withdrawn"; target: string }
  | { kind: "reclassed" }
  | { kind: "refused"; ids: readonly string[] }
  | { kind: "flagged"; on: boolean }
  | { kind: "noted"; sample: string; note: string }
  | { kind: "blinded"; blind: boolean }
  | { kind: "viewed"; view: View };

/** Answers kept for undo; older ones are undone through the kernel. */
const HISTORY = 100;
const LOW = 10;

export function emptyDeck(blind: boolean): Deck {
  return {
    cards: [],
    behind: null,
    dealt: undefined,
    asked: -1,
    since: [],
    answers: [],
    undone: [],
    model: null,
    note: "",
    blind,
    seen: !blind,
    view: null,
  };
}

export function reduce(deck: Deck, event: DeckEvent): Deck {
  switch (event.kind) {
    case "asked":
      return { ...deck, asked: deck.view?.queue ?? deck.asked, since: [] };
    case "dealt":
      return keep(deal(deck, event), deck.cards[1], event);
    case "promoted":
      return promote(deck);
    case "answered":
      return answer(deck, event.mark);
    case "undone":
      return undo(deck, event.target);
    case "heard":
      return hear(deck, event.mark.action);
    case "withdrawn":
      return withdraw(deck, event.target);
    case "reclassed":
      return unsaid(deck);
    case "refused":
      return { ...deck, answers: deck.answers.filter(({ mark }) => !event.ids.includes(mark.id)) };
    case "flagged":
      return { ...deck, cards: deck.cards.map((card, i) => (i === 0 ? { ...card, flagged: event.on } : card)) };
    case "noted":
      return deck.cards[0]?.sample === event.sample ? { ...deck, note: event.note } : deck;
    case "blinded":
      return { ...deck, blind: event.blind, seen: deck.seen || !event.blind };
    case "viewed":
      return look(deck, event.view);
  }
}

/** Replace the tail. The current card keeps its place and its content; only what the model says of it is renewed. */
function deal(deck: Deck, { cards, hold, model }: Dealt): Deck {
  const away = new Set([...hold, ...deck.since, ...gone(deck, deck.view?.recent ?? [])]);
  const current = deck.cards[0];
  const again = current && cards.find((card) => card.sample === current.sample);
  const first = current && [again ? { ...current, proba: again.proba ?? null, why: again.why, model } : current];
  const tail = cards.filter((card) => card.sample !== current?.sample && !away.has(card.sample));
  const next = [...(first ?? []), ...tail.map((card) => ({ ...card, model }))];
  return turn(deck, { ...deck, cards: next, behind: null, dealt: next.length, model });
}

/** Leave the next card in its place for now, unless it is answered. */
function keep(deck: Deck, next: HeldCard | undefined, event: Dealt): Deck {
  const [current, ...tail] = deck.cards;
  const first = tail[0];
  if (!current || !first || !next || next.sample !== event.keep || next.sample === first.sample) return deck;
  const away = new Set([...event.hold, ...deck.since, ...gone(deck, deck.view?.recent ?? [])]);
  if (away.has(next.sample)) return deck;
  const kept = tail.find(({ sample }) => sample === next.sample) ?? next;
  return { ...deck, cards: [current, kept, ...tail.filter((card) => card !== kept)], behind: first.sample };
}

/** What a model said of other classes is no more, also of a card that an undo brings back. */
function unsaid(deck: Deck): Deck {
  const bare = (card: HeldCard): HeldCard => ({ ...card, proba: null });
  const answers = deck.answers.map((answer) => ({ ...answer, card: bare(answer.card) }));
  return { ...deck, cards: deck.cards.map(bare), answers };
}

/** Put next what the newest ranking puts next. */
function promote(deck: Deck): Deck {
  const [current, ...tail] = deck.cards;
  const next = tail.filter(({ sample }) => sample === deck.behind);
  const cards = current ? [current, ...next, ...tail.filter((card) => !next.includes(card))] : [];
  return { ...deck, cards, behind: null };
}

function answer(deck: Deck, mark: Mark): Deck {
  const [card, ...cards] = deck.cards;
  if (!card || !("sample" in mark.action) || mark.action.sample !== card.sample) return deck;
  const answers = [...deck.answers, { mark, card }].slice(-HISTORY);
  return turn(deck, { ...deck, cards, answers, since: [...deck.since, card.sample] });
}

/** An answer made here brings its card back at once, with its note; another one comes with the next deal. */
function undo(deck: Deck, target: string): Deck {
  const undone = [...deck.undone, target];
  const taken = deck.answers.find((answer) => answer.mark.id === target);
  if (!taken) return { ...deck, undone };
  const { card, mark } = taken;
  const cards = [card, ...deck.cards.filter((other) => other.sample !== card.sample)];
  const answers = deck.answers.filter((answer) => answer !== taken);
  const since = deck.since.filter((sample) => sample !== card.sample);
  const note = "rationale" in mark.action ? (mark.action.rationale ?? "") : "";
  return { ...turn(deck, { ...deck, cards, answers, undone, since }), note };
}

/** Another labeler of this person has told something: what is answered there is not asked here. */
function hear(deck: Deck, action: Mark["action"]): Deck {
  if (action.kind === "undo") return withdraw(deck, action.target);
  if (action.kind === "flag") {
    const flag = (card: HeldCard) => (card.sample === action.sample ? { ...card, flagged: action.on ?? true } : card);
    return { ...deck, cards: deck.cards.map(flag) };
  }
  if (action.kind === "discuss" || action.kind === "probe") return deck;
  return turn(deck, { ...without(deck, [action.sample]), since: [...deck.since, action.sample] });
}

/** Take an answer back without its card: it comes with the next deal, wherever it is wanted. */
function withdraw(deck: Deck, target: string): Deck {
  const answers = deck.answers.filter(({ mark }) => mark.id !== target);
  return { ...deck, answers, undone: [...deck.undone, target] };
}

/** Let cards go; the one in front of a person who is writing a note stays. */
function without(deck: Deck, samples: readonly string[]): Deck {
  const away = new Set(samples);
  return { ...deck, cards: deck.cards.filter((card, i) => !away.has(card.sample) || (i === 0 && deck.note !== "")) };
}

/** Take a view that is not older, and let cards go that were answered elsewhere. */
function look(deck: Deck, view: View): Deck {
  if (deck.view && view.rev < deck.view.rev) return deck;
  const known = new Set(deck.view?.recent?.map((recent) => recent.event));
  const fresh = (view.recent ?? []).filter((recent) => !known.has(recent.event) && recent.kind === "skip");
  const away = [...gone(deck, view.recent ?? []), ...standing(deck, fresh)];
  return turn(deck, { ...without(deck, away), view });
}

/** Samples with an answer that ends their being asked; a skipped one may rightly come again. */
function gone(deck: Deck, recent: readonly Recent[]): string[] {
  return standing(
    deck,
    recent.filter(({ kind }) => kind === "annotate" || kind === "reject"),
  );
}

function standing(deck: Deck, recent: readonly Recent[]): string[] {
  return recent.filter(({ event }) => !deck.undone.includes(event)).map(({ sample }) => sample);
}

/** A new current card starts without a note, and unseen when blind; what comes behind it is settled. */
function turn(before: Deck, after: Deck): Deck {
  if (before.cards[0]?.sample === after.cards[0]?.sample) return after;
  return { ...after, behind: null, note: "", seen: !after.blind };
}

/** Whether it is time to ask for cards: never asked, ranked anew, or run low. */
export function wantsCards(deck: Deck): boolean {
  if (deck.dealt === undefined || (deck.view?.queue ?? 0) > deck.asked) return true;
  return deck.cards.length < LOW && deck.cards.length < deck.dealt;
}

/** What undo would take back: the last answer of this page, else the last one that the kernel knows. */
export function undoTarget(deck: Deck): string | undefined {
  const recent = deck.view?.recent?.filter(({ event }) => !deck.undone.includes(event));
  return deck.answers.at(-1)?.mark.id ?? recent?.at(-1)?.event;
}
