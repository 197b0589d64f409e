// A sample small, as it stands in a list.
import type { VNode } from "preact";
import { ImageFace } from "../cards/image";
import type { HeldCard } from "../deck";

interface Props {
  sample: string;
  content: HeldCard["content"];
  buffers: readonly DataView<ArrayBuffer>[];
}

export function Glimpse({ sample, content, buffers }: Props): VNode {
  switch (content.kind) {
    case "text":
      return (
        <span class="nbloop-glimpse" dir="auto">
          {content.text}
        </span>
      );
    case "image":
      return (
        <span class="nbloop-glimpse">
          <ImageFace content={content} bytes={buffers[content.buffer]} sample={sample} />
        </span>
      );
    case "row":
      return (
        <dl class="nbloop-glimpse">
          {content.cells.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt> <dd>{value}</dd>
            </div>
          ))}
        </dl>
      );
    case "html":
      return <span class="nbloop-glimpse">{sample}</span>;
  }
}
