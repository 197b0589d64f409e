// Where the labeling stands: how many, how fast, how good.
import type { VNode } from "preact";
import type { Deck } from "../deck";
import type { Scene } from "../desk";
import { labelsPerMinute, timeFor } from "../pace";
import type { Config, Mark, ModelState, View } from "../protocol";

export function Header({ config, scene }: { config: Config; scene: Scene }): VNode {
  const { deck, unsaved } = scene;
  const done = progress(config, deck, unsaved);
  const wanted = config.queue === "golden" ? deck.view?.counts.golden : config.target;
  return (
    <header class="nbloop-header">
      <h2>{config.queue === "golden" ? "Verify the golden set" : config.title}</h2>
      {config.model && deck.view?.phase && (
        <span class="nbloop-pill" title={deck.view.phase}>
          {deck.view.phase}
        </span>
      )}
      <dl class="nbloop-stats">
        <Stat name={config.queue === "golden" ? "verified" : "labels"} testid="count" value={done} of={wanted} />
        <Pace deck={deck} left={wanted ? wanted - done : undefined} />
        {config.model && <Accuracy model={deck.view?.model ?? null} />}
      </dl>
      {wanted ? <Bar done={done} wanted={wanted} /> : null}
    </header>
  );
}

export function Stat({
  name,
  value,
  of,
  testid,
}: {
  name: string;
  value: VNode | string | number;
  of?: number | null | undefined;
  testid: string;
}): VNode {
  return (
    <div data-testid={testid}>
      <dd>
        {value}
        {of ? <small> of {of}</small> : null}
      </dd>
      <dt>{name}</dt>
    </div>
  );
}

function Pace({ deck, left }: { deck: Deck; left: number | undefined }): VNode | null {
  const pace = labelsPerMinute(deck.answers);
  if (pace === undefined) return null;
  return (
    <>
      <Stat name="per minute" testid="pace" value={Math.round(pace)} />
      {left !== undefined && left > 0 && <Stat name="left" testid="eta" value={timeFor(left, pace)} />}
    </>
  );
}

function Accuracy({ model }: { model: ModelState | null }): VNode | null {
  if (model?.accuracy == null) return null;
  const interval = model.accuracy_low != null && model.accuracy_high != null;
  return (
    <Stat
      name="accuracy"
      testid="accuracy"
      value={
        <span title="On the golden set, with its 95 % interval">
          {percent(model.accuracy)}
          {interval && (
            <small>
              {" "}
              {percent(model.accuracy_low).slice(0, -1)}–{percent(model.accuracy_high)}
            </small>
          )}
        </span>
      }
    />
  );
}

function Bar({ done, wanted }: { done: number; wanted: number }): VNode {
  return <progress max={wanted} value={Math.min(done, wanted)} aria-label={`${done} of ${wanted}`} />;
}

/** The kernel's count, and what it cannot have counted yet. */
export function progress(config: Config, deck: Deck, unsaved: readonly Mark[]): number {
  const known = deck.view?.recent ?? [];
  const counted = (id: string) => known.some(({ event }) => event === id);
  const made = unsaved.filter(({ id, action }) => action.kind === "annotate" && !counted(id)).length;
  const taken = unsaved.filter(({ action }) => action.kind === "undo" && annotates(action.target, deck.view)).length;
  return base(config, deck.view) + made - taken;
}

function annotates(event: string, view: View | null): boolean {
  return view?.recent?.some((recent) => recent.event === event && recent.kind === "annotate") ?? false;
}

function base(config: Config, view: View | null): number {
  if (!view) return 0;
  return config.queue === "golden" ? view.counts.verified : view.counts.labels;
}

export function percent(share: number | null | undefined): string {
  return `${Math.round((share ?? 0) * 100)}%`;
}

export function plural(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
