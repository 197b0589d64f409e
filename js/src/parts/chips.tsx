// What is under way behind the person's back, said only when it lasts.
import type { VNode } from "preact";
import type { Scene } from "../desk";
import { plural } from "./header";
import { Lasting } from "./lasting";

export function Chips({ scene }: { scene: Scene }): VNode {
  const { unsaved, durable, deck } = scene;
  const behind = deck.view?.model?.behind ?? 0;
  return (
    <span class="nbloop-chips" role="status">
      {unsaved[0] && (
        <Lasting ms={300} of={unsaved[0].id}>
          <span class="nbloop-chip" data-tone="warn" data-testid="unsaved" title={durable ? KEPT : NOT_KEPT}>
            not saved ({unsaved.length})
          </span>
        </Lasting>
      )}
      {behind > 0 && (
        <Lasting ms={500} of="behind">
          <span class="nbloop-chip" data-testid="behind">
            model is {plural(behind, "label")} behind
          </span>
        </Lasting>
      )}
    </span>
  );
}

const KEPT = "Kept in this browser until the kernel has them.";
const NOT_KEPT = "Kept in this page only: this browser stores nothing, so do not close it yet.";
