// Everything one may do with a card besides labeling it.
import type { VNode } from "preact";
import type { Desk, Scene } from "../desk";
import { Key } from "./key";
import type { Seat } from "./seat";

interface Props {
  desk: Desk;
  scene: Scene;
  seat: Seat;
  noting: boolean;
}

export function Actions({ desk, scene: { deck }, seat, noting }: Props): VNode {
  const card = deck.cards[0];
  const none = card === undefined;
  const { run, asking } = seat;
  return (
    <div class="nbloop-actions" role="toolbar" aria-label="Actions">
      <Action
        name="Undo"
        sign="⌫"
        keys="Backspace Control+Z"
        title={UNDO}
        seat={seat}
        run={() => run({ kind: "undo" })}
      />
      <Action
        name="Later"
        sign="␣"
        keys="Space"
        title={LATER}
        seat={seat}
        off={none}
        run={() => run({ kind: "later" })}
      />
      <Action
        name="Reject"
        sign="-"
        keys="-"
        title={REJECT}
        seat={seat}
        off={none}
        run={() => run({ kind: "reject" })}
      />
      <Action
        name="Flag"
        sign="!"
        keys="!"
        title={FLAG}
        seat={seat}
        off={none}
        pressed={card?.flagged ?? false}
        run={() => run({ kind: "flag" })}
      />
      <Action
        name="Note"
        sign="."
        keys="."
        title={NOTE}
        seat={seat}
        off={none}
        pressed={noting}
        run={() => run({ kind: "note" })}
      />
      {desk.config.model && (
        <Action
          name="Why"
          sign="?"
          keys="?"
          title={WHY}
          seat={seat}
          pressed={asking}
          run={() => run({ kind: "why" })}
        />
      )}
      <span class="nbloop-settings">
        {desk.config.model && (
          <Action name="Blind" title={BLIND} seat={seat} pressed={deck.blind} run={() => desk.hideModel(!deck.blind)} />
        )}
        <Action name="Classes" title={CLASSES} seat={seat} pressed={seat.editing} run={() => seat.toggleClasses()} />
      </span>
    </div>
  );
}

const UNDO = "Take the last answer back";
const LATER = "Ask this one again later";
const REJECT = "A bad sample: never ask it again";
const FLAG = "Mark it to be looked at again";
const NOTE = "Say why; it goes with the answer";
const WHY = "Why this one is asked, and what in it counts for the model";
const CLASSES = "Add, rename, merge or split labels, or change their keys and colours";
const BLIND = "Hide what the model thinks";

interface ActionProps {
  name: string;
  sign?: string;
  /** As aria-keyshortcuts wants them. */
  keys?: string;
  title: string;
  seat: Seat;
  off?: boolean;
  pressed?: boolean;
  run(): void;
}

/** A button that keeps the focus when there is nothing to act on: a disabled one would swallow the next key. */
function Action({ name, sign, keys, title, seat, off = false, pressed, run }: ActionProps): VNode {
  return (
    <button
      type="button"
      class="nbloop-action"
      data-testid={`action-${name.toLowerCase()}`}
      aria-keyshortcuts={keys}
      aria-pressed={pressed}
      aria-disabled={off}
      title={title}
      onClick={(event) => {
        if (!off) run();
        if (event.detail > 0 && name !== "Note" && name !== "Classes") seat.focusCard();
      }}
    >
      {name}
      {sign && <Key sign={sign} />}
    </button>
  );
}
