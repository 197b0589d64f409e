// One person's place at a desk: what is open in this view, where the focus is, and what keys and clicks do here.
import type { RefObject } from "preact";
import { useCallback, useRef, useState } from "preact/hooks";
import type { Desk } from "../desk";
import { type Intent, intentOf, isForHost, isPressing, isTyping, isUndo } from "../keyboard";
import type { Choice } from "../labels";

export interface Seat {
  stage: RefObject<HTMLDivElement | null>;
  filter: RefObject<HTMLInputElement | null>;
  /** The sample that a note is being written for. */
  noted: string | undefined;
  /** Whether the reasons are shown. */
  asking: boolean;
  /** Whether the classes are being edited. */
  editing: boolean;
  run(intent: Intent): void;
  press(event: KeyboardEvent): void;
  /** A label was picked; after the mouse the card gets the focus back, so that keys work on. */
  choose(choice: Choice, mouse: boolean): void;
  closeNote(): void;
  toggleClasses(): void;
  closeClasses(): void;
  focusCard(): void;
}

export function useSeat(desk: Desk): Seat {
  const stage = useRef<HTMLDivElement>(null);
  const filter = useRef<HTMLInputElement>(null);
  const [noted, setNoted] = useState<string>();
  const [asking, setAsking] = useState(false);
  const [editing, setEditing] = useState(false);
  const focusCard = () => stage.current?.focus({ preventScroll: true });

  const write = () => setNoted(desk.scene.deck.cards[0]?.sample);
  const doing: Record<Exclude<Intent["kind"], "label">, () => void> = {
    confirm: () => desk.confirm() || write(),
    later: () => desk.later(),
    reject: () => desk.reject(),
    flag: () => desk.flag(),
    undo: () => desk.undo(),
    note: write,
    why: () => setAsking(desk.config.model && !asking),
    filter: () => filter.current?.focus(),
    leave: () => (asking ? setAsking(false) : leave()),
  };
  const run = (intent: Intent): void => (intent.kind === "label" ? desk.label(intent.choice) : doing[intent.kind]());
  const press = (event: KeyboardEvent): void => {
    desk.touch();
    if (isForHost(event) && !isUndo(event)) return;
    event.stopPropagation();
    const intent = isTyping(event.target) || isPressing(event) ? undefined : intentOf(event, desk.choices);
    if (!intent) return;
    event.preventDefault();
    if (!event.repeat) run(intent);
  };
  const choose = useCallback(
    (choice: Choice, mouse: boolean): void => {
      desk.label(choice);
      if (mouse) stage.current?.focus({ preventScroll: true });
    },
    [desk],
  );
  const closeNote = (): void => {
    setNoted(undefined);
    focusCard();
  };
  const toggleClasses = (): void => {
    if (!editing) desk.openClasses();
    setEditing(!editing);
  };
  const closeClasses = (): void => {
    setEditing(false);
    focusCard();
  };
  return {
    stage,
    filter,
    noted,
    asking,
    editing,
    run,
    press,
    choose,
    closeNote,
    toggleClasses,
    closeClasses,
    focusCard,
  };
}

/** Give the keys back to the notebook. */
function leave(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}
