// An image from the bytes that came beside the message; its address lives as long as it is on the page.
import type { VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { ImageContent, Part } from "../protocol";
import { Heat } from "./heat";

/** Smaller images are enlarged with their pixels sharp. */
export const TINY = 96;

interface Props {
  content: ImageContent;
  bytes: DataView<ArrayBuffer> | undefined;
  sample: string;
  /** Regions that count, named by their row and column of `grid` a side. */
  parts?: readonly Part[];
  grid?: number;
}

export function ImageFace({ content, bytes, sample, parts = [], grid = 0 }: Props): VNode {
  const image = useRef<HTMLImageElement>(null);
  useLayoutEffect(() => {
    if (!bytes || !image.current) return;
    const address = URL.createObjectURL(new Blob([bytes], { type: content.mime }));
    image.current.src = address;
    return () => URL.revokeObjectURL(address);
  }, [bytes, content.mime]);
  if (!bytes) return <p class="nbloop-missing">The bytes of this image did not arrive. Keep it for later.</p>;
  const tiny = Math.max(content.width, content.height) <= TINY;
  return (
    <>
      <img
        ref={image}
        class="nbloop-image"
        data-tiny={tiny}
        alt={`Sample ${sample}`}
        width={content.width}
        height={content.height}
        decoding="sync"
        draggable={false}
      />
      {grid > 0 && parts.length > 0 && <Heat parts={parts} grid={grid} width={content.width} height={content.height} />}
    </>
  );
}
