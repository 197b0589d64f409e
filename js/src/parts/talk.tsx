// What was written about a case, and the field to write more: into the discussion, or along with the decision.
import type { RefObject, TargetedKeyboardEvent, VNode } from "preact";
import { useLayoutEffect } from "preact/hooks";
import type { Bench } from "../bench";
import type { HeldCase } from "../docket";

interface Props {
  bench: Bench;
  held: HeldCase;
  note: string;
  field: RefObject<HTMLTextAreaElement | null>;
  onLeave(): void;
}

export function Talk({ bench, held, note, field, onLeave }: Props): VNode | null {
  useLayoutEffect(() => {
    if (field.current && field.current.value !== note) field.current.value = note;
  }, [held.sample, note]);
  if (held.own) return null;
  const press = (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    if (event.isComposing) return;
    const adds = event.key === "Enter" && !event.shiftKey;
    if (!adds && event.key !== "Escape") return;
    event.preventDefault();
    if (adds) bench.discuss(event.currentTarget.value);
    onLeave();
  };
  return (
    <section class="nbloop-talk" aria-label="Discussion">
      <h3>Discussion</h3>
      <Remarks held={held} me={bench.config.annotator} />
      <label class="nbloop-note">
        <span>A note: Enter adds it here; left unsent, it goes with your decision</span>
        <textarea
          ref={field}
          data-testid="note"
          rows={2}
          defaultValue={note}
          onInput={(event) => bench.note(held.sample, event.currentTarget.value)}
          onKeyDown={press}
        />
      </label>
    </section>
  );
}

function Remarks({ held, me }: { held: HeldCase; me: string }): VNode {
  if (held.votes === null) return <p class="nbloop-quiet">Hidden like the votes.</p>;
  if (held.notes.length === 0) return <p class="nbloop-quiet">Nobody has written anything.</p>;
  return (
    <ul data-testid="remarks">
      {held.notes.map(({ annotator, text }, i) => (
        <li key={`${i}:${annotator}`} dir="auto">
          <span class="nbloop-quiet">{annotator === "" || annotator === me ? "you" : annotator}</span>
          <p>{text}</p>
        </li>
      ))}
    </ul>
  );
}
