// The labels to choose from: a key, a colour, a name, and what the model thinks.
import type { RefObject, VNode } from "preact";
import { useState } from "preact/hooks";
import { type Choice, choicesMatching, MANY } from "../labels";
import { percent } from "./header";

interface Props {
  choices: readonly Choice[];
  /** In the order of the labels; null when there is none, or it is hidden. */
  proba: readonly number[] | null;
  chosen: string | undefined;
  disabled: boolean;
  filter: RefObject<HTMLInputElement | null>;
  onChoose(choice: Choice, mouse: boolean): void;
  onLeave(): void;
}

export function Choices({ choices, proba, chosen, disabled, filter, onChoose, onLeave }: Props): VNode {
  const [text, setText] = useState("");
  const many = choices.length > MANY;
  const shown = text.trim() ? choicesMatching(choices, text) : choices;
  const leave = () => {
    setText("");
    onLeave();
  };
  const press = (event: KeyboardEvent) => {
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    if (event.key === "Enter" && (event.repeat || !shown[0] || disabled || !text.trim())) return;
    if (event.key === "Enter" && shown[0]) onChoose(shown[0], false);
    leave();
  };
  return (
    <div class="nbloop-choices" data-many={many}>
      {many && (
        <input
          ref={filter}
          class="nbloop-filter"
          data-testid="filter"
          type="search"
          value={text}
          placeholder={`Find one of ${choices.length} labels…`}
          aria-label={`Find one of ${choices.length} labels; Enter takes the first`}
          aria-keyshortcuts="/"
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={press}
        />
      )}
      <div class="nbloop-grid" role="group" aria-label="Labels">
        {shown.map((choice, i) => (
          <ChoiceButton
            key={choice.name}
            choice={choice}
            probability={proba?.[choice.index]}
            first={i === 0 && text.trim() !== ""}
            chosen={choice.name === chosen}
            disabled={disabled}
            onChoose={(choice, mouse) => {
              onChoose(choice, mouse);
              setText("");
            }}
          />
        ))}
      </div>
      {shown.length === 0 && <p class="nbloop-quiet">No label holds “{text}”.</p>}
    </div>
  );
}

interface ButtonProps {
  choice: Choice;
  probability: number | undefined;
  first: boolean;
  chosen: boolean;
  disabled: boolean;
  onChoose(choice: Choice, mouse: boolean): void;
}

function ChoiceButton({ choice, probability, first, chosen, disabled, onChoose }: ButtonProps): VNode {
  return (
    <button
      type="button"
      class="nbloop-choice"
      data-testid="choice"
      data-label={choice.name}
      data-first={first}
      data-chosen={chosen}
      aria-keyshortcuts={choice.key}
      title={choice.description || undefined}
      disabled={disabled}
      style={{ "--color": choice.color }}
      onClick={(event) => onChoose(choice, event.detail > 0)}
    >
      {choice.key && <kbd aria-hidden="true">{choice.key}</kbd>}
      <span class="nbloop-dot" aria-hidden="true" />
      <span class="nbloop-name">{choice.name}</span>
      {probability !== undefined && (
        <>
          <span class="nbloop-percent" data-testid="probability">
            {percent(probability)}
          </span>
          <span class="nbloop-bar" aria-hidden="true" style={{ "--share": probability }} />
        </>
      )}
    </button>
  );
}
