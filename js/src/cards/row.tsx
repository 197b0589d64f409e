// A row of a table: its columns and values; columns that count carry a bar while somebody asks why.
import type { VNode } from "preact";
import type { Part } from "../protocol";
import { signed, strongest } from "./text";

interface Props {
  cells: readonly (readonly [string, string])[];
  parts: readonly Part[];
}

export function RowFace({ cells, parts }: Props): VNode {
  const most = strongest(parts);
  return (
    <dl class="nbloop-row">
      {cells.map(([name, value]) => {
        const weight = weightOf(name, parts);
        return (
          <div
            data-for={weight === undefined ? undefined : weight >= 0}
            style={weight === undefined ? undefined : { "--share": `${Math.round((100 * Math.abs(weight)) / most)}%` }}
            title={weight === undefined ? "" : signed(weight)}
          >
            <dt>{name}</dt>
            <dd data-number={NUMBER.test(value)}>{value}</dd>
          </div>
        );
      })}
    </dl>
  );
}

const NUMBER = /^[-+−]?[\d.,]+(?:e[-+]?\d+)?$/i;

/** A column's own part, or the sum of those of its categories ("colour=red", "colour_red"). */
function weightOf(column: string, parts: readonly Part[]): number | undefined {
  const own = parts.filter(({ name }) => name === column || name.startsWith(`${column}=`));
  return own.length > 0 ? own.reduce((sum, { weight }) => sum + weight, 0) : undefined;
}
