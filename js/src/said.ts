// What the page showed of a sample when it was answered: the provenance that goes with an answer.
import type { HeldCard } from "./deck";
import type { Choice } from "./labels";
import type { Said } from "./protocol";

/** Classes told with an answer, so that it costs the same bytes however many there are. */
const TOP = 5;

export function saidOf(card: HeldCard, choices: readonly Choice[]): Said {
  const { strategy, phase, score, rank } = card.why;
  const ranked = rankedChoices(card, choices).slice(0, TOP);
  const proba = Object.fromEntries(ranked.map(({ name, index }) => [name, card.proba?.[index] ?? 0]));
  return {
    strategy,
    phase,
    score: score ?? null,
    rank: rank ?? null,
    model: card.model ?? null,
    prediction: ranked[0]?.name ?? null,
    proba,
    lot: card.lot ?? null,
    chance: card.chance ?? null,
  };
}

/** The label that the model offers for confirmation; none without a model, and none of what is asked blind. */
export function suggested(card: HeldCard | undefined, choices: readonly Choice[], blind: boolean): Choice | undefined {
  return card && !blind && !card.blind ? rankedChoices(card, choices)[0] : undefined;
}

/** The labels, most probable first; none without a model. */
export function rankedChoices(card: HeldCard, choices: readonly Choice[]): Choice[] {
  const proba = card.proba;
  return proba ? [...choices].sort((a, b) => (proba[b.index] ?? 0) - (proba[a.index] ?? 0)) : [];
}
