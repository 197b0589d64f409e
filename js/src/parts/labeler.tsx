// The labeler as one looks at it: puts the parts together and turns keys into what a person does.
import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import { summary } from "../cards/face";
import type { Desk, Scene } from "../desk";
import { type Intent, intentOf, isForHost, isPressing, isTyping, isUndo } from "../keyboard";
import { type Choice } from "../labels";
import { Markdown } from "../markdown";
import { rankedChoices } from "../said";
import { type ActionState, Actions } from "./actions";
import { Choices } from "./choices";
import { Header } from "./header";
import { Note } from "./note";
import { Notices } from "./notices";
import { Stage } from "./stage";
import { Trail } from "./trail";
import { Why } from "./why";

export function Labeler({ desk, scene }: { desk: Desk; scene: Scene }): VNode {
  const { config, choices } = desk;
  const { deck } = scene;
  const card = deck.cards[0];
  const stage = useRef<HTMLDivElement>(null);
  const filter = useRef<HTMLInputElement>(null);
  const [noted, setNoted] = useState<string>();
  const [asking, setAsking] = useState(false);
  const noting = card !== undefined && card.sample === noted;
  const focusCard = () => stage.current?.focus({ preventScroll: true });

  const run = (intent: Intent): void => {
    if (intent.kind === "label") desk.label(intent.choice);
    else if (intent.kind === "note") setNoted(card?.sample);
    else if (intent.kind === "why") config.model && setAsking(!asking);
    else if (intent.kind === "filter") filter.current?.focus();
    else if (intent.kind === "leave") asking ? setAsking(false) : leave();
    else desk[intent.kind]();
  };
  const leave = () => document.activeElement instanceof HTMLElement && document.activeElement.blur();

  const press = (event: KeyboardEvent): void => {
    desk.touch();
    if (isForHost(event) && !isUndo(event)) return;
    if (isTyping(event.target)) return event.stopPropagation();
    event.stopPropagation();
    const intent = isPressing(event) ? undefined : intentOf(event, choices);
    if (!intent) return;
    event.preventDefault();
    if (!event.repeat) run(intent);
  };
  const choose = (choice: Choice, mouse: boolean): void => {
    desk.label(choice);
    if (mouse) focusCard();
  };
  const closeNote = (): void => {
    setNoted(undefined);
    focusCard();
  };

  const proba = config.model && !deck.blind ? (card?.proba ?? null) : null;
  const leaders = card ? rankedChoices(card, choices).slice(0, 2) : [];
  const parts = asking && !deck.blind ? (card?.why.parts ?? []) : [];
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys are heard here for the card and all its buttons
    <section
      class="nbloop-labeler"
      data-testid="labeler"
      data-lm-suppress-shortcuts="true"
      aria-label={`Labeler: ${config.title}`}
      onKeyDown={press}
      onPointerMove={() => desk.touch()}
    >
      <Header config={config} scene={scene} />
      <div class="nbloop-main">
        <Stage config={config} scene={scene} parts={parts} stage={stage} />
        {noting && <Note note={deck.note} onKeep={(note) => desk.note(card.sample, note)} onClose={closeNote} />}
        <Notices
          scene={scene}
          onDismiss={() => desk.dismiss()}
          onRetry={() => desk.retryRejected()}
          onDiscard={() => desk.discardRejected()}
        />
        <Choices
          choices={choices}
          proba={proba}
          chosen={lastLabel(scene)}
          disabled={!card}
          filter={filter}
          onChoose={choose}
          onLeave={focusCard}
        />
        <Actions actions={actionsOf(desk, scene, { noting, asking, run })} onMouse={() => noting || focusCard()} />
        <Trail deck={deck} unsaved={scene.unsaved} choices={choices} />
      </div>
      <aside class="nbloop-side">
        {asking && card && <Why why={card.why} leaders={deck.blind ? [] : leaders.map(({ name }) => name)} />}
        {config.task.guidelines && (
          <details class="nbloop-guidelines" open>
            <summary>Guidelines</summary>
            <Markdown text={config.task.guidelines} />
          </details>
        )}
      </aside>
      <p class="nbloop-spoken" aria-live="polite" data-testid="spoken">
        {scene.spoken} {scene.spoken && card ? `Next: ${summary(card)}` : ""}
      </p>
    </section>
  );
}

function lastLabel({ deck }: Scene): string | undefined {
  const action = deck.answers.at(-1)?.mark.action;
  return action?.kind === "annotate" ? action.value : undefined;
}

interface Now {
  noting: boolean;
  asking: boolean;
  run(intent: Intent): void;
}

function actionsOf(desk: Desk, { deck }: Scene, { noting, asking, run }: Now): ActionState[] {
  const card = deck.cards[0];
  const none = !card;
  const actions: (ActionState | false)[] = [
    action("Undo", "⌫", "Backspace Control+Z", "Take the last answer back", false, () => run({ kind: "undo" })),
    action("Later", "␣", "Space", "Ask this one again later", none, () => run({ kind: "later" })),
    action("Reject", "-", "-", "A bad sample: never ask it again", none, () => run({ kind: "reject" })),
    { ...action("Flag", "!", "!", "Mark it to be looked at again", none, () => run({ kind: "flag" })), pressed: card?.flagged ?? false },
    { ...action("Note", "↵", "Enter", "Say why; goes with the answer", none, () => run({ kind: "note" })), pressed: noting },
    desk.config.model && { ...action("Why", "?", "?", "Why this one is asked", none, () => run({ kind: "why" })), pressed: asking },
    desk.config.model && {
      ...action("Blind", "", "", "Hide what the model thinks", false, () => desk.hideModel(!deck.blind)),
      pressed: deck.blind,
    },
  ];
  return actions.filter((action) => action !== false);
}

function action(name: string, key: string, shortcut: string, title: string, disabled: boolean, run: () => void): ActionState {
  return { name, key, shortcut, title, disabled, run };
}
