// Recall by class and confusion, as tables that can be read aloud; the shade only repeats the number.
import type { ComponentChildren, VNode } from "preact";
import type { Confusion } from "../protocol";
import { percent } from "./header";

export function RecallTable({ confusion }: { confusion: Confusion }): VNode {
  return (
    <Scroll>
      <table class="nbloop-table">
        <caption>Golden samples by their true label</caption>
        <thead>
          <tr>
            <th scope="col">label</th>
            <th scope="col">samples</th>
            <th scope="col">recall</th>
            <th scope="col">precision</th>
          </tr>
        </thead>
        <tbody>
          {confusion.classes.map(({ label, support, recall, precision }) => (
            <tr>
              <th scope="row">{label}</th>
              <td>{support}</td>
              <Share value={recall} />
              <Share value={precision} />
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

export function ConfusionTable({ confusion: { classes, counts } }: { confusion: Confusion }): VNode {
  return (
    <Scroll>
      <table class="nbloop-table nbloop-confusion">
        <caption>Rows are true labels, columns what the model says</caption>
        <thead>
          <tr>
            <th scope="col">true ╲ predicted</th>
            {classes.map(({ label }) => (
              <th scope="col">{label}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {counts.map((row, i) => (
            <tr>
              <th scope="row">{classes[i]?.label}</th>
              {row.map((count, j) => (
                <td data-right={i === j} data-zero={count === 0} style={{ "--share": count / Math.max(1, sum(row)) }}>
                  {count}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** A wide table scrolls in a place of its own, by keyboard too. */
function Scroll({ children }: { children: ComponentChildren }): VNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="nbloop-scroll" tabIndex={0} aria-label="Table">
      {children}
    </section>
  );
}

function Share({ value }: { value: number | null | undefined }): VNode {
  if (value == null) return <td class="nbloop-quiet">–</td>;
  return (
    <td data-right="true" style={{ "--share": value }}>
      {percent(value)}
    </td>
  );
}

function sum(row: readonly number[]): number {
  return row.reduce((total, count) => total + count, 0);
}
