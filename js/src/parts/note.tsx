// A note on why: it goes with the next answer of this card.
import type { TargetedKeyboardEvent, VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface Props {
  note: string;
  onKeep(note: string): void;
  onClose(): void;
}

export function Note({ note, onKeep, onClose }: Props): VNode {
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => field.current?.focus(), []);
  // Leaving the field in any way keeps what it says: a click on a label must not lose the note.
  const keep = () => onKeep(field.current?.value ?? note);
  const press = (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    if (event.isComposing) return;
    const leaves = event.key === "Escape";
    if (!leaves && (event.key !== "Enter" || event.shiftKey)) return;
    event.preventDefault();
    if (leaves) event.currentTarget.value = note;
    onClose();
  };
  return (
    <label class="nbloop-note">
      <span>Note for this answer: Enter keeps it, Escape leaves it as it was</span>
      <textarea ref={field} data-testid="note" rows={2} defaultValue={note} onKeyDown={press} onBlur={keep} />
    </label>
  );
}
