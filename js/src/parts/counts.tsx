// How the dataset is divided: nothing that was put aside is out of sight.
import type { VNode } from "preact";
import type { View } from "../protocol";

export function Counts({ view }: { view: View | null }): VNode | null {
  if (!view) return null;
  const { pool, skipped, rejected, flagged, golden, verified } = view.counts;
  const told = [
    `${pool.toLocaleString("en")} to ask`,
    skipped > 0 && `${skipped} for later`,
    rejected > 0 && `${rejected} rejected`,
    flagged > 0 && `${flagged} flagged`,
    golden > 0 && `${verified} of ${golden} golden verified`,
  ];
  return (
    <p class="nbloop-counts nbloop-quiet" data-testid="dataset">
      {told.filter(Boolean).join(" · ")}
    </p>
  );
}
