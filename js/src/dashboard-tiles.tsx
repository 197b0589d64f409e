// The dashboard as one looks at it: tiles in a grid, each with its figure, a sentence, and what to do next.
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { points, type Seen } from "./dashboard-state";
import type { Bar, Interval, Tile } from "./protocol";

export function Dashboard({ title, seen }: { title: string; seen: Seen }): VNode {
  const { board, link, news } = seen;
  return (
    <section class="nbloop-board" data-testid="dashboard" data-lm-suppress-shortcuts="true" aria-label={title}>
      <p class="nbloop-hidden" role="status" data-testid="news">
        {news}
      </p>
      {board?.problem && (
        <p class="nbloop-notice" role="alert">
          {board.problem.message}
        </p>
      )}
      {(link === "silent" || link === "gone") && (
        <p class="nbloop-notice" data-tone="warn">
          Kernel not answering: the board stands still.
        </p>
      )}
      <ul class="nbloop-tiles">
        {board?.tiles?.map((tile) => (
          <TileOf key={tile.name} tile={tile} />
        ))}
      </ul>
    </section>
  );
}

const SIGNS = { good: ["✓", "good"], warn: ["!", "needs a look"], bad: ["✕", "bad"], plain: null, none: null } as const;

/** With these two over two columns, all tiles fill two, three and four columns without a gap. */
const WIDE = new Set(["accuracy", "errors"]);

function TileOf({ tile }: { tile: Tile }): VNode {
  const sign = SIGNS[tile.tone ?? "plain"];
  return (
    <li
      class="nbloop-tile"
      data-testid={`tile-${tile.name}`}
      data-tone={tile.tone ?? "plain"}
      data-wide={WIDE.has(tile.name)}
    >
      <article aria-label={tile.title}>
        <h3>
          {tile.title}
          {sign && (
            <span class="nbloop-sign" role="img" aria-label={sign[1]}>
              {sign[0]}
            </span>
          )}
        </h3>
        <div class="nbloop-figure">
          <p class="nbloop-value" data-testid={`value-${tile.name}`}>
            {tile.value}
          </p>
          {(tile.trend?.length ?? 0) > 1 && <Trend values={tile.trend ?? []} />}
        </div>
        {tile.interval && <Whisker interval={tile.interval} />}
        {tile.share != null && <progress max={1} value={tile.share} aria-label={`${tile.value} ${tile.detail}`} />}
        {(tile.bars?.length ?? 0) > 0 && <Bars bars={tile.bars ?? []} />}
        {tile.detail && <p class="nbloop-detail">{tile.detail}</p>}
        {(tile.todo || tile.code) && (
          <footer>
            {tile.todo && <p>{tile.todo}</p>}
            {tile.code && <Code code={tile.code} />}
          </footer>
        )}
      </article>
    </li>
  );
}

function Trend({ values }: { values: readonly number[] }): VNode {
  return (
    <svg class="nbloop-trend" viewBox="0 -2 100 32" preserveAspectRatio="none" aria-hidden="true">
      <polyline points={points(values, 100, 28)} vector-effect="non-scaling-stroke" />
    </svg>
  );
}

function Whisker({ interval: { value, low, high } }: { interval: Interval }): VNode {
  const style = { "--low": low, "--high": high, "--value": value };
  return (
    <div class="nbloop-whisker" style={style} aria-hidden="true">
      <span class="nbloop-range" />
      <span class="nbloop-dot" />
    </div>
  );
}

function Bars({ bars }: { bars: readonly Bar[] }): VNode {
  return (
    <ul class="nbloop-bars">
      {bars.map(({ name, n, share }) => (
        <li key={name} style={{ "--share": share }}>
          <span>{name}</span>
          <b>{n.toLocaleString("en")}</b>
        </li>
      ))}
    </ul>
  );
}

/** Code to run next; a click copies it, or marks it where a page may not copy. */
export function Code({ code }: { code: string }): VNode {
  const [copied, setCopied] = useState(false);
  const copy = (event: Event) => {
    const place = (event.currentTarget as HTMLElement).querySelector("code");
    const done = () => setCopied(true);
    if (navigator.clipboard) navigator.clipboard.writeText(code).then(done, () => mark(place));
    else mark(place);
  };
  return (
    <button
      type="button"
      class="nbloop-code"
      aria-label={`Copy ${code}`}
      onClick={copy}
      onBlur={() => setCopied(false)}
      onMouseLeave={() => setCopied(false)}
    >
      <code>{code.split(/(?<=[(=.])/).map((part) => [part, <wbr key={part} />])}</code>
      <span aria-live="polite">{copied ? "copied" : "copy"}</span>
    </button>
  );
}

function mark(place: Element | null): void {
  if (place) getSelection()?.selectAllChildren(place);
}
