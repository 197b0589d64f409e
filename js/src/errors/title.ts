// What errors that belong together are called.
import type { Cluster } from "../protocol";

const STATUS: Record<string, string> = {
  open: "Open: no reason yet",
  categorised: "Named, nothing else done",
  queued: "Queued to be looked at again",
  reviewed: "Looked at again",
};

export function titleOf({ by = "all", name = "", label = "", predicted = "" }: Cluster): string {
  if (by === "pair") return `${label} taken for ${predicted}`;
  if (by === "slice") return name;
  if (by === "reason") return name ? `Put down to ${name}` : "No reason yet";
  return by === "status" ? (STATUS[name] ?? name) : "All errors";
}
