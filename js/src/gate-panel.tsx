// The gate panel as one looks at it: the verdict, each check with its interval, and what to decide.
import type { VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { compares, type GateState, reach, type Seen, signed, sorted, type What } from "./gate-state";
import type { GateCheck } from "./protocol";

interface Props {
  state: GateState;
  seen: Seen;
}

/** With more checks than this, those that passed fold away, but for a few. */
const MANY = 20;
const FEW = 8;
const SIGNS = { passed: "✓", failed: "✕", undecided: "?" } as const;

export function GatePanel({ state, seen }: Props): VNode {
  const { candidate, current, passed, checks, looks } = state.config;
  const width = reach(checks);
  const [whole, setWhole] = useState(checks.length <= MANY);
  const ordered = sorted(checks);
  const shown = whole ? ordered : ordered.filter((check, i) => i < FEW || check.outcome !== "passed");
  return (
    <section
      class="nbloop-gate"
      data-testid="gate"
      data-lm-suppress-shortcuts="true"
      data-passed={passed}
      aria-label={`Gate: ${candidate} against ${current}`}
    >
      <header>
        <span class="nbloop-seal" aria-hidden="true">
          {passed ? "✓" : "✕"}
        </span>
        <div>
          <h2 data-testid="verdict">
            {candidate} {passed ? "passed the gate" : "did not pass the gate"}
          </h2>
          <p class="nbloop-quiet">
            Against {current}.{looks > 0 && ` Models judged by this golden set so far: ${looks}.`}
          </p>
        </div>
      </header>
      <table class="nbloop-checks">
        <thead>
          <tr>
            <th scope="col">Check</th>
            <th scope="col">Change in points, with its 95 % interval</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((check) => (
            <Row key={`${check.name} ${check.sentence}`} check={check} width={width} />
          ))}
        </tbody>
      </table>
      {!whole && (
        <div class="nbloop-buttons">
          <button type="button" class="nbloop-button" onClick={() => setWhole(true)}>
            Show all {checks.length} checks
          </button>
        </div>
      )}
      <Decision state={state} seen={seen} />
    </section>
  );
}

function Row({ check, width }: { check: GateCheck; width: number }): VNode {
  return (
    <tr data-outcome={check.outcome} data-testid="check">
      <th scope="row">
        <div class="nbloop-check">
          <span class="nbloop-mark" role="img" aria-label={check.outcome}>
            {SIGNS[check.outcome]}
          </span>
          <span>
            {check.name}
            <small>{check.sentence}</small>
          </span>
        </div>
      </th>
      <td>
        {compares(check) && (
          <>
            <Change check={check} width={width} />
            <span class="nbloop-points">
              <b>{signed(check.difference ?? 0)}</b> {signed(check.low ?? 0)} to {signed(check.high ?? 0)}
            </span>
          </>
        )}
      </td>
    </tr>
  );
}

function Change({ check, width }: { check: GateCheck; width: number }): VNode {
  const place = (share: number) => (share + width) / (2 * width);
  const style = {
    "--low": place(check.low ?? 0),
    "--high": place(check.high ?? 0),
    "--value": place(check.difference ?? 0),
  };
  return (
    <span class="nbloop-change" style={style} aria-hidden="true">
      <i class="nbloop-zero" />
      {check.margin != null && check.margin < width && (
        <i class="nbloop-margin" style={{ "--margin": place(-check.margin) }} title="the most that may be lost" />
      )}
      <i class="nbloop-range" />
      <i class="nbloop-dot" />
    </span>
  );
}

function Decision({ state, seen }: Props): VNode {
  const { candidate } = state.config;
  const { standing, link, problem, done } = seen;
  const [asked, ask] = useState<What | null>(null);
  const away = link === "silent" || link === "gone";
  const obstacle = standing?.obstacle ?? "";
  return (
    <footer class="nbloop-decision">
      <p data-testid="serving">
        {standing?.serving ? (
          <>
            <b>{standing.serving}</b> serves.
          </>
        ) : (
          "No version was promoted yet."
        )}{" "}
        {obstacle && obstacle !== `${candidate} serves already.` && <span class="nbloop-quiet">{obstacle}</span>}
      </p>
      <p role="status" class="nbloop-done" data-testid="done">
        {done}
      </p>
      {asked ? (
        <Confirm what={asked} state={state} seen={seen} leave={() => ask(null)} />
      ) : (
        <div class="nbloop-buttons">
          {!obstacle && (
            <button
              type="button"
              class="nbloop-button"
              data-strong={state.config.passed}
              aria-disabled={away}
              onClick={() => !away && ask("promote")}
            >
              Promote {candidate}
              {state.config.passed ? "" : " anyway"}…
            </button>
          )}
          {standing?.before && (
            <button type="button" class="nbloop-button" aria-disabled={away} onClick={() => !away && ask("roll_back")}>
              Roll back to {standing.before}…
            </button>
          )}
        </div>
      )}
      {problem && (
        <p class="nbloop-notice" role="alert">
          {problem.message}
        </p>
      )}
      {away && (
        <p class="nbloop-notice" data-tone="warn">
          Kernel not answering: nothing can be decided here now.
        </p>
      )}
    </footer>
  );
}

interface Asked extends Props {
  what: What;
  leave(): void;
}

/** Nothing changes with one click: what will happen is said, and a model that did not pass needs a reason. */
function Confirm({ what, state, seen, leave }: Asked): VNode {
  const [reason, setReason] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => field.current?.focus(), []);
  const { candidate, passed } = state.config;
  const { serving, before } = seen.standing ?? {};
  const needed = what === "promote" && !passed;
  const ready = !seen.busy && (!needed || reason.trim() !== "");
  const decide = async () => {
    if (ready && (await state.decide(what, reason))) leave();
  };
  // No form: a host that listens for Enter keeps the browser from submitting it.
  const press = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") leave();
    if (event.key !== "Enter" || event.isComposing || event.target !== field.current) return;
    event.preventDefault();
    void decide();
  };
  const next = what === "promote" ? candidate : before;
  return (
    <fieldset class="nbloop-confirm" data-testid="confirm" aria-label="Confirm" onKeyDown={press}>
      <p>
        {next} will serve{serving ? ` instead of ${serving}` : ""}.
        {needed && <strong> It did not pass the gate: this is on you, and the journal keeps why.</strong>}
      </p>
      <label>
        <span>Why{needed ? "" : " (if you like)"}</span>
        <input
          ref={field}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
          aria-required={needed}
        />
      </label>
      <div class="nbloop-buttons">
        <button type="button" class="nbloop-button" data-strong="true" aria-disabled={!ready} onClick={decide}>
          {what === "promote" ? `Promote ${next}` : `Roll back to ${next}`}
        </button>
        <button type="button" class="nbloop-button" onClick={leave}>
          Cancel
        </button>
      </div>
    </fieldset>
  );
}
