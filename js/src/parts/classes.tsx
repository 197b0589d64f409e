// Editing the classes midway: every field is a change of its own, and the last change can be taken back.
import type { TargetedEvent, TargetedKeyboardEvent, VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Book, Change } from "../classbook";
import type { Desk } from "../desk";
import type { Choice } from "../labels";
import { plural } from "./header";

interface Props {
  desk: Desk;
  book: Book;
  onClose(): void;
}

export function ClassEditor({ desk, book, onClose }: Props): VNode {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [splitting, setSplitting] = useState<string>();
  const panel = useRef<HTMLElement>(null);
  useLayoutEffect(() => panel.current?.querySelector<HTMLElement>("input")?.focus(), []);
  const marked = chosen.filter((name) => book.choices.some((choice) => choice.name === name));
  const make = async (change: Change): Promise<boolean> => {
    const done = await desk.changeClasses(change);
    if (done) setChosen([]);
    return done;
  };
  const leave = (event: TargetedKeyboardEvent<HTMLElement>) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    event.preventDefault();
    onClose();
  };
  return (
    <section ref={panel} class="nbloop-classes" data-testid="classes" aria-label="Edit the classes" onKeyDown={leave}>
      <header>
        <h3>Classes</h3>
        <button type="button" class="nbloop-action" data-testid="classes-close" onClick={onClose}>
          Close
        </button>
      </header>
      {book.locked ? (
        <Locked book={book} />
      ) : (
        <Changes {...{ book, make, marked, setChosen, splitting, setSplitting }} />
      )}
      {book.refusal && (
        <p class="nbloop-notice" role="alert" data-testid="classes-refusal">
          {book.refusal.message}
        </p>
      )}
    </section>
  );
}

interface Maker {
  make(change: Change): Promise<boolean>;
}

/** Whoever may not change the classes is told why, and offered nothing. */
function Locked({ book }: { book: Book }): VNode {
  return (
    <>
      <ul data-testid="classes-locked">
        {book.choices.map(({ name, index }) => (
          <li key={name}>
            {name} <span class="nbloop-quiet">{plural(book.samples[index] ?? 0, "sample")}</span>
          </li>
        ))}
      </ul>
      <p class="nbloop-notice" data-tone="warn">
        {book.locked}
      </p>
    </>
  );
}

interface ChangesProps extends Maker {
  book: Book;
  marked: readonly string[];
  setChosen(change: (before: readonly string[]) => readonly string[]): void;
  splitting: string | undefined;
  setSplitting(name?: string): void;
}

function Changes({ book, make, marked, setChosen, splitting, setSplitting }: ChangesProps): VNode {
  return (
    <>
      <ul>
        {book.choices.map((choice) => (
          <li key={`${book.id}:${choice.name}`}>
            <Row
              choice={choice}
              samples={book.samples[choice.index]}
              marked={marked.includes(choice.name)}
              onMark={(on) =>
                setChosen((before) => [...before.filter((name) => name !== choice.name), ...(on ? [choice.name] : [])])
              }
              onSplit={() => setSplitting(splitting === choice.name ? undefined : choice.name)}
              make={make}
            />
            {splitting === choice.name && (
              <Split choice={choice} samples={book.samples[choice.index] ?? 0} make={make} onDone={setSplitting} />
            )}
          </li>
        ))}
      </ul>
      <Add make={make} />
      <footer>
        {marked.length > 1 && <Merge names={marked} make={make} />}
        {book.changes.length > 0 && (
          <button
            type="button"
            class="nbloop-action"
            data-testid="classes-undo"
            onClick={() => void make({ op: "undo" })}
          >
            Undo: {book.changes.at(-1)}
          </button>
        )}
      </footer>
    </>
  );
}

interface RowProps extends Maker {
  choice: Choice;
  samples: number | undefined;
  marked: boolean;
  onMark(on: boolean): void;
  onSplit(): void;
}

function Row({ choice, samples, marked, onMark, onSplit, make }: RowProps): VNode {
  const { name, key, color, description } = choice;
  /** What the kernel will not take is shown as it was. */
  const field = (was: string, change: (now: string) => Change) => ({
    defaultValue: was,
    onChange: async (event: TargetedEvent<HTMLInputElement>) => {
      const input = event.currentTarget;
      const now = input.value.trim();
      if (now === was || (now === "" && was === name)) input.value = was;
      else if (!(await make(change(now)))) input.value = was;
    },
  });
  return (
    <div class="nbloop-class" data-testid="class" data-label={name}>
      <input
        type="checkbox"
        checked={marked}
        aria-label={`Choose ${name} to merge`}
        onChange={(event) => onMark(event.currentTarget.checked)}
      />
      <input
        type="color"
        aria-label={`Colour of ${name}`}
        {...field(/^#/.test(color) ? color : "#3b6fd4", (now) => ({ op: "style", name, color: now }))}
      />
      <input
        class="nbloop-class-name"
        aria-label={`Name of ${name}`}
        {...field(name, (to) => ({ op: "rename", name, to }))}
      />
      <input
        class="nbloop-class-key"
        aria-label={`Key of ${name}`}
        maxLength={1}
        {...field(key ?? "", (now) => ({ op: "style", name, key: now }))}
      />
      <input
        class="nbloop-class-about"
        aria-label={`Description of ${name}`}
        placeholder="Description"
        {...field(description, (now) => ({ op: "style", name, description: now }))}
      />
      <span class="nbloop-quiet">{samples === undefined ? "" : plural(samples, "sample")}</span>
      <button type="button" class="nbloop-action" onClick={onSplit} aria-label={`Split ${name}`}>
        Split
      </button>
    </div>
  );
}

interface SplitProps extends Maker {
  choice: Choice;
  samples: number;
  onDone(still: string | undefined): void;
}

function Split({ choice: { name }, samples, make, onDone }: SplitProps): VNode {
  const [text, setText] = useState("");
  const [to, setTo] = useState("");
  const into = [...new Set(text.split(",").map((part) => part.trim()))].filter(Boolean);
  const split = async () => {
    if (await make({ op: "split", name, into, to: into.includes(to) ? to : null })) onDone(undefined);
  };
  return (
    <form class="nbloop-split" onSubmit={submitting(split)}>
      <input
        data-testid="split-into"
        aria-label={`Split ${name} into, with commas between`}
        placeholder="new labels, with commas between"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <select aria-label={`What becomes of ${name}`} value={to} onChange={(event) => setTo(event.currentTarget.value)}>
        <option value="">{plural(samples, "sample")}: ask again</option>
        {into.map((each) => (
          <option key={each} value={each}>
            all become {each}
          </option>
        ))}
      </select>
      <button type="submit" class="nbloop-action" aria-disabled={into.length < 2}>
        Split
      </button>
    </form>
  );
}

function Merge({ names, make }: Maker & { names: readonly string[] }): VNode {
  const [into, setInto] = useState(names[0] ?? "");
  return (
    <form class="nbloop-merge" onSubmit={submitting(() => make({ op: "merge", names: [...names], into: into.trim() }))}>
      <label>
        Merge {names.join(", ")} into{" "}
        <input data-testid="merge-into" value={into} onInput={(event) => setInto(event.currentTarget.value)} />
      </label>
      <button type="submit" class="nbloop-action">
        Merge
      </button>
    </form>
  );
}

function Add({ make }: Maker): VNode {
  const [name, setName] = useState("");
  const add = async () => {
    if (name.trim() && (await make({ op: "add", label: { name: name.trim() } }))) setName("");
  };
  return (
    <form class="nbloop-add" onSubmit={submitting(add)}>
      <input
        data-testid="class-new"
        aria-label="Name of a new label"
        placeholder="another label"
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <button type="submit" class="nbloop-action">
        Add
      </button>
    </form>
  );
}

/** A form of the page goes to no server. */
function submitting(work: () => Promise<unknown>) {
  return (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    void work();
  };
}
