// A button of a toolbar that keeps the focus when there is nothing to act on: a disabled one would swallow the next key.
import type { VNode } from "preact";
import { Key } from "./key";

interface Props {
  /** Names it in tests. */
  name: string;
  /** What stands on it. */
  shown: string;
  sign: string;
  /** As aria-keyshortcuts wants them. */
  keys: string;
  title: string;
  off?: boolean;
  run(): void;
  /** Gives the keys back after a click. */
  focusCard?(): void;
}

export function ActionButton({ name, shown, sign, keys, title, off = false, run, focusCard }: Props): VNode {
  return (
    <button
      type="button"
      class="nbloop-action"
      data-testid={`action-${name.toLowerCase()}`}
      aria-keyshortcuts={keys}
      aria-disabled={off}
      title={title}
      onClick={(event) => {
        if (!off) run();
        if (event.detail > 0) focusCard?.();
      }}
    >
      <span class="nbloop-action-name">{shown}</span>
      <Key sign={sign} />
    </button>
  );
}
