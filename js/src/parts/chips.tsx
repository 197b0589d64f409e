// Whether the answers are safe, and what is under way behind the person's back, said only when it lasts.
import type { VNode } from "preact";
import type { Scene } from "../desk";
import type { View } from "../protocol";
import { plural } from "./header";
import { Lasting, useLasting } from "./lasting";

/** What is read of a scene here: a labeler's, or a review's. */
type Safety = Pick<Scene, "unsaved" | "durable" | "link"> & {
  deck: { view: View | null; answers: readonly unknown[] };
};

export function Chips({ scene }: { scene: Safety }): VNode {
  const behind = scene.deck.view?.model?.behind ?? 0;
  return (
    <span class="nbloop-chips" role="status">
      <Saving scene={scene} />
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

/** After this long an answer is being saved; after this long it is not, whatever the reason. */
const SAVING_MS = 300;
const UNSAVED_MS = 2_000;

/** Saved, saving or not saved; an answer that is acknowledged at once changes nothing that could flicker. */
function Saving({ scene: { unsaved, durable, link, deck } }: { scene: Safety }): VNode | null {
  const oldest = unsaved[0]?.id;
  const late = useLasting(oldest, SAVING_MS);
  const overdue = useLasting(oldest, UNSAVED_MS) || (late && link !== "up") || link === "silent" || link === "gone";
  if (oldest && overdue) {
    return (
      <span class="nbloop-chip" data-tone="warn" data-testid="unsaved" title={durable ? KEPT : NOT_KEPT}>
        not saved ({unsaved.length})
      </span>
    );
  }
  if (oldest && late) {
    return (
      <span class="nbloop-chip" data-testid="saving">
        saving ({unsaved.length})
      </span>
    );
  }
  if (deck.answers.length === 0) return null;
  return (
    <span class="nbloop-chip" data-testid={oldest ? undefined : "saved"} title={SAVED}>
      ✓ saved
    </span>
  );
}

const SAVED = "Every answer is on the disk of the kernel.";
const KEPT = "Kept in this browser until the kernel has them.";
const NOT_KEPT = "Kept in this page only: this browser stores nothing, so do not close it yet.";
