// The labels to choose from: a key, a colour, a name, and what the model thinks.
import type { RefObject, VNode } from "preact";
import { useCallback, useMemo, useState } from "preact/hooks";
import { type Choice, choicesMatching, MANY } from "../labels";
import type { Mark } from "../protocol";
import { percent } from "./header";
import { Key } from "./key";

interface Props {
  choices: readonly Choice[];
  /** In the order of the labels; none without a model, or when it is hidden. */
  proba: readonly number[] | null | undefined;
  /** The name of the label that Enter takes. */
  suggested?: string | undefined;
  /** The last answer, to light up its label. */
  last: { mark: Mark } | undefined;
  disabled: boolean;
  filter: RefObject<HTMLInputElement | null>;
  onChoose(choice: Choice, mouse: boolean): void;
  onLeave(): void;
}

export function Choices({ choices, proba, suggested, last, disabled, filter, onChoose, onLeave }: Props): VNode {
  const [text, setText] = useState("");
  const many = choices.length > MANY;
  const shown = text.trim() ? choicesMatching(choices, text) : choices;
  const leave = () => {
    setText("");
    onLeave();
  };
  const pick = useCallback(
    (choice: Choice, mouse: boolean) => {
      onChoose(choice, mouse);
      setText("");
    },
    [onChoose],
  );
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
      <fieldset class="nbloop-grid" aria-label="Labels" style={{ "--cell": `${cellWidth(choices)}px` }}>
        {shown.map((choice, i) => (
          <ChoiceButton
            key={choice.name}
            choice={choice}
            probability={proba?.[choice.index]}
            suggested={choice.name === suggested}
            first={i === 0 && text.trim() !== ""}
            flash={
              last && "value" in last.mark.action && last.mark.action.value === choice.name ? last.mark.id : undefined
            }
            disabled={disabled}
            onChoose={pick}
          />
        ))}
      </fieldset>
      {shown.length === 0 && <p class="nbloop-quiet">No label holds “{text}”.</p>}
    </div>
  );
}

/** Buttons as narrow as the names allow: ten digits fit in two rows, long names keep readable. */
function cellWidth(choices: readonly Choice[]): number {
  const longest = Math.max(...choices.map(({ name }) => name.length));
  return Math.min(118 + Math.max(0, longest - 2) * 8, 230);
}

interface ButtonProps {
  choice: Choice;
  probability: number | undefined;
  /** Whether Enter on the card takes it. */
  suggested: boolean;
  first: boolean;
  /** Names the answer that the button lights up for. */
  flash: string | undefined;
  disabled: boolean;
  onChoose(choice: Choice, mouse: boolean): void;
}

/** Drawn anew only when something of it can be seen to change: of 150 labels most stay at 0%. */
function ChoiceButton({ choice, probability, suggested, first, flash, disabled, onChoose }: ButtonProps): VNode {
  const share = probability === undefined ? undefined : Math.round(probability * 100) / 100;
  return useMemo(
    () => (
      <button
        type="button"
        class="nbloop-choice"
        data-testid="choice"
        data-label={choice.name}
        data-first={first}
        data-suggested={suggested}
        aria-keyshortcuts={[choice.key, suggested && "Enter"].filter(Boolean).join(" ") || undefined}
        title={choice.description || undefined}
        aria-disabled={disabled}
        style={{ "--color": choice.color }}
        onClick={(event) => onChoose(choice, event.detail > 0)}
      >
        {choice.key && <Key sign={choice.key} />}
        <span class="nbloop-dot" aria-hidden="true" />
        <span class="nbloop-name">{choice.name}</span>
        {share !== undefined && <Probability share={share} suggested={suggested} />}
        {flash && <span key={flash} class="nbloop-flash" aria-hidden="true" />}
      </button>
    ),
    [choice, share, suggested, first, flash, disabled, onChoose],
  );
}

function Probability({ share, suggested }: { share: number; suggested: boolean }): VNode {
  return (
    <>
      <span class="nbloop-percent" data-testid="probability">
        {percent(share)}
      </span>
      {suggested && (
        <span class="nbloop-enter" title="Enter takes it" aria-hidden="true">
          ↵
        </span>
      )}
      <span class="nbloop-bar" aria-hidden="true" style={{ "--share": share }} />
    </>
  );
}
