// A long list of which only what is seen is here: places, and the errors known for some of them.
import type { Mistake, Mistakes } from "../protocol";

export class Lines {
  constructor(
    readonly total: number,
    /** Where one looks. */
    readonly place: number,
    private readonly known: ReadonlyMap<number, Mistake>,
    /** What was known before the list changed: drawn until the new lines are here. */
    private readonly old: ReadonlyMap<number, Mistake>,
    /** Whether the list was ever asked for. */
    readonly asked: boolean,
    /** By how many places the line that one looks at has moved through changes of the list. */
    readonly drift: number,
  ) {}

  /** The error at a place. */
  at(place: number): Mistake | undefined {
    return this.known.get(place);
  }

  /** The line to draw at a place. */
  line(place: number): Mistake | undefined {
    return this.known.get(place) ?? this.old.get(place);
  }

  /** The first place from `from` to `to` that is not known. */
  missing(from: number, to: number): number | undefined {
    for (let place = Math.max(0, from); place <= Math.min(to, this.total - 1); place++) {
      if (!this.known.has(place)) return place;
    }
    return undefined;
  }

  moved(place: number): Lines {
    return new Lines(this.total, place, this.known, this.old, this.asked, this.drift);
  }

  /** The list with a line changed, wherever it is. */
  with(mistake: Mistake): Lines {
    const known = new Map([...this.known].map(([place, one]) => [place, one.id === mistake.id ? mistake : one]));
    return new Lines(this.total, this.place, known, this.old, this.asked, this.drift);
  }
}

export function noLines(): Lines {
  return new Lines(0, 0, new Map(), new Map(), false, 0);
}

/** The list with a window more; `fresh` when it may have changed, so that only the window is known of it. */
export function withWindow(lines: Lines, { total, start = 0, mistakes, place }: Mistakes, fresh: boolean): Lines {
  const changed = fresh || total !== lines.total;
  const window = mistakes.map((mistake, i) => [start + i, mistake] as const);
  const known = new Map([...(changed ? [] : entries(lines)), ...window]);
  const now = place ?? Math.max(0, Math.min(lines.place, total - 1));
  const drift = lines.drift + (place == null ? 0 : place - lines.place);
  return new Lines(total, now, known, new Map(changed ? entries(lines) : []), true, drift);
}

function entries(lines: Lines): [number, Mistake][] {
  const found: [number, Mistake][] = [];
  for (let place = 0; place < lines.total; place++) {
    const mistake = lines.at(place);
    if (mistake) found.push([place, mistake]);
  }
  return found;
}
