// All that is drawn of the errors.
import type { Link } from "../channel";
import type { HeldCard } from "../deck";
import type { Cluster, Mistake, Neighbour, Problem, Slices, Story, Tally, View } from "../protocol";
import { type Lines, noLines } from "./lines";

export const ALL: Cluster = { by: "all" };
export type Order = "sure" | "new";
export type Tab = "pairs" | "slices" | "causes";

/** A sample as it is looked at. */
export interface Case {
  card: HeldCard;
  neighbours: readonly Neighbour[];
  /** What the present model says; empty without one. */
  predicted: string;
  confidence: number | null;
}

/** All that is drawn. */
export interface Scene {
  view: View | null;
  tally: Tally | null;
  slices: Slices | null;
  specs: readonly string[];
  story: Story | null;
  tab: Tab;
  cluster: Cluster;
  order: Order;
  lines: Lines;
  /** The error that is looked at; it stays when the model has learned better. */
  current: Mistake | undefined;
  /** Its sample, as soon as it has come. */
  opened: Case | undefined;
  note: string;
  /** How many answers wait for the kernel. */
  unsaved: number;
  link: Link;
  problem: Problem | null;
  /** For screen readers: what was just done. */
  spoken: string;
}

export function firstScene(): Scene {
  return {
    view: null,
    tally: null,
    slices: null,
    specs: [],
    story: null,
    tab: "pairs",
    cluster: ALL,
    order: "sure",
    lines: noLines(),
    current: undefined,
    opened: undefined,
    note: "",
    unsaved: 0,
    link: "opening",
    problem: null,
    spoken: "",
  };
}

export function sameCluster(a: Cluster, b: Cluster): boolean {
  const of = (c: Cluster) => [c.by ?? "all", c.name ?? "", c.label ?? "", c.predicted ?? ""].join("\n");
  return of(a) === of(b);
}
