// Who said what of a case, and why; hidden until the person has said it too, where that is wanted.
import type { VNode } from "preact";
import { type HeldCase, tally } from "../docket";
import type { Choice } from "../labels";
import { percent } from "./header";

interface Props {
  held: HeldCase;
  /** What the person said before seeing the votes. */
  said: string | undefined;
  choices: readonly Choice[];
}

export function Votes({ held, said, choices }: Props): VNode {
  return (
    <section class="nbloop-votes" data-testid="votes" aria-label="Votes">
      <h3>Votes</h3>
      {held.votes === null ? <Hidden own={held.own === true} said={said} /> : <Shown {...{ held, said, choices }} />}
    </section>
  );
}

function Hidden({ own, said }: { own: boolean; said: string | undefined }): VNode {
  if (said !== undefined) return <p class="nbloop-quiet">You say {said}. Fetching the votes…</p>;
  return (
    <p class="nbloop-quiet" data-testid="votes-hidden">
      {own
        ? "You have answered this one before. Your label then is not shown, and stays whatever you say now."
        : "Hidden until you have said what it is: press the key of a label."}
    </p>
  );
}

function Shown({ held, said, choices }: Props): VNode {
  const votes = held.votes ?? [];
  return (
    <>
      {said !== undefined && <p data-testid="said">You said {said} before you saw these.</p>}
      {votes.length === 0 && <p class="nbloop-quiet">Nobody has labelled it.</p>}
      <ol>
        {tally(votes).map(({ value, ballots }) => (
          <li key={value} style={{ "--color": choices.find(({ name }) => name === value)?.color }}>
            <p class="nbloop-tally">
              <span class="nbloop-dot" aria-hidden="true" />
              <strong>{value}</strong>
              <span class="nbloop-quiet" title={`${percent(ballots.length / votes.length)} of the votes`}>
                {ballots.length} of {votes.length}
              </span>
              <span class="nbloop-share" aria-hidden="true" style={{ "--share": ballots.length / votes.length }} />
            </p>
            <ul>
              {ballots.map(({ annotator, rationale }) => (
                <li key={annotator} dir="auto">
                  <span class="nbloop-quiet">{annotator}</span>
                  {rationale && <q>{rationale}</q>}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </>
  );
}
