// The curve as one looks at it: the chart, the last measure in words, and two tables on demand.
import type { ComponentChildren, VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Chart } from "../chart";
import type { Confusion, Outlook } from "../protocol";
import type { Progress, Rounds } from "../rounds";
import type { Theme } from "../theme";
import { percent, plural } from "./header";
import { ConfusionTable, RecallTable } from "./tables";

interface Props {
  rounds: Rounds;
  progress: Progress;
  theme: Theme;
}

export function Curve({ rounds, progress, theme }: Props): VNode {
  const { config } = rounds;
  const { rows, view, problem, link } = progress;
  const last = rows.at(-1);
  return (
    <section class="nbloop-curve" data-testid="curve" aria-label={config.title}>
      <header class="nbloop-header">
        <h2>{config.title}</h2>
        {last && (
          <p class="nbloop-quiet" data-testid="last" aria-live="polite">
            <strong>{percent(last.accuracy)}</strong> after {plural(last.labels, "label")}
            {view && `, on ${plural(view.counts.measuring ?? 0, "golden sample")}`}
          </p>
        )}
      </header>
      {last ? <Drawn progress={progress} theme={theme} /> : <Empty progress={progress} />}
      <Ahead outlook={progress.outlook} labels={view?.counts.labels} />
      {problem && (
        <p class="nbloop-notice" role="alert">
          {problem.message}
        </p>
      )}
      {(link === "silent" || link === "gone") && (
        <p class="nbloop-notice" data-tone="warn">
          Kernel not answering: the curve stands still.
        </p>
      )}
      {last && (
        <div class="nbloop-tables">
          <Table
            name="Recall by class"
            rounds={rounds}
            progress={progress}
            draw={(confusion) => <RecallTable confusion={confusion} />}
          />
          <Table
            name="Confusion"
            rounds={rounds}
            progress={progress}
            draw={(confusion) => <ConfusionTable confusion={confusion} />}
          />
        </div>
      )}
    </section>
  );
}

/** What comes, in words; said of how many labels, as it is thought over less often than labels come. */
function Ahead({ outlook, labels }: { outlook: Outlook; labels: number | undefined }): VNode | null {
  const { advice, savings, stop, grounds, problem } = outlook;
  if (!advice && !savings && !problem) return null;
  const [verdict, rest] = parted(advice ?? "");
  return (
    <div class="nbloop-ahead" data-testid="ahead" aria-live="polite">
      {advice && (
        <p data-testid="advice" data-stop={stop} title={grounds}>
          <strong>{verdict}</strong> {rest}
          {outlook.labels !== labels && (
            <span class="nbloop-quiet"> (after {plural(outlook.labels ?? 0, "label")})</span>
          )}
        </p>
      )}
      {savings && (
        <p class="nbloop-quiet" data-testid="savings">
          {savings}
        </p>
      )}
      {problem && <p data-testid="ahead-problem">{problem.message}</p>}
    </div>
  );
}

/** The first sentence, and what follows it. */
function parted(text: string): [string, string] {
  const end = text.indexOf(". ") + 1;
  return end > 0 ? [text.slice(0, end), text.slice(end + 1)] : [text, ""];
}

/** Another theme draws anew; new rows and a new width do not. */
function Drawn({ progress, theme }: { progress: Progress; theme: Theme }): VNode {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | null>(null);
  useLayoutEffect(() => {
    if (!place.current) return;
    const drawn = new Chart(theme, place.current);
    const observer = new ResizeObserver(([entry]) => void drawn.resize(entry?.contentRect.width ?? 0));
    observer.observe(place.current);
    chart.current = drawn;
    return () => {
      observer.disconnect();
      drawn.end();
    };
  }, [theme]);
  useLayoutEffect(() => void chart.current?.show(progress.rows), [theme, progress.rows]);
  useLayoutEffect(() => void chart.current?.lookAhead(progress.outlook), [theme, progress.outlook]);
  return <div ref={place} class="nbloop-chart" data-testid="chart" data-rows={progress.rows.length} />;
}

function Empty({ progress: { view } }: { progress: Progress }): VNode {
  const missing = view && view.counts.verified === 0;
  const sentence = missing
    ? "Verify golden samples to see accuracy: it is measured on them alone."
    : "The curve begins with the first round after a few labels.";
  return (
    <p class="nbloop-blank" data-testid="empty">
      {sentence}
    </p>
  );
}

interface TableProps {
  name: string;
  rounds: Rounds;
  progress: Progress;
  draw(confusion: Confusion): ComponentChildren;
}

function Table({ name, rounds, progress, draw }: TableProps): VNode {
  const [open, setOpen] = useState(false);
  useLayoutEffect(() => {
    if (!open) return;
    rounds.openTable();
    return () => rounds.closeTable();
  }, [open]);
  return (
    <details class="nbloop-fold" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{name}</summary>
      {open && (progress.confusion ? draw(progress.confusion) : <p class="nbloop-quiet">Counting…</p>)}
    </details>
  );
}
