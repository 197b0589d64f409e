// Text as text, never as markup; words that count are marked while somebody asks why.
import type { VNode } from "preact";
import type { Part } from "../protocol";
import { splitByParts } from "./highlight";

/** Shorter texts are set larger. */
const SHORT = 140;
const MEDIUM = 420;
/** Words below this share of the strongest are not marked: a text marked all over says nothing. */
const LEAST = 0.25;

export function TextFace({ text, parts }: { text: string; parts: readonly Part[] }): VNode {
  const most = strongest(parts);
  const counted = parts.filter(({ weight }) => Math.abs(weight) >= LEAST * most);
  return (
    <p class="nbloop-text" data-length={lengthOf(text)} dir="auto">
      {splitByParts(text, counted).map(({ text, weight }) =>
        weight === undefined ? text : <Weighed text={text} weight={weight} strongest={most} />,
      )}
    </p>
  );
}

function Weighed({ text, weight, strongest }: { text: string; weight: number; strongest: number }): VNode {
  const share = Math.round((Math.abs(weight) / strongest) * 100);
  return (
    <mark data-for={weight >= 0} style={{ "--share": `${share}%` }} title={signed(weight)}>
      {text}
    </mark>
  );
}

function lengthOf(text: string): "short" | "medium" | "long" {
  if (text.length < SHORT) return "short";
  return text.length < MEDIUM ? "medium" : "long";
}

export function strongest(parts: readonly Part[]): number {
  return Math.max(...parts.map(({ weight }) => Math.abs(weight)), Number.EPSILON);
}

/** "+0.52" or "−0.52". */
export function signed(weight: number): string {
  return `${weight < 0 ? "−" : "+"}${Math.abs(weight).toFixed(2)}`;
}
