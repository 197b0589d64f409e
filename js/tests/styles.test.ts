import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const SOURCES = join(__dirname, "../src");
const sheets = readdirSync(SOURCES).filter((name) => name.endsWith(".css"));

test.each(sheets)(
  "%s does not look from the root of a widget at what it holds: each new node would restyle it all",
  (name) => {
    expect(readFileSync(join(SOURCES, name), "utf8")).not.toMatch(/\.nbloop(-labeler)?(\[[^\]]*\])?:has\(/);
  },
);
