// Why this one: how the sample came to be asked, and what in it counts for the model.
import type { VNode } from "preact";
import { signed } from "../cards/text";
import type { Part, Why as Reason } from "../protocol";

interface Props {
  why: Reason;
  /** Then what the model makes of the sample stays hidden. */
  blind: boolean;
  /** The predicted label and the runner-up, when there is a model. */
  leaders: readonly string[];
}

export function Why({ why, blind, leaders }: Props): VNode {
  const parts = blind ? [] : (why.parts ?? []);
  return (
    <section class="nbloop-why" data-testid="why" aria-label="Why this one">
      <h3>Why this one</h3>
      <dl>
        <Fact name="Strategy" value={why.strategy} />
        {why.phase && <Fact name="Phase" value={why.phase} />}
        {why.rank != null && <Fact name="Rank" value={String(why.rank)} />}
        {why.score != null && <Fact name="Score" value={why.score.toPrecision(3)} />}
      </dl>
      {parts.length > 0 && <Parts parts={parts} leaders={leaders} />}
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

function Parts({ parts, leaders }: { parts: readonly Part[]; leaders: readonly string[] }): VNode {
  const strongest = Math.max(...parts.map(({ weight }) => Math.abs(weight)), Number.EPSILON);
  const [first, second] = leaders;
  return (
    <>
      <p class="nbloop-quiet">{first && second ? `What speaks for ${first} over ${second}` : "What counts"}</p>
      <ul class="nbloop-parts">
        {parts.map(({ name, weight }) => (
          <li data-for={weight >= 0} style={{ "--share": Math.abs(weight) / strongest }}>
            <span class="nbloop-part">{name}</span>
            <span class="nbloop-weight" aria-hidden="true" />
            <span class="nbloop-number">{signed(weight)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
