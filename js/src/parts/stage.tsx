// Where the card lies. It holds the focus, so keys reach the labeler; the next cards lie drawn underneath.
import type { RefObject, VNode } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Face } from "../cards/face";
import { remaining } from "../dealer";
import type { HeldCard } from "../deck";
import type { Scene } from "../desk";
import type { Config, Explained, Part } from "../protocol";

/** Cards drawn ahead, so that the next one needs no work. */
const AHEAD = 2;

interface Props {
  config: Config;
  scene: Scene;
  /** What counts in a card, while somebody asks why: marked also in those underneath, so that turning draws nothing. */
  explained: (card: HeldCard) => Explained | undefined;
  stage: RefObject<HTMLDivElement | null>;
}

export function Stage({ config, scene, explained, stage }: Props): VNode {
  const { cards, note, view } = scene.deck;
  const current = cards[0];
  const [settled, setSettled] = useState<string>();
  useEffect(() => setSettled(current?.sample), [current?.sample]);
  const scrolled = useRef(false);
  useLayoutEffect(() => {
    if (!scrolled.current) return; // asking the page where it is would cost a layout with every card
    scrolled.current = false;
    stage.current?.scrollTo(0, 0);
  }, [current?.sample]);
  // Turning to the next card draws nothing new: the one further ahead is drawn after it was painted.
  const drawn = settled === current?.sample ? AHEAD + 1 : AHEAD;
  return (
    <div class="nbloop-desk">
      <div
        ref={stage}
        class="nbloop-stage"
        data-testid="card"
        data-sample={current?.sample}
        data-kind={config.content}
        role="application"
        aria-roledescription="labeling card"
        aria-label={current ? "Sample to label. Keys answer it." : "No sample"}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the card holds the focus, so that keys reach the labeler
        tabIndex={0}
        onScroll={() => {
          scrolled.current = true;
        }}
      >
        {cards.slice(0, drawn).map((card, i) => (
          <Place key={card.sample} card={card} current={i === 0} explained={explained(card)} />
        ))}
        {!current && <Empty config={config} scene={scene} />}
        {current && (
          <div class="nbloop-badges">
            {current.golden && (
              <span class="nbloop-chip" data-tone="gold">
                golden set
              </span>
            )}
            {current.flagged && (
              <span class="nbloop-chip" data-tone="flag" data-testid="flagged">
                ⚑ flagged
              </span>
            )}
            {current.blind && (
              <span class="nbloop-chip" data-testid="asked-blind" title={BLIND}>
                asked blind
              </span>
            )}
            {note && (
              <span class="nbloop-chip" data-testid="noted" title={note}>
                ✎ note
              </span>
            )}
          </div>
        )}
        {view === null && <p class="nbloop-empty">Waiting for the kernel…</p>}
      </div>
    </div>
  );
}

const NOTHING: { parts: readonly Part[]; grid?: number } = { parts: [] };
const BLIND = "What the model makes of this one stays hidden, so that its influence can be measured.";

interface PlaceProps {
  card: HeldCard;
  current: boolean;
  explained: Explained | undefined;
}

/** One card's place, drawn anew only when the card itself or what counts in it changes. */
function Place({ card, current, explained }: PlaceProps): VNode {
  const { parts, grid } = explained ?? NOTHING;
  const face = useMemo(() => <Face card={card} parts={parts} grid={grid} />, [card.content, card.bytes, parts]);
  return (
    <div class="nbloop-face" data-current={current} data-explained={explained?.model} inert={!current} role="document">
      {face}
    </div>
  );
}

function Empty({ config, scene }: { config: Config; scene: Scene }): VNode | null {
  const { view, dealt } = scene.deck;
  if (view === null) return null;
  if (remaining(config, view) > 0 || dealt !== 0) return <p class="nbloop-empty">Fetching the next samples…</p>;
  const { labels, rejected, flagged, verified } = view.counts;
  return (
    <div class="nbloop-empty" data-testid="done">
      <strong>Nothing left to ask</strong>
      <p>
        {config.queue === "golden"
          ? `${verified} golden samples are verified.`
          : `${labels} samples are labelled, ${rejected} rejected, ${flagged} flagged.`}
      </p>
    </div>
  );
}
