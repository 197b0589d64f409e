// The key that does the same as the button it stands on; screen readers hear it from aria-keyshortcuts.
import type { VNode } from "preact";

export function Key({ sign }: { sign: string }): VNode {
  return (
    <span class="nbloop-key" aria-hidden="true">
      {sign}
    </span>
  );
}
