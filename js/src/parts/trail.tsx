// The last answers, newest first: what was said, and what undo would take back.
import type { VNode } from "preact";
import type { Deck } from "../deck";
import type { Choice } from "../labels";
import type { Mark, Recent } from "../protocol";

const SHOWN = 12;
const WORDS: Record<string, string> = { skip: "later", reject: "rejected", flag: "flagged" };

export function Trail({
  deck,
  unsaved,
  choices,
}: {
  deck: Deck;
  unsaved: readonly Mark[];
  choices: readonly Choice[];
}): VNode | null {
  const pending = new Set(unsaved.map(({ id }) => id));
  const answers = lastAnswers(deck).slice(-SHOWN).reverse();
  if (answers.length === 0) return null;
  return (
    <ol class="nbloop-trail" data-testid="trail" aria-label="Last answers, newest first">
      {answers.map(({ event, kind, value, sample }) => (
        <li
          key={event}
          class="nbloop-chip"
          data-pending={pending.has(event)}
          title={`Sample ${sample}`}
          style={{ "--color": choices.find(({ name }) => name === value)?.color }}
        >
          {kind === "annotate" && <span class="nbloop-dot" aria-hidden="true" />}
          {value ?? WORDS[kind] ?? kind}
        </li>
      ))}
    </ol>
  );
}

/** What the kernel knows to stand, then what was answered here since; oldest first. */
export function lastAnswers(deck: Deck): Recent[] {
  const known = (deck.view?.recent ?? []).filter(({ event }) => !deck.undone.includes(event));
  const events = new Set(known.map(({ event }) => event));
  const newest = deck.answers.findLastIndex(({ mark }) => events.has(mark.id));
  return [...known, ...deck.answers.slice(newest + 1).map(({ mark }) => recentOf(mark))];
}

function recentOf({ id, action }: Mark): Recent {
  return {
    event: id,
    sample: "sample" in action ? action.sample : "",
    kind: action.kind,
    value: action.kind === "annotate" ? action.value : null,
  };
}
