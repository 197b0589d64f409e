// The regions of an image that count, drawn over it: filled where they speak for the class, hatched where against.
import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import type { Part } from "../protocol";
import { TINY } from "./image";

interface Props {
  parts: readonly Part[];
  grid: number;
  width: number;
  height: number;
}

/** An image of the same size as the one below it, so that the same rules of layout put both in one place. */
export function Heat({ parts, grid, width, height }: Props): VNode {
  const address = useMemo(() => addressOf(parts, grid, width, height), [parts, grid, width, height]);
  return (
    <img
      class="nbloop-image nbloop-heat"
      data-testid="heat"
      data-tiny={Math.max(width, height) <= TINY}
      src={address}
      width={width}
      height={height}
      alt=""
      draggable={false}
    />
  );
}

/** Weaker regions only hide the picture. */
const LEAST = 0.12;
const FOR = "#16a34a";
const AGAINST = "#dc2626";

function addressOf(parts: readonly Part[], grid: number, width: number, height: number): string {
  const strongest = Math.max(...parts.map(({ weight }) => Math.abs(weight)), Number.EPSILON);
  const cells = parts.flatMap(({ name, weight }) => {
    const share = Math.abs(weight) / strongest;
    const [down = 0, right = 0] = name.split(",").map(Number);
    return share < LEAST ? [] : [cell(down, right, share, weight >= 0)];
  });
  return `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${grid} ${grid}" preserveAspectRatio="none">${HATCH}${cells.join("")}</svg>`,
  )}`;
}

const HATCH = `<pattern id="h" width=".2" height=".2" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width=".09" height=".2" fill="${AGAINST}"/></pattern>`;

/** Only numbers get into the drawing. */
function cell(down: number, right: number, share: number, speaksFor: boolean): string {
  const [fill, edge] = speaksFor ? [FOR, FOR] : ["url(#h)", AGAINST];
  const place = `x="${Number(right) + 0.03}" y="${Number(down) + 0.03}" width=".94" height=".94" rx=".08"`;
  const opacity = (0.12 + 0.48 * share).toFixed(2);
  return `<rect ${place} fill="${fill}" fill-opacity="${opacity}" stroke="${edge}" stroke-opacity="${(0.3 + 0.7 * share).toFixed(2)}" stroke-width=".06"/>`;
}
