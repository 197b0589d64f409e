// What counts in the card for the model, and the labelled samples that are most like it.
import type { VNode } from "preact";
import { signed } from "../cards/text";
import type { Explanation } from "../explainer";
import type { Choice } from "../labels";
import type { Explained, Part } from "../protocol";
import { Glimpse } from "./glimpse";
import { Lasting } from "./lasting";

/** Parts that are listed; the card itself shows more. */
const LISTED = 8;

interface Props {
  explanation: Explanation | undefined;
  choices: readonly Choice[];
}

export function Reasons({ explanation, choices }: Props): VNode {
  if (!explanation) {
    return (
      <Lasting ms={400} of="asking">
        <p class="nbloop-quiet">Asking the model…</p>
      </Lasting>
    );
  }
  if (explanation.kind === "failed") {
    return <p data-testid="unexplained">{explanation.problem.message}</p>;
  }
  return (
    <div class="nbloop-reasons" data-testid="reasons" data-sample={explanation.sample} data-model={explanation.model}>
      <p aria-live="polite">
        <span class="nbloop-quiet">What speaks for</span> <Named name={explanation.predicted} choices={choices} />{" "}
        <span class="nbloop-quiet">over</span> <Named name={explanation.against} choices={choices} />
      </p>
      <Parts explained={explanation} />
      {(explanation.neighbours ?? []).length > 0 && <Neighbours explanation={explanation} choices={choices} />}
    </div>
  );
}

function Named({ name, choices }: { name: string; choices: readonly Choice[] }): VNode {
  return (
    <span class="nbloop-named" style={{ "--color": choices.find((choice) => choice.name === name)?.color }}>
      <span class="nbloop-dot" aria-hidden="true" />
      {name}
    </span>
  );
}

const METHODS: Record<string, string> = {
  linear: "What each part adds, exactly: the model is linear.",
  occlusion: "How much weaker the lead is without each part.",
};

function Parts({ explained: { parts, grid = 0, method } }: { explained: Explained }): VNode {
  const strongest = Math.max(...parts.map(({ weight }) => Math.abs(weight)), Number.EPSILON);
  if (parts.length === 0) return <p class="nbloop-quiet">No single part counts.</p>;
  return (
    <ul class="nbloop-parts" title={METHODS[method]} aria-label={METHODS[method]}>
      {parts.slice(0, LISTED).map((part) => (
        <li key={part.name} data-for={part.weight >= 0} style={{ "--share": Math.abs(part.weight) / strongest }}>
          <span class="nbloop-part" title={part.name}>
            {grid > 0 ? placeOf(part, grid) : part.name}
          </span>
          <span class="nbloop-weight" aria-hidden="true" />
          <span class="nbloop-number">{signed(part.weight)}</span>
        </li>
      ))}
    </ul>
  );
}

const DOWN = ["top", "middle", "bottom"];
const RIGHT = ["left", "centre", "right"];

/** Where a region lies, in words: "top left (1, 2)". */
function placeOf({ name }: Part, grid: number): string {
  const [down = 0, right = 0] = name.split(",").map(Number);
  const third = (place: number) => Math.min(2, Math.floor((3 * place) / grid));
  return `${DOWN[third(down)]} ${RIGHT[third(right)]} (${down + 1}, ${right + 1})`;
}

function Neighbours({ explanation, choices }: { explanation: Explanation; choices: readonly Choice[] }): VNode | null {
  if (explanation.kind === "failed") return null;
  return (
    <>
      <h4>Labelled samples like it</h4>
      <ul class="nbloop-neighbours" data-testid="neighbours">
        {(explanation.neighbours ?? []).map((near) => (
          <li key={near.sample} title={`Sample ${near.sample}, at a distance of ${near.distance.toPrecision(2)}`}>
            <Glimpse sample={near.sample} content={near.content} buffers={explanation.buffers} />
            <Named name={near.label} choices={choices} />
          </li>
        ))}
      </ul>
    </>
  );
}
