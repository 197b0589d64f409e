// The error that is looked at: the sample, who said what, what is near it, and what it is put down to.
import type { RefObject, TargetedKeyboardEvent, VNode } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import { Face } from "../cards/face";
import { percent } from "../parts/header";
import { Key } from "../parts/key";
import type { Mistake, Neighbour, Reason } from "../protocol";
import type { Book } from "./book";
import { Label } from "./label";
import type { Case, Scene } from "./scene";

interface Props {
  book: Book;
  scene: Scene;
  note: RefObject<HTMLTextAreaElement | null>;
  onLeave(): void;
}

export function Detail({ book, scene, note, onLeave }: Props): VNode | null {
  const { current, opened, lines } = scene;
  if (!current) return null;
  const here = opened?.card.sample === current.sample ? opened : undefined;
  const gone = lines.asked && lines.at(lines.place)?.id !== current.id && lines.line(lines.place) !== undefined;
  return (
    <article class="nbloop-case" data-testid="case" data-sample={current.sample} aria-label="The error looked at">
      {(gone || (lines.asked && lines.total === 0)) && (
        <p class="nbloop-notice" data-tone="good" data-testid="solved">
          No longer in this list: the model or an answer changed. It stays here until you move on.
        </p>
      )}
      <div class="nbloop-sample" data-kind={book.config.content}>
        {here ? <Face key={current.sample} card={here.card} parts={NONE} /> : <p class="nbloop-quiet">…</p>}
      </div>
      <Sides mistake={current} now={here} />
      <Reasons book={book} reasons={scene.tally?.reasons ?? []} current={current} />
      <Rationale book={book} scene={scene} note={note} onLeave={onLeave} />
      {here && here.neighbours.length > 0 && <Near neighbours={here.neighbours} />}
    </article>
  );
}

const NONE: readonly never[] = [];

function Sides({ mistake, now }: { mistake: Mistake; now: Case | undefined }): VNode {
  const { label, predicted, confidence, annotator, source } = mistake;
  return (
    <dl class="nbloop-sides">
      <div>
        <dt>{source === "golden" ? "Golden label" : `${annotator || "A person"} said`}</dt>
        <dd>
          <Label name={label} />
        </dd>
      </div>
      <div>
        <dt>The model said</dt>
        <dd>
          <Label name={predicted} /> {confidence != null && <b>{percent(confidence)}</b>}
        </dd>
      </div>
      {now?.predicted && source !== "golden" && (
        <div>
          <dt>The model now</dt>
          <dd>
            <Label name={now.predicted} /> {now.confidence != null && <b>{percent(now.confidence)}</b>}
          </dd>
        </div>
      )}
      {mistake.now != null && (
        <div>
          <dt>Label in force</dt>
          <dd>
            <Label name={mistake.now} />
          </dd>
        </div>
      )}
    </dl>
  );
}

function Reasons({ book, reasons, current }: { book: Book; reasons: readonly Reason[]; current: Mistake }): VNode {
  return (
    <div class="nbloop-reasons" role="toolbar" aria-label="Put it down to">
      {reasons.map(({ name, key, calls_for, description }) => (
        <button
          key={name}
          type="button"
          class="nbloop-action"
          data-testid="reason"
          data-reason={name}
          aria-pressed={current.reason === name}
          aria-keyshortcuts={key}
          title={[description, calls_for && `calls for ${calls_for}`].filter(Boolean).join("; ")}
          onClick={() => book.putDown(name)}
        >
          {key && <Key sign={key} />} {name}
        </button>
      ))}
      <span class="nbloop-gap" />
      <button
        type="button"
        class="nbloop-action"
        data-testid="undo"
        aria-keyshortcuts="Backspace Control+Z"
        aria-disabled={!book.undoable}
        onClick={() => book.undo()}
      >
        <Key sign="⌫" /> Undo
      </button>
      <button
        type="button"
        class="nbloop-action"
        data-testid="queue-this"
        aria-keyshortcuts="+"
        title="Queue this error to be looked at again"
        onClick={() => book.queueThis()}
      >
        <Key sign="+" /> Queue
      </button>
    </div>
  );
}

interface RationaleProps {
  book: Book;
  scene: Scene;
  note: RefObject<HTMLTextAreaElement | null>;
  onLeave(): void;
}

/** A note on why: it goes with the reason. */
function Rationale({ book, scene: { current, note: kept }, note, onLeave }: RationaleProps): VNode {
  const was = kept || (current?.rationale ?? "");
  const [text, setText] = useState(was);
  useLayoutEffect(() => setText(was), [was, current?.id]);
  const press = (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    if (event.isComposing) return;
    const leaves = event.key === "Escape";
    if (!leaves && (event.key !== "Enter" || event.shiftKey)) return;
    event.preventDefault();
    if (leaves) setText(was);
    else book.keep(text);
    onLeave();
  };
  return (
    <label class="nbloop-note">
      <span>
        <Key sign="↵" /> Why: Enter keeps it for the next reason
        <span class="nbloop-hint">Click the list to use the keys</span>
      </span>
      <textarea
        ref={note}
        data-testid="rationale"
        rows={1}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={press}
        onBlur={() => text !== was && book.keep(text)}
      />
    </label>
  );
}

function Near({ neighbours }: { neighbours: readonly Neighbour[] }): VNode {
  return (
    <section class="nbloop-near" aria-label="Nearest labelled samples" data-testid="near">
      <h3>Nearest labelled samples</h3>
      <ul>
        {neighbours.map(({ sample, label, distance, brief }) => (
          <li key={sample}>
            <Label name={label} />
            <span class="nbloop-brief" dir="auto">
              {brief}
            </span>
            <span class="nbloop-quiet" title="Distance in the space of the features">
              {distance.toPrecision(2)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
