// Advice to whoever labels: in a quiet line that takes no focus and is gone with a click.
import type { VNode } from "preact";
import type { Advice } from "../advice";

export function Advised({ advice }: { advice: Advice }): VNode {
  return (
    <div class="nbloop-advice" role="status" data-testid="advising" data-dismissed={advice.dismissed}>
      {advice.message !== undefined && (
        <p data-testid="advice">
          <span>{advice.message}</span>
          <button type="button" class="nbloop-action" onClick={() => advice.dismiss()}>
            Dismiss
          </button>
        </p>
      )}
    </div>
  );
}
