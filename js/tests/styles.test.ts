// Widgets of one page share their class names: a rule of one must not reach into another.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** The selectors that are nested in no other, also those within media queries. */
function outermost(css: string): string[] {
  const found: string[] = [];
  const around: string[] = [];
  for (const [, text, sign] of css.replace(/\/\*[\s\S]*?\*\//g, "").matchAll(/([^{};]*)([{};])/g)) {
    const selector = (text ?? "").trim();
    if (sign === "{" && !selector.startsWith("@") && around.every((other) => other.startsWith("@")))
      found.push(selector);
    if (sign === "{") around.push(selector);
    if (sign === "}") around.pop();
  }
  return found;
}

test.each(["curve", "dashboard", "errors", "gate", "review"])("the rules of %s stay in it", (name) => {
  const found = outermost(readFileSync(`js/src/${name}.css`, "utf8"));
  expect(found.length).toBeGreaterThan(0);
  for (const selector of found)
    expect(selector).toMatch(/^\.nbloop(\[data-widget="\w+"\]| \.nbloop-(board|errors|gate)\b)/);
});

test("the labeler dresses no bar but that of its header: on one page with a dashboard, its bar was gone", () => {
  const rules = readFileSync("js/src/labeler.css", "utf8").match(/^.*\bprogress\b.*[,{]$/gm) ?? [];
  expect(rules.length).toBeGreaterThan(0);
  for (const rule of rules) expect(rule).toContain(".nbloop-header progress");
});

test.each(["curve", "dashboard", "errors", "gate", "labeler", "review"])(
  "%s does not look from its root at what it holds: each new node would restyle it all",
  (name) => {
    expect(readFileSync(`js/src/${name}.css`, "utf8")).not.toMatch(/\.nbloop(-labeler)?(\[[^\]]*\])?:has\(/);
  },
);
