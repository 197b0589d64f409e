// The drawn chart: a Vega view that gets rows, an outlook and a width, and is never drawn anew for any of them.
import { changeset, parse, View } from "vega";
import drawings from "./chart.json";
import type { Outlook, Round } from "./protocol";
import type { Theme } from "./theme";

export type Row = Round & { accuracy: number };
type Spec = Parameters<typeof parse>[0];

export class Chart {
  #view: View;
  #count = 0;

  constructor(theme: Theme, place: HTMLElement) {
    this.#view = new View(parse(drawings[theme] as Spec), { renderer: "svg", container: place, hover: true });
  }

  /** Add the rows that are new since the last call; the last of all is the current one. */
  async show(rows: readonly Row[]): Promise<void> {
    const fresh = rows.slice(this.#count);
    this.#count = rows.length;
    this.#view.change("rounds", changeset().insert(fresh.map((row) => ({ ...row }))));
    this.#replace("current", rows.slice(-1));
    await this.#view.runAsync();
  }

  /** Take other marks of what random order reached, and of what is to come. */
  async lookAhead({ control = [], ahead = [] }: Outlook): Promise<void> {
    this.#replace("control", control);
    this.#replace("ahead", ahead);
    await this.#view.runAsync();
  }

  async resize(width: number): Promise<void> {
    await this.#view.width(width).runAsync();
  }

  end(): void {
    this.#view.finalize();
  }

  #replace(data: string, rows: readonly object[]): void {
    const change = changeset().remove(() => true);
    this.#view.change(data, change.insert(rows.map((row) => ({ ...row }))));
  }
}
