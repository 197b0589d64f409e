// A label by its colour and name; labels that the task had when the view was made have a colour.
import { createContext, type VNode } from "preact";
import { useContext } from "preact/hooks";

export const Labels = createContext<ReadonlyMap<string, string>>(new Map());

export function Label({ name }: { name: string }): VNode {
  const color = useContext(Labels).get(name) ?? "currentColor";
  return (
    <span class="nbloop-label" style={{ "--color": color }} title={name}>
      <i class="nbloop-dot" aria-hidden="true" />
      <span>{name}</span>
    </span>
  );
}
