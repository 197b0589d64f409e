// The labeler as one looks at it: puts the parts together.
import type { VNode } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { summary } from "../cards/face";
import type { HeldCard } from "../deck";
import { type Desk, isPaused, type Scene } from "../desk";
import { Markdown } from "../markdown";
import { suggested } from "../said";
import { Actions } from "./actions";
import { Chips } from "./chips";
import { Choices } from "./choices";
import { ClassEditor } from "./classes";
import { Counts } from "./counts";
import { Header } from "./header";
import { Note } from "./note";
import { Notices } from "./notices";
import { type Seat, useSeat } from "./seat";
import { Stage } from "./stage";
import { Trail } from "./trail";
import { Why } from "./why";

interface Props {
  desk: Desk;
  scene: Scene;
}

export function Labeler({ desk, scene }: Props): VNode {
  const seat = useSeat(desk);
  const settled = useSettled(scene);
  useReasons(desk, scene, seat);
  const explained = (card: HeldCard) => {
    const explanation = seat.asking ? desk.explanationOf(card) : undefined;
    return explanation?.kind === "explained" ? explanation : undefined;
  };
  const { noted, asking, editing } = seat;
  // The very same nodes while a card turns: what surrounds the card is not even compared.
  const parts = useMemo(() => around(desk, settled, seat), [desk, settled, noted, asking, editing]);
  return (
    <section
      class="nbloop-labeler"
      data-testid="labeler"
      data-beside={parts.besides}
      data-turning={settled !== scene}
      data-lm-suppress-shortcuts="true"
      aria-label={`Labeler: ${desk.config.title}`}
      onKeyDown={seat.press}
      onPointerMove={() => desk.touch()}
    >
      {parts.above}
      <div class="nbloop-main">
        <Stage config={desk.config} scene={scene} explained={explained} stage={seat.stage} />
        {parts.below}
      </div>
      {parts.beside}
    </section>
  );
}

/** What all but the card is drawn from: when a card turns, it is painted first and the rest right behind that frame. */
function useSettled(scene: Scene): Scene {
  const shown = useRef(scene);
  const [, redraw] = useState(0);
  const [before, now] = [front(shown.current), front(scene)];
  const turning = before !== undefined && now !== undefined && before !== now;
  if (!turning) shown.current = scene;
  useEffect(() => {
    if (!turning) return;
    shown.current = scene;
    redraw((n) => n + 1);
  }, [scene]);
  return shown.current;
}

function front({ deck }: Scene): string | undefined {
  return deck.cards[0]?.sample;
}

interface Around {
  above: VNode;
  below: VNode;
  beside: VNode;
  /** Whether something stands beside the card; a `:has()` of the stylesheet would restyle all with every card. */
  besides: boolean;
}

/** The parts around the card, of one settled scene. */
function around(desk: Desk, scene: Scene, seat: Seat): Around {
  const all = { desk, scene, seat };
  return {
    besides: Boolean(scene.book.task.guidelines) || (seat.asking && front(scene) !== undefined),
    above: <Header config={desk.config} scene={scene} />,
    below: <Below {...all} />,
    beside: (
      <>
        <Side {...all} />
        <Spoken scene={scene} />
      </>
    ),
  };
}

/** Asks why behind the frame that shows a card, for as long as somebody wants to know, or looks at it for long. */
function useReasons(desk: Desk, { deck, link }: Scene, { asking, stage }: Seat): void {
  const [card, next] = deck.cards;
  useEffect(() => {
    if (asking) desk.explain(stage);
    else desk.stopExplaining(stage);
    desk.ponder();
  }, [asking, card?.sample, next?.sample, deck.behind, !card?.proba, deck.model, deck.blind, link]);
  useEffect(() => () => desk.stopExplaining(stage), []);
}

function Below({ desk, scene, seat }: Props & { seat: Seat }): VNode {
  const { config, choices } = desk;
  const { deck } = scene;
  const card = deck.cards[0];
  const editing = seat.editing;
  const told = config.model && !desk.hides;
  const noting = card !== undefined && card.sample === seat.noted;
  return (
    <>
      {noting && <Note note={deck.note} onKeep={(note) => desk.note(card.sample, note)} onClose={seat.closeNote} />}
      <Choices
        choices={choices}
        proba={told ? card?.proba : undefined}
        suggested={config.model ? suggested(card, choices, deck.blind)?.name : undefined}
        last={deck.answers.at(-1)}
        disabled={!card || isPaused(scene)}
        filter={seat.filter}
        onChoose={seat.choose}
        onLeave={seat.focusCard}
      />
      <Actions desk={desk} scene={scene} seat={seat} noting={noting} />
      {editing && <ClassEditor desk={desk} book={scene.book} onClose={seat.closeClasses} />}
      <Notices desk={desk} scene={scene} onLeave={seat.focusCard} />
      <footer class="nbloop-foot">
        <Trail deck={deck} unsaved={scene.unsaved} choices={choices} />
        <Chips scene={scene} />
        <span class="nbloop-hint nbloop-quiet">Click the card to use the keys</span>
        <Counts view={deck.view} />
      </footer>
    </>
  );
}

/** Beside the card where there is room, below it where there is none. */
function Side({ desk, scene, seat }: Props & { seat: Seat }): VNode {
  const { deck } = scene;
  const card = deck.cards[0];
  const { guidelines } = scene.book.task;
  return (
    <aside class="nbloop-side">
      {seat.asking && card && (
        <Why
          why={card.why}
          hidden={desk.hides ?? (card.proba ? undefined : "There is no model yet: it needs labels of two classes.")}
          explanation={desk.explanation}
          choices={desk.choices}
        />
      )}
      {guidelines && (
        <details class="nbloop-guidelines" open>
          <summary>Guidelines</summary>
          <Markdown text={guidelines} />
        </details>
      )}
    </aside>
  );
}

/** For screen readers: what was done, and what lies there now. */
function Spoken({ scene: { spoken, deck } }: { scene: Scene }): VNode {
  const card = deck.cards[0];
  return (
    <p class="nbloop-spoken" aria-live="polite" data-testid="spoken">
      {spoken && card ? `${spoken} Next: ${summary(card)}` : spoken}
    </p>
  );
}
