// Parts of the data and how often the model errs in each: found by themselves, or asked for.
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { percent, plural } from "../parts/header";
import type { Slice, Slices } from "../protocol";
import type { Book } from "./book";
import { Interval, Row, Rows } from "./rows";
import type { Scene } from "./scene";

export function SlicesPart({ book, scene }: { book: Book; scene: Scene }): VNode {
  const { slices, specs } = scene;
  return (
    <>
      <Asked book={book} specs={specs} />
      {slices === null ? (
        <p class="nbloop-quiet nbloop-none">Looking at all slices…</p>
      ) : (
        <>
          <p class="nbloop-quiet nbloop-about">{aboutSlices(slices)}</p>
          <Rows name="Slices, worst first">
            {slices.slices.map((slice: Slice) => (
              <Row
                key={slice.name}
                book={book}
                scene={scene}
                cluster={{ by: "slice", name: slice.name, specs: [...specs] }}
                n={slice.errors}
              >
                <span class="nbloop-name">{slice.name}</span>
                <Interval {...slice} />
                <span class="nbloop-figures">
                  <b>{percent(slice.rate)}</b> wrong of {slice.n} ({percent(slice.low)}–{percent(slice.high)}){" "}
                  <Chance p={slice.p} />
                </span>
              </Row>
            ))}
          </Rows>
        </>
      )}
    </>
  );
}

function aboutSlices({ judged, n, total, slices }: Slices): string {
  const shown = total > slices.length ? `, the worst ${slices.length} of ${total}` : "";
  return judged === "golden"
    ? `Judged on ${plural(n, "golden sample")}${shown}.`
    : `Judged on ${plural(n, "answer")} that the strategy chose${shown}: no accuracy. A golden set gives one.`;
}

/** Corrected for the number of slices; a slice found and tested on the same samples is a place to look, no proof. */
function Chance({ p }: { p: number }): VNode {
  const told = p < 0.001 ? "p < 0.001" : `p ${p.toFixed(p < 0.1 ? 3 : 2)}`;
  const title = "Fisher's exact test against the rest, corrected for many tests (Benjamini and Hochberg)";
  return p < 0.05 ? (
    <span class="nbloop-chip" data-tone="flag" title={title}>
      {told}
    </span>
  ) : (
    <span class="nbloop-quiet" title={title}>
      could be chance, {told}
    </span>
  );
}

/** Columns and expressions to slice by, one a field entry. */
function Asked({ book, specs }: { book: Book; specs: readonly string[] }): VNode {
  const [text, setText] = useState("");
  const add = () => {
    const spec = text.trim();
    setText("");
    if (spec && !specs.includes(spec)) book.slice([...specs, spec]);
  };
  return (
    <form
      class="nbloop-asked"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <input
        data-testid="spec"
        aria-label="Slice by a column or an expression; Enter adds it"
        placeholder="column, or age > 40 and site == 'b'"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      {specs.map((spec) => (
        <button
          key={spec}
          type="button"
          class="nbloop-chip"
          aria-label={`Slice no more by ${spec}`}
          onClick={() => book.slice(specs.filter((other) => other !== spec))}
        >
          {spec} ×
        </button>
      ))}
    </form>
  );
}
