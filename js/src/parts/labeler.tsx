// The labeler as one looks at it: puts the parts together.
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { summary } from "../cards/face";
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
  useReasons(desk, scene, seat);
  return (
    <section
      class="nbloop-labeler"
      data-testid="labeler"
      data-lm-suppress-shortcuts="true"
      aria-label={`Labeler: ${desk.config.title}`}
      onKeyDown={seat.press}
      onPointerMove={() => desk.touch()}
    >
      <Header config={desk.config} scene={scene} />
      <Main desk={desk} scene={scene} seat={seat} />
      <Side desk={desk} scene={scene} seat={seat} />
      <Spoken scene={scene} />
    </section>
  );
}

/** Asks why behind the frame that shows a card, for as long as somebody wants to know. */
function useReasons(desk: Desk, { deck }: Scene, { asking }: Seat): void {
  const card = deck.cards[0];
  const wanted = asking && card?.proba && !desk.hides ? card.sample : undefined;
  useEffect(() => {
    if (wanted === undefined) return;
    desk.explain();
    return () => desk.stopExplaining();
  }, [wanted, deck.model]);
}

function Main({ desk, scene, seat }: Props & { seat: Seat }): VNode {
  const { config, choices } = desk;
  const { deck } = scene;
  const card = deck.cards[0];
  const editing = seat.editing;
  const told = config.model && !desk.hides;
  const explanation = seat.asking ? desk.explanation : undefined;
  const noting = card !== undefined && card.sample === seat.noted;
  return (
    <div class="nbloop-main">
      <Stage
        config={config}
        scene={scene}
        explained={explanation?.kind === "explained" ? explanation : undefined}
        stage={seat.stage}
      />
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
    </div>
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
