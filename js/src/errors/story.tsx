// What the last commit changed, in sentences; each number says where it comes from.
import type { VNode } from "preact";
import type { Piece, Story } from "../protocol";

export function StoryPart({ story }: { story: Story | null }): VNode | null {
  if (!story || story.sentences.length === 0) return null;
  const facts = story.sentences.flat().filter(({ source }) => source);
  return (
    <section class="nbloop-story" data-testid="story" aria-label="What the last commit changed" aria-live="polite">
      <h3>
        What the last commit changed <span class="nbloop-quiet">{`${story.before} → ${story.after}`}</span>
      </h3>
      <p>{story.sentences.map((pieces) => [...pieces.map(drawn), " "])}</p>
      <details>
        <summary>Where the numbers come from</summary>
        <ul>
          {facts.map(({ text, source }) => (
            <li>
              <b>{text}</b> <code>{source}</code>
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}

function drawn({ text, source }: Piece): VNode | string {
  return source ? <b title={source}>{text}</b> : text;
}
