// The list of errors. It may be long: only the lines in sight are drawn, and only they travel.
import type { RefObject, VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { percent, plural } from "../parts/header";
import type { Mistake } from "../protocol";
import type { Book } from "./book";
import { Label } from "./label";
import type { Order, Scene } from "./scene";
import { titleOf } from "./title";

/** The height of a line, as the stylesheet has it. */
export const LINE = 50;
/** Lines drawn beyond the edges. */
const SPARE = 4;
const SEEN = 7;

interface Props {
  book: Book;
  scene: Scene;
  list: RefObject<HTMLDivElement | null>;
}

export function List({ book, scene, list }: Props): VNode {
  const { lines, current, cluster, order } = scene;
  const [top, setTop] = useState(0);
  const from = Math.max(0, Math.floor(top / LINE) - SPARE);
  const to = Math.min(lines.total - 1, Math.ceil(top / LINE) + SEEN + SPARE);
  const gone = current !== undefined && lines.asked && lines.at(lines.place)?.id !== current.id;
  useLayoutEffect(() => book.need(from, to), [from, to, lines]);
  useFollowing(list, scene);
  const places = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
  return (
    <div class="nbloop-mistakes">
      <header>
        <h3 data-testid="cluster">{titleOf(cluster)}</h3>
        <span class="nbloop-quiet" data-testid="total">
          {lines.asked ? plural(lines.total, "error") : ""}
        </span>
        <Sorting book={book} order={order} />
        <button
          type="button"
          class="nbloop-action"
          data-testid="queue-all"
          aria-keyshortcuts="*"
          aria-disabled={lines.total === 0}
          title="Queue all of these to be looked at again"
          onClick={() => book.queue(cluster, lines.total)}
        >
          Queue all <Sign sign="*" />
        </button>
      </header>
      <div
        ref={list}
        class="nbloop-lines"
        data-testid="list"
        role="listbox"
        aria-label={`${titleOf(cluster)}: keys put an error down to a reason`}
        aria-activedescendant={current && !gone ? `nbloop-error-${lines.place}` : undefined}
        tabIndex={0}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      >
        {lines.asked && lines.total === 0 && <p class="nbloop-quiet nbloop-none">None here any more.</p>}
        <div class="nbloop-spacer" style={{ blockSize: `${lines.total * LINE}px` }}>
          {places.map((place) => (
            <Line
              key={place}
              place={place}
              total={lines.total}
              mistake={lines.line(place)}
              current={place === lines.place && !gone}
              go={() => book.go(place)}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

/** Keep the line that one looks at in sight, and where it was on the screen when the list changes around it. */
function useFollowing(list: RefObject<HTMLDivElement | null>, { lines }: Scene): void {
  const drift = useRef(lines.drift);
  useLayoutEffect(() => {
    const box = list.current;
    if (!box) return;
    const moved = (lines.drift - drift.current) * LINE;
    drift.current = lines.drift;
    if (moved) box.scrollTop += moved;
    else {
      const top = lines.place * LINE;
      if (top < box.scrollTop) box.scrollTop = top;
      else if (top + LINE > box.scrollTop + box.clientHeight) box.scrollTop = top + LINE - box.clientHeight;
    }
  }, [lines.place, lines.drift, lines.asked]);
}

interface LineProps {
  place: number;
  total: number;
  mistake: Mistake | undefined;
  current: boolean;
  go(): void;
}

function Line({ place, total, mistake, current, go }: LineProps): VNode {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the list's, which has the focus
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus and names its active line
    <div
      id={`nbloop-error-${place}`}
      class="nbloop-line"
      data-testid="line"
      data-sample={mistake?.sample}
      data-status={mistake?.status}
      role="option"
      aria-selected={current}
      aria-setsize={total}
      aria-posinset={place + 1}
      style={{ insetBlockStart: `${place * LINE}px` }}
      onClick={go}
    >
      {mistake ? <Told mistake={mistake} /> : <span class="nbloop-quiet">…</span>}
    </div>
  );
}

function Told({ mistake }: { mistake: Mistake }): VNode {
  const { brief, label, predicted, confidence, reason, status, now } = mistake;
  return (
    <>
      <span class="nbloop-brief" dir="auto">
        {brief}
      </span>
      <span class="nbloop-versus">
        <Label name={label} />
        <span class="nbloop-quiet">not</span>
        <Label name={predicted} />
        {confidence != null && <span class="nbloop-quiet nbloop-sure">{percent(confidence)}</span>}
      </span>
      <span class="nbloop-marks">
        {now != null && <span class="nbloop-chip">now {now}</span>}
        {reason && <span class="nbloop-chip">{reason}</span>}
        {(status === "queued" || status === "reviewed") && (
          <span class="nbloop-chip" data-tone={status === "queued" ? "warn" : "good"}>
            {status}
          </span>
        )}
      </span>
    </>
  );
}

function Sorting({ book, order }: { book: Book; order: Order }): VNode {
  return (
    <label class="nbloop-sorting nbloop-quiet">
      <span class="nbloop-spoken">Order</span>
      <select
        value={order}
        data-testid="order"
        onChange={(event) => book.sort(event.currentTarget.value === "new" ? "new" : "sure")}
      >
        <option value="sure">surest first</option>
        <option value="new">newest first</option>
      </select>
    </label>
  );
}

function Sign({ sign }: { sign: string }): VNode {
  return (
    <span class="nbloop-key" aria-hidden="true">
      {sign}
    </span>
  );
}
