// A sample as a person looks at it: one renderer for each kind of content.
import type { VNode } from "preact";
import type { HeldCard } from "../deck";
import type { Part } from "../protocol";
import { HtmlFace } from "./html";
import { ImageFace } from "./image";
import { RowFace } from "./row";
import { TextFace } from "./text";

/** What is needed of a card to show it. */
export type Shown = Pick<HeldCard, "sample" | "content" | "bytes">;

interface Props {
  card: Shown;
  /** What counts in it; empty while nobody asks why. */
  parts: readonly Part[];
  /** How many regions a side the parts of an image are of. */
  grid?: number | undefined;
}

export function Face({ card, parts, grid = 0 }: Props): VNode {
  const { content } = card;
  switch (content.kind) {
    case "text":
      return <TextFace text={content.text} parts={parts} />;
    case "image":
      return <ImageFace content={content} bytes={card.bytes} sample={card.sample} parts={parts} grid={grid} />;
    case "row":
      return <RowFace cells={content.cells} parts={parts} />;
    case "html":
      return <HtmlFace html={content.html} />;
  }
}

/** What a screen reader says of a card that has just come up. */
export function summary({ content }: Shown): string {
  switch (content.kind) {
    case "text":
      return content.text.slice(0, 200);
    case "image":
      return `Image, ${content.width} by ${content.height} pixels.`;
    case "row":
      return content.cells
        .map(([name, value]) => `${name}: ${value}`)
        .slice(0, 8)
        .join(", ");
    case "html":
      return "Formatted sample.";
  }
}
