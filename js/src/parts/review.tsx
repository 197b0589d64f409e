// The review as one looks at it: the case and why it is here, who said what, one key a decision.
import type { RefObject, VNode } from "preact";
import { useCallback, useRef, useState } from "preact/hooks";
import { type Bench, type BenchScene, canSendUp } from "../bench";
import { Face, summary } from "../cards/face";
import { isPaused } from "../desk";
import { doneHere, type HeldCase, saidOf } from "../docket";
import { type Intent, intentOf, isForHost, isPressing, isTyping, isUndo } from "../keyboard";
import type { Choice } from "../labels";
import { ActionButton } from "./actionbutton";
import { Chips } from "./chips";
import { Choices } from "./choices";
import { plural, Stat } from "./header";
import { Notices } from "./notices";
import { Acts, Reasons, Standing, Waiting } from "./standing";
import { Talk } from "./talk";
import { Votes } from "./votes";

interface Props {
  bench: Bench;
  scene: BenchScene;
}

export function Review({ bench, scene }: Props): VNode {
  const seat = useReviewSeat(bench);
  const { docket } = scene;
  const held = docket.cases[0];
  const deck = { view: docket.view, cards: docket.cases, answers: docket.acts };
  return (
    <section
      class="nbloop-review"
      data-testid="review"
      data-lm-suppress-shortcuts="true"
      aria-label={bench.config.title}
      onKeyDown={seat.press}
      onPointerMove={() => bench.touch()}
    >
      <Header bench={bench} scene={scene} />
      <Place bench={bench} scene={scene} stage={seat.stage} />
      {held && <Votes held={held} said={saidOf(docket, held)} choices={bench.choices} />}
      <div class="nbloop-main nbloop-decide">
        <Choices
          choices={bench.choices}
          proba={undefined}
          last={docket.acts.at(-1)}
          disabled={!held || isPaused(scene)}
          filter={seat.filter}
          onChoose={seat.choose}
          onLeave={seat.focusCase}
        />
        <Deciding bench={bench} held={held} seat={seat} />
        <Notices desk={bench} scene={{ ...scene, deck }} onLeave={seat.focusCase} />
        <footer class="nbloop-foot">
          <Acts docket={docket} unsaved={scene.unsaved} choices={bench.choices} />
          <Chips scene={{ ...scene, deck }} />
          <span class="nbloop-hint nbloop-quiet">Click the card to use the keys</span>
          <Waiting standing={docket.standing} />
        </footer>
      </div>
      {held && <Talk bench={bench} held={held} note={docket.note} field={seat.note} onLeave={seat.focusCase} />}
      <p class="nbloop-spoken" aria-live="polite" data-testid="spoken">
        {held ? `${scene.spoken} Next: ${summary(held)}` : scene.spoken}
      </p>
    </section>
  );
}

function Header({ bench, scene: { docket } }: Props): VNode {
  const { standing } = docket;
  const done = doneHere(docket);
  const left = standing?.left ?? 0;
  return (
    <header class="nbloop-header">
      <h2>{bench.config.title}</h2>
      {bench.config.hidden && (
        <span class="nbloop-pill" title="Votes are shown once you have said yourself what it is">
          votes hidden
        </span>
      )}
      <dl class="nbloop-stats">
        <Stat name="done here" testid="done-here" value={done} />
        <Stat name="left" testid="left" value={standing ? left : "–"} />
        {standing && standing.again > 0 && <WithSelf again={standing.again} same={standing.same} />}
      </dl>
      {done + left > 0 && <progress max={done + left} value={done} aria-label={`${done} of ${done + left} done`} />}
    </header>
  );
}

function WithSelf({ again, same }: { again: number; same: number }): VNode {
  const title = `Of ${plural(again, "earlier answer")} of yours asked again, ${same} got the same label`;
  return (
    <Stat
      name="own answers as before"
      testid="self-agreement"
      value={
        <span title={title}>
          {same}
          <small> of {again}</small>
        </span>
      }
    />
  );
}

/** Where the case lies. It holds the focus, so that keys reach the review. */
function Place({ bench, scene, stage }: Props & { stage: RefObject<HTMLDivElement | null> }): VNode {
  const held = scene.docket.cases[0];
  return (
    <div class="nbloop-place">
      {held && <Reasons held={held} />}
      <div
        ref={stage}
        class="nbloop-stage"
        data-testid="case"
        data-sample={held?.sample}
        data-kind={bench.config.content}
        role="application"
        aria-roledescription="case to review"
        aria-label={held ? "Case to review. Keys decide it." : "No case"}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the case holds the focus, so that keys reach the review
        tabIndex={0}
      >
        {held ? (
          <div class="nbloop-face" data-current="true" role="document" key={held.sample}>
            <Face card={held} parts={[]} />
          </div>
        ) : (
          <Standing config={bench.config} docket={scene.docket} />
        )}
      </div>
    </div>
  );
}

function Deciding({ bench, held, seat }: { bench: Bench; held: HeldCase | undefined; seat: ReviewSeat }): VNode {
  const { standing } = bench.scene.docket;
  const { run, focusCase } = seat;
  const label = held?.label;
  const up = held !== undefined && canSendUp(held, standing?.up ?? 0);
  return (
    <div class="nbloop-actions" role="toolbar" aria-label="Actions">
      <ActionButton
        name="Accept"
        shown={label ? `Accept ${label}` : "Accept"}
        sign="↵"
        keys="Enter"
        title={acceptTitle(held)}
        off={!label}
        run={() => run("accept")}
        focusCard={focusCase}
      />
      <ActionButton
        name="Up"
        shown="Send up"
        sign="!"
        keys="!"
        title={up ? "Leave it to experts" : "There is nobody above to decide it"}
        off={!up}
        run={() => run("up")}
        focusCard={focusCase}
      />
      <ActionButton
        name="Next"
        shown="Next"
        sign="␣"
        keys="Space"
        title="Put it off: it comes again at the end"
        off={!held}
        run={() => run("next")}
        focusCard={focusCase}
      />
      <ActionButton
        name="Note"
        shown="Note"
        sign="."
        keys=". ?"
        title="Write to whoever looks next"
        off={!held || held.own === true}
        run={() => run("note")}
      />
      <ActionButton
        name="Undo"
        shown="Undo"
        sign="⌫"
        keys="Backspace Control+Z"
        title="Take the last decision back"
        run={() => run("undo")}
        focusCard={focusCase}
      />
    </div>
  );
}

function acceptTitle(held: HeldCase | undefined): string {
  if (held?.own) return "Choose a label: this is an earlier answer of yours";
  if (held && held.votes === null) return "Choose a label first: the votes are hidden until then";
  return held?.label ? `It is ${held.label}` : "There is no label to accept: choose one";
}

type Deed = "accept" | "up" | "next" | "note" | "undo" | "filter" | "leave";

/** What the keys of a card mean in a review; rejecting has no meaning here. */
const DEEDS: Partial<Record<Intent["kind"], Deed>> = {
  confirm: "accept",
  note: "note",
  flag: "up",
  later: "next",
  why: "note",
  undo: "undo",
  filter: "filter",
  leave: "leave",
};

interface ReviewSeat {
  stage: RefObject<HTMLDivElement | null>;
  filter: RefObject<HTMLInputElement | null>;
  note: RefObject<HTMLTextAreaElement | null>;
  run(deed: Deed): void;
  press(event: KeyboardEvent): void;
  choose(choice: Choice, mouse: boolean): void;
  focusCase(): void;
}

function useReviewSeat(bench: Bench): ReviewSeat {
  const stage = useRef<HTMLDivElement>(null);
  const filter = useRef<HTMLInputElement>(null);
  const note = useRef<HTMLTextAreaElement>(null);
  const [focusCase] = useState(() => () => stage.current?.focus({ preventScroll: true }));
  const run = (deed: Deed): void => {
    if (deed === "accept") bench.accept();
    else if (deed === "up") bench.sendUp();
    else if (deed === "next") bench.skip();
    else if (deed === "undo") bench.undo();
    else if (deed === "note") note.current?.focus();
    else if (deed === "filter") filter.current?.focus();
    else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  };
  const press = (event: KeyboardEvent): void => {
    bench.touch();
    if (isForHost(event) && !isUndo(event)) return;
    event.stopPropagation();
    const intent = isTyping(event.target) || isPressing(event) ? undefined : intentOf(event, bench.choices);
    if (!intent) return;
    event.preventDefault();
    if (event.repeat) return;
    if (intent.kind === "label") bench.choose(intent.choice);
    else if (DEEDS[intent.kind]) run(DEEDS[intent.kind] as Deed);
  };
  const choose = useCallback(
    (choice: Choice, mouse: boolean): void => {
      bench.choose(choice);
      if (mouse) focusCase();
    },
    [bench],
  );
  return { stage, filter, note, run, press, choose, focusCase };
}
