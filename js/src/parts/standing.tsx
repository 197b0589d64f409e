// Where a review stands: why the case is here, what was decided here, and what there is when nothing is left.
import type { VNode } from "preact";
import { type Docket, doneHere, type HeldCase } from "../docket";
import type { Choice } from "../labels";
import type { Mark, ReviewConfig } from "../protocol";
import { plural } from "./header";

const WORDS: Record<string, string> = {
  "sent up": "Sent up",
  disagreement: "People disagree",
  conflict: "Contradicts an equal sample",
  flagged: "Flagged",
  "look again": "To look at again",
  "label error": "Probably a wrong label",
  "low agreement": "A class people disagree on",
  audit: "Audit: drawn at random",
  again: "An earlier answer of yours: what do you say now?",
};

export function Reasons({ held }: { held: HeldCase }): VNode {
  return (
    <ul class="nbloop-reasons" data-testid="reasons" aria-label="Why it is here">
      {held.causes.map(({ reason, detail }) => (
        <li key={reason} data-reason={reason}>
          <strong>{WORDS[reason] ?? reason}</strong>
          {detail && <span>{detail}</span>}
        </li>
      ))}
      {held.tier > 2 && (
        <li data-reason="tier">
          <strong>Experts decide</strong>
        </li>
      )}
    </ul>
  );
}

/** In place of a case: nothing is left, and why. */
export function Standing({ config, docket }: { config: ReviewConfig; docket: Docket }): VNode {
  const { standing } = docket;
  if (!standing) return <p class="nbloop-empty">Waiting for the kernel…</p>;
  if (standing.left > 0) return <p class="nbloop-empty">Fetching the next case…</p>;
  const done = doneHere(docket);
  return (
    <div class="nbloop-empty" data-testid="done">
      <strong>{done > 0 ? "All done" : "Nothing to review"}</strong>
      <p>{nothingLeft(config, standing.up)}</p>
      {standing.above > 0 && standing.up > 0 && <p>{plural(standing.above, "case")} wait for experts.</p>}
      {standing.thinking && <p>Labels are still being checked for errors.</p>}
    </div>
  );
}

function nothingLeft(config: ReviewConfig, up: number): string {
  if (up === 0) return "Reviewers decide what people disagree on; you are annotator here.";
  if (config.only) return "Somebody has looked at all of these. With another reason= the queue begins anew.";
  return "What people disagree on, flag or send up comes here by itself.";
}

const SHORT: Record<string, string> = {
  disagreement: "in disagreement",
  conflict: "in contradiction",
  "look again": "to look at again",
  "label error": "suspected of errors",
  "low agreement": "of unclear classes",
  audit: "to audit",
  again: "of your own",
};

/** How many wait, by why; a sample may wait for several reasons. */
export function Waiting({ standing }: { standing: Docket["standing"] }): VNode | null {
  if (!standing) return null;
  const told = [
    ...standing.waiting.map(({ reason, samples }) => `${samples} ${SHORT[reason] ?? reason}`),
    standing.above > 0 && standing.up > 0 && `${standing.above} for experts`,
    standing.thinking && "still looking for label errors",
  ];
  return (
    <p class="nbloop-counts nbloop-quiet" data-testid="waiting">
      {told.filter(Boolean).join(" · ")}
    </p>
  );
}

const SHOWN = 12;

/** The last things done here, newest first. */
export function Acts({
  docket,
  unsaved,
  choices,
}: {
  docket: Docket;
  unsaved: readonly Mark[];
  choices: readonly Choice[];
}): VNode | null {
  const pending = new Set(unsaved.map(({ id }) => id));
  const acts = docket.acts.slice(-SHOWN).reverse();
  if (acts.length === 0) return null;
  return (
    <ol class="nbloop-trail" data-testid="trail" aria-label="Last decisions, newest first">
      {acts.map(({ mark, case: held }) => {
        const value = "value" in mark.action ? mark.action.value : undefined;
        const color = choices.find(({ name }) => name === value)?.color;
        return (
          <li
            key={mark.id}
            class="nbloop-chip"
            data-pending={pending.has(mark.id)}
            title={`Sample ${held.sample}`}
            style={{ "--color": color }}
          >
            {color && <span class="nbloop-dot" aria-hidden="true" />}
            {saidIn(mark, docket)}
          </li>
        );
      })}
    </ol>
  );
}

function saidIn({ action }: Mark, { standing }: Docket): string {
  if (action.kind === "escalate") return "sent up";
  if (action.kind === "discuss") return "note";
  if (action.kind === "vote") return `${action.value}, before the votes`;
  if (!("value" in action)) return action.kind;
  const probed = action.kind === "probe" && standing?.probed?.sample === action.sample ? standing.probed : undefined;
  if (!probed) return action.value;
  return probed.before === probed.now ? `${probed.now}, as before` : `${probed.now}, before: ${probed.before}`;
}
