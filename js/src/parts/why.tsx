// Why this one: how the sample came to be asked, and what in it counts for the model.
import type { VNode } from "preact";
import type { Explanation } from "../explainer";
import type { Choice } from "../labels";
import type { Why as Reason } from "../protocol";
import { Reasons } from "./reasons";

interface Props {
  why: Reason;
  /** Why what the model makes of the sample stays hidden; none when it is told. */
  hidden: string | undefined;
  explanation: Explanation | undefined;
  choices: readonly Choice[];
}

export function Why({ why, hidden, explanation, choices }: Props): VNode {
  return (
    <section class="nbloop-why" data-testid="why" aria-label="Why this one">
      <h3>Why this one</h3>
      <dl>
        <Fact name="Strategy" value={why.strategy} />
        {why.phase && <Fact name="Phase" value={why.phase} />}
        {why.rank != null && <Fact name="Rank" value={String(why.rank)} />}
        {why.score != null && <Fact name="Score" value={why.score.toPrecision(3)} />}
      </dl>
      {hidden ? (
        <p class="nbloop-quiet" data-testid="why-hidden">
          {hidden}
        </p>
      ) : (
        <Reasons explanation={explanation} choices={choices} />
      )}
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string }): VNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
