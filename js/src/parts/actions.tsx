// Everything one may do with a card besides labeling it.
import type { VNode } from "preact";

export interface ActionState {
  name: string;
  key: string;
  /** As aria-keyshortcuts wants it. */
  shortcut: string;
  title: string;
  disabled: boolean;
  pressed?: boolean;
  run(): void;
}

export function Actions({ actions, onMouse }: { actions: readonly ActionState[]; onMouse(): void }): VNode {
  return (
    <div class="nbloop-actions" role="toolbar" aria-label="Actions">
      {actions.map(({ name, key, shortcut, title, disabled, pressed, run }) => (
        <button
          key={name}
          type="button"
          class="nbloop-action"
          data-testid={`action-${name.toLowerCase().split(" ")[0]}`}
          aria-keyshortcuts={shortcut || undefined}
          aria-pressed={pressed}
          title={title}
          disabled={disabled}
          onClick={(event) => {
            run();
            if (event.detail > 0) onMouse();
          }}
        >
          {name}
          {key && <kbd aria-hidden="true">{key}</kbd>}
        </button>
      ))}
    </div>
  );
}
