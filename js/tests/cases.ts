// Made-up cases of a review.
import type { HeldCase, Standing } from "../src/docket";
import type { Case, Mark } from "../src/protocol";

export function caseOf(sample: string, change: Partial<Case> = {}): HeldCase {
  const votes = [
    { annotator: "ann", value: "ham", rationale: "<b>because</b>" },
    { annotator: "bob", value: "spam", rationale: "" },
  ];
  const causes = [{ reason: "disagreement", detail: "" }];
  const content = { kind: "text" as const, text: `text of ${sample}` };
  return { kind: "case", sample, causes, label: "ham", votes, notes: [], tier: 2, ...change, content };
}

export const standing = (change: Partial<Standing> = {}): Standing => ({
  left: 3,
  above: 0,
  waiting: [],
  up: 3,
  again: 0,
  same: 0,
  ...change,
});

export function decided(id: string, sample: string): Mark {
  return { id, at: "2026-01-01T00:00:00Z", action: { kind: "adjudicate", sample, value: "ham" } };
}
