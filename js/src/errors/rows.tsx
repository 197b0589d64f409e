// Rows of what belongs together: each can be chosen, and queued whole.
import type { ComponentChildren, TargetedKeyboardEvent, VNode } from "preact";
import { plural } from "../parts/header";
import type { Cluster } from "../protocol";
import type { Book } from "./book";
import { type Scene, sameCluster } from "./scene";
import { titleOf } from "./title";

export function Rows({ name, children }: { name: string; children: ComponentChildren }): VNode {
  const walk = (event: TargetedKeyboardEvent<HTMLUListElement>) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(".nbloop-group")];
    rows[rows.indexOf(document.activeElement as HTMLElement) + by]?.focus();
  };
  return (
    <ul class="nbloop-rows" aria-label={name} onKeyDown={walk}>
      {children}
    </ul>
  );
}

interface RowProps {
  book: Book;
  scene: Scene;
  cluster: Cluster;
  n: number;
  children: ComponentChildren;
}

/** `+` on a row queues it: the same key as on an error. */
export function Row({ book, scene, cluster, n, children }: RowProps): VNode {
  const on = sameCluster(scene.cluster, cluster);
  const queue = (event: KeyboardEvent) => {
    if (event.key !== "+") return;
    event.preventDefault();
    event.stopPropagation();
    book.queue(cluster, n);
  };
  return (
    <li class="nbloop-row-of" data-testid="group" data-name={titleOf(cluster)}>
      <button
        type="button"
        class="nbloop-group"
        aria-pressed={on}
        aria-keyshortcuts="+"
        onClick={() => book.choose(cluster)}
        onKeyDown={queue}
      >
        {children}
        <span class="nbloop-count">
          {n}
          <span class="nbloop-spoken"> errors</span>
        </span>
      </button>
      <button
        type="button"
        class="nbloop-queue"
        data-testid="queue"
        tabIndex={-1}
        aria-disabled={n === 0}
        aria-label={`Queue ${plural(n, "error")}: ${titleOf(cluster)}`}
        title="Queue these to be looked at again (+)"
        onClick={() => book.queue(cluster, n)}
      >
        +
      </button>
    </li>
  );
}

export function Bar({ share }: { share: number }): VNode {
  return <span class="nbloop-frequency" aria-hidden="true" style={{ "--share": share }} />;
}

/** A rate as a point on a line with its interval; the figures say the same. */
export function Interval({ rate, low, high }: { rate: number; low: number; high: number }): VNode {
  return <span class="nbloop-interval" aria-hidden="true" style={{ "--rate": rate, "--low": low, "--high": high }} />;
}
