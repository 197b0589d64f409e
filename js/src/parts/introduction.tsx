// Asks who answers, where several may: before the first card, and never a guess.
import type { TargetedSubmitEvent, VNode } from "preact";
import type { Identity } from "../identity";

interface Props {
  // biome-ignore lint/suspicious/noExplicitAny: whatever place there is to sit down at
  identity: Identity<any>;
}

export function Introduction({ identity }: Props): VNode {
  const { remembered, problem } = identity;
  const send = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    void identity.introduce(String(new FormData(event.currentTarget).get("name") ?? ""));
  };
  return (
    <form
      class="nbloop-introduction"
      data-testid="introduction"
      data-lm-suppress-shortcuts="true"
      onSubmit={send}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <label>
        <strong>Who is answering?</strong>
        <span class="nbloop-quiet">
          Several people may label here. A name or a pseudonym: it stands beside each of your answers.
        </span>
        <input name="name" data-testid="name" required maxLength={200} autoComplete="off" defaultValue={remembered} />
      </label>
      <button type="submit" class="nbloop-action">
        Begin
      </button>
      {problem && (
        <p class="nbloop-notice" role="alert" data-testid="name-refused">
          {problem.message}
        </p>
      )}
    </form>
  );
}
