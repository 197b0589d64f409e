// The view of errors as one looks at it: where they gather, the list, and the one that is looked at.
import type { VNode } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { isForHost, isPressing, isTyping, isUndo } from "../keyboard";
import { choicesOf } from "../labels";
import { plural } from "../parts/header";
import type { Book } from "./book";
import { Detail } from "./detail";
import { Groups } from "./groups";
import { type Intent, intentOf } from "./keys";
import { Labels } from "./label";
import { List } from "./list";
import { ALL, type Scene, sameCluster } from "./scene";
import { StoryPart } from "./story";

interface Props {
  book: Book;
  scene: Scene;
}

export function Errors({ book, scene }: Props): VNode {
  const list = useRef<HTMLDivElement>(null);
  const note = useRef<HTMLTextAreaElement>(null);
  const colors = useMemo(() => new Map(choicesOf(book.config.task).map(({ name, color }) => [name, color])), [book]);
  const reasons = scene.tally?.reasons ?? [];
  const press = (event: KeyboardEvent) => {
    if (isForHost(event) && !isUndo(event)) return;
    event.stopPropagation();
    const intent = isTyping(event.target) || isPressing(event) ? undefined : intentOf(event, reasons);
    if (!intent || (event.repeat && intent.kind !== "move")) return;
    event.preventDefault();
    run(book, scene, intent, note.current);
  };
  const empty = emptiness(scene);
  return (
    <Labels.Provider value={colors}>
      <section
        class="nbloop-errors"
        data-testid="errors"
        data-lm-suppress-shortcuts="true"
        aria-label="Errors of the model"
        onKeyDown={press}
      >
        <Header book={book} scene={scene} />
        <StoryPart story={scene.story} />
        {empty ?? (
          <>
            <Groups book={book} scene={scene} />
            <div class="nbloop-cases">
              <List book={book} scene={scene} list={list} />
              <Detail book={book} scene={scene} note={note} onLeave={() => list.current?.focus()} />
            </div>
          </>
        )}
        <Notices book={book} scene={scene} />
        <p class="nbloop-spoken" aria-live="polite" data-testid="spoken">
          {scene.spoken}
        </p>
      </section>
    </Labels.Provider>
  );
}

function run(book: Book, scene: Scene, intent: Intent, note: HTMLTextAreaElement | null): void {
  const { lines, cluster } = scene;
  if (intent.kind === "reason") book.putDown(intent.reason);
  else if (intent.kind === "move") book.go(lines.place + intent.by);
  else if (intent.kind === "first") book.go(0);
  else if (intent.kind === "last") book.go(lines.total - 1);
  else if (intent.kind === "undo") book.undo();
  else if (intent.kind === "queue") book.queueThis();
  else if (intent.kind === "queueAll") book.queue(cluster, lines.total);
  else if (intent.kind === "note") note?.focus();
  else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

const STATUSES = [
  ["open", "open"],
  ["categorised", "named"],
  ["queued", "queued"],
  ["reviewed", "reviewed"],
] as const;

function Header({ book, scene }: Props): VNode {
  const { tally, cluster, unsaved } = scene;
  const count = (status: string) => tally?.statuses[status] ?? 0;
  return (
    <header class="nbloop-header">
      <h2>{book.config.title}</h2>
      {tally && (
        <fieldset class="nbloop-filters" aria-label="Errors by what was done about them">
          <Filter
            name="all"
            n={tally.total}
            on={sameCluster(cluster, ALL)}
            choose={() => book.choose(ALL)}
            status="all"
          />
          {STATUSES.map(([status, name]) => (
            <Filter
              key={status}
              name={name}
              n={count(status)}
              status={status}
              on={sameCluster(cluster, { by: "status", name: status })}
              choose={() => book.choose({ by: "status", name: status })}
            />
          ))}
        </fieldset>
      )}
      {unsaved > 0 && (
        <span class="nbloop-chip" data-testid="unsaved">
          {unsaved} not saved yet
        </span>
      )}
      {tally && tally.waiting > 0 && (
        <p class="nbloop-quiet" data-testid="waiting">
          {tally.waiting} {tally.waiting === 1 ? "waits" : "wait"} in <code>loop.review()</code>
        </p>
      )}
      {tally?.model && (
        <p class="nbloop-quiet nbloop-model">
          model of {plural(tally.labels, "label")}, {plural(tally.golden, "golden sample")}
        </p>
      )}
    </header>
  );
}

interface FilterProps {
  name: string;
  n: number;
  on: boolean;
  status: string;
  choose(): void;
}

function Filter({ name, n, on, status, choose }: FilterProps): VNode {
  return (
    <button
      type="button"
      class="nbloop-filter-chip"
      data-testid={`status-${status}`}
      aria-pressed={on}
      aria-disabled={n === 0 && !on}
      onClick={() => (n > 0 || on) && choose()}
    >
      <strong>{n}</strong> {name}
    </button>
  );
}

/** What is said instead of a list that would be empty. */
function emptiness({ tally }: Scene): VNode | undefined {
  if (tally === null) return <p class="nbloop-blank">Looking for errors…</p>;
  if (tally.total > 0) return undefined;
  if (!tally.model) {
    return <Blank title="No model yet">Its errors appear here after a few labels of two classes.</Blank>;
  }
  const golden =
    tally.golden > 0
      ? `The model is right on all ${plural(tally.golden, "golden sample")}, and nobody answered other than it said.`
      : "Nobody answered other than the model had said. Verify golden samples to find errors that nobody met.";
  return <Blank title="No errors">{golden}</Blank>;
}

function Blank({ title, children }: { title: string; children: string }): VNode {
  return (
    <div class="nbloop-blank" data-testid="empty">
      <strong>{title}</strong>
      <p>{children}</p>
    </div>
  );
}

function Notices({ book, scene: { problem, link, view } }: Props): VNode {
  const shown = problem ?? view?.problem;
  return (
    <div class="nbloop-notices">
      {(link === "silent" || link === "gone") && (
        <p class="nbloop-notice" data-tone="warn" data-testid="kernel">
          Kernel not answering: what you do here is kept in this page and sent when it answers.
        </p>
      )}
      {shown && (
        <div class="nbloop-notice" role="alert" data-testid="problem">
          <p>{shown.message}</p>
          {problem && (
            <button type="button" class="nbloop-action" onClick={() => book.dismiss()}>
              Dismiss
            </button>
          )}
        </div>
      )}
    </div>
  );
}
