// What went wrong, under the card and in words: nothing fails in silence, nothing is lost without a list.
import type { VNode } from "preact";
import { isPaused, type Scene } from "../desk";
import type { Rejected } from "../outbox";
import type { Problem, View } from "../protocol";
import { plural } from "./header";

/** Whoever can do something about what went wrong: a desk, or a bench. */
interface Office {
  dismiss(): void;
  goOn(): void;
  retryRejected(): void;
  discardRejected(): void;
}

/** What is read of a scene here. */
type Trouble = Pick<Scene, "link" | "problem" | "dismissed" | "unsaved" | "durable" | "rejected" | "patience"> & {
  deck: { view: View | null; cards: readonly { problem?: Problem | null }[] };
};

interface Props {
  desk: Office;
  scene: Trouble;
  /** Called when a notice was answered: the keys go back to the card. */
  onLeave(): void;
}

export function Notices({ desk, scene, onLeave }: Props): VNode {
  const { link, problem, dismissed, deck, rejected } = scene;
  const loop = deck.view?.problem;
  const hidden = deck.cards[0]?.problem;
  const shown = problem ?? (loop && loop.message !== dismissed ? loop : null);
  return (
    <div class="nbloop-notices">
      {isPaused(scene) && <Pause desk={desk} scene={scene} onLeave={onLeave} />}
      {(link === "silent" || link === "gone") && <KernelGone scene={scene} />}
      {hidden && (
        <div class="nbloop-notice" role="alert" data-testid="hidden" data-code={hidden.code}>
          <p>{hidden.message}</p>
        </div>
      )}
      {shown && (
        <div class="nbloop-notice" role="alert" data-testid="problem" data-code={shown.code}>
          <p>{shown.message}</p>
          <button type="button" class="nbloop-action" onClick={() => desk.dismiss()}>
            Dismiss
          </button>
        </div>
      )}
      {rejected.length > 0 && <NotSaved desk={desk} rejected={rejected} />}
    </div>
  );
}

/** It lifts by itself when the answers are saved. */
function Pause({ desk, scene: { unsaved, durable }, onLeave }: Props): VNode {
  const goOn = () => {
    desk.goOn();
    onLeave();
  };
  return (
    <div class="nbloop-notice" data-tone="warn" role="alert" data-testid="pause">
      <p>
        Please pause: {unsaved.length} answers are not saved yet.{" "}
        {durable ? "This browser keeps them." : "They are kept in this page only: do not close or reload it."}
      </p>
      <button type="button" class="nbloop-action" data-testid="go-on" onClick={goOn}>
        Go on anyway
      </button>
    </div>
  );
}

function KernelGone({ scene: { link, unsaved, durable } }: { scene: Trouble }): VNode {
  const kept =
    unsaved.length > 0 && `${plural(unsaved.length, "label")} ${unsaved.length === 1 ? "is" : "are"} kept in this page`;
  const advice = link === "gone" ? "re-run the cell" : "if it does not come back, re-run the cell";
  return (
    <div class="nbloop-notice" data-tone="warn" role="alert" data-testid="kernel">
      <p>
        Kernel not answering: {kept ? `${kept}; ` : ""}
        {advice}.{kept && !durable ? " This browser stores nothing: do not close or reload the page." : ""}
      </p>
    </div>
  );
}

interface NotSavedProps {
  desk: Office;
  rejected: readonly Rejected[];
}

function NotSaved({ desk, rejected }: NotSavedProps): VNode {
  return (
    <div class="nbloop-notice" role="alert" data-testid="rejected">
      <div>
        <p>{plural(rejected.length, "answer")} could not be saved:</p>
        <ul>
          {rejected.map(({ mark, problem }) => (
            <li key={mark.id}>
              <strong>{saidIn(mark.action)}</strong>: {problem.message}
            </li>
          ))}
        </ul>
      </div>
      <button type="button" class="nbloop-action" onClick={() => desk.retryRejected()}>
        Try again
      </button>
      <button type="button" class="nbloop-action" onClick={() => desk.discardRejected()}>
        Discard
      </button>
    </div>
  );
}

function saidIn(action: Rejected["mark"]["action"]): string {
  if ("value" in action) return `${action.value} for ${action.sample}`;
  return action.kind === "undo" ? "undo" : `${action.kind} for ${action.sample}`;
}
