// Where errors gather: what is taken for what, parts of the data, and reasons. Each can be chosen, and queued whole.
import type { TargetedKeyboardEvent, VNode } from "preact";
import { useId } from "preact/hooks";
import { percent, plural } from "../parts/header";
import type { Attribution, Pair } from "../protocol";
import type { Book } from "./book";
import { Label } from "./label";
import { Bar, Interval, Row, Rows } from "./rows";
import type { Scene, Tab } from "./scene";
import { SlicesPart } from "./slices";

interface Props {
  book: Book;
  scene: Scene;
}

const TABS: readonly [Tab, string][] = [
  ["pairs", "Confusions"],
  ["slices", "Slices"],
  ["causes", "Reasons"],
];

export function Groups({ book, scene }: Props): VNode {
  const id = useId();
  const turn = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const at = TABS.findIndex(([tab]) => tab === scene.tab);
    const to = TABS[(at + by + TABS.length) % TABS.length]?.[0] ?? "pairs";
    book.turn(to);
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${to}"]`)?.focus();
  };
  return (
    <nav class="nbloop-groups" aria-label="Where errors gather">
      <div class="nbloop-tabs" role="tablist" onKeyDown={turn}>
        {TABS.map(([tab, name]) => (
          <button
            key={tab}
            type="button"
            role="tab"
            data-tab={tab}
            data-testid={`tab-${tab}`}
            id={`${id}-${tab}`}
            aria-selected={tab === scene.tab}
            aria-controls={`${id}-panel`}
            tabIndex={tab === scene.tab ? 0 : -1}
            onClick={() => book.turn(tab)}
          >
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${scene.tab}`}>
        {scene.tab === "pairs" && <Pairs book={book} scene={scene} />}
        {scene.tab === "slices" && <SlicesPart book={book} scene={scene} />}
        {scene.tab === "causes" && <Causes book={book} scene={scene} />}
      </div>
    </nav>
  );
}

function Pairs({ book, scene }: Props): VNode {
  const { pairs = [], pairs_total = 0 } = scene.tally ?? {};
  const most = Math.max(...pairs.map(({ n }) => n), 1);
  return (
    <Rows name="What is taken for what">
      {pairs.map((pair: Pair) => (
        <Row
          key={`${pair.label}\n${pair.predicted}`}
          book={book}
          scene={scene}
          cluster={{ by: "pair", label: pair.label, predicted: pair.predicted }}
          n={pair.n}
        >
          <span class="nbloop-versus">
            <Label name={pair.label} />
            <span class="nbloop-quiet">taken for</span>
            <Label name={pair.predicted} />
          </span>
          <Bar share={pair.n / most} />
        </Row>
      ))}
      {pairs_total > pairs.length && (
        <li class="nbloop-quiet nbloop-rest">and {plural(pairs_total - pairs.length, "rarer pair")}</li>
      )}
    </Rows>
  );
}

function Causes({ book, scene }: Props): VNode {
  const causes = scene.tally?.causes ?? [];
  return (
    <Rows name="What errors are put down to">
      {causes.map((cause: Attribution) => (
        <Row key={cause.reason} book={book} scene={scene} cluster={{ by: "reason", name: cause.reason }} n={cause.n}>
          <span class="nbloop-name">
            {cause.reason || "no reason yet"}
            {cause.calls_for && (
              <span class="nbloop-chip" data-calls={cause.calls_for}>
                {cause.calls_for}
              </span>
            )}
          </span>
          <Interval rate={cause.share} low={cause.low} high={cause.high} />
          <span class="nbloop-figures">
            <b>{percent(cause.share)}</b> of errors ({percent(cause.low)}–{percent(cause.high)})
          </span>
          <span class="nbloop-advice">{cause.advice}</span>
        </Row>
      ))}
    </Rows>
  );
}
