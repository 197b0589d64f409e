import { render } from "preact";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { Face } from "../src/cards/face";
import { splitByParts } from "../src/cards/highlight";
import { sealed } from "../src/cards/html";
import type { HeldCard } from "../src/deck";
import { Markdown } from "../src/markdown";
import type { Part } from "../src/protocol";
import { cardOf } from "./wire";

let place: HTMLElement;
beforeEach(() => {
  place = document.createElement("div");
});
const show = (card: HeldCard, parts: Part[] = []) => render(<Face card={card} parts={parts} />, place);
const text = (value: string) => cardOf("s", { content: { kind: "text", text: value } });

describe("a text", () => {
  test.each([
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "</p><iframe src='https://example.org'>",
    "&lt;b&gt; stays as it was written",
    "{{constructor.constructor('alert(1)')()}}",
  ])("is shown as it is: %s", (hostile) => {
    show(text(hostile), [{ name: "src", weight: 1 }]);
    expect(place.textContent).toBe(hostile);
    expect(place.querySelectorAll("img, script, iframe, b")).toHaveLength(0);
  });

  test("has its words marked by what they count for, in whole words only, those that count little not at all", () => {
    show(text("Pay my payment. PAY!"), [
      { name: "pay", weight: 2 },
      { name: "my", weight: -1 },
      { name: "payment", weight: 0.4 },
    ]);
    const marks = [...place.querySelectorAll("mark")].map((mark) => [mark.textContent, mark.dataset.for]);
    expect(marks).toEqual([
      ["Pay", "true"],
      ["my", "false"],
      ["PAY", "true"],
    ]);
  });
});

test("phrases and signs of regular expressions are found as written", () => {
  const parts = [
    { name: "c++ (old)", weight: 1 },
    { name: "c", weight: 1 },
  ];
  const found = splitByParts("no c++ (old) in c.", parts).filter(({ weight }) => weight !== undefined);
  expect(found.map(({ text }) => text)).toEqual(["c++ (old)", "c"]);
});

test.each(["k-10619", "a/b", "[x]", "^", "\\d", "$1", "{2}", "a.b"])("%s is found as written", (name) => {
  const found = splitByParts(`no ${name} here`, [{ name, weight: 1 }]).filter(({ weight }) => weight !== undefined);
  expect(found.map(({ text }) => text)).toEqual([name]);
});

test("a part without a name marks nothing", () => {
  expect(splitByParts("a b", [{ name: " ", weight: 1 }])).toEqual([{ text: "a b" }]);
});

describe("an image", () => {
  const content = { kind: "image" as const, buffer: 0, mime: "image/png", width: 8, height: 8 };

  test("lives from its bytes, whose address ends with it", () => {
    const made = vi.spyOn(URL, "createObjectURL");
    const ended = vi.spyOn(URL, "revokeObjectURL");
    show({ ...cardOf("s", { content }), bytes: new DataView(new ArrayBuffer(4)) });
    const address = place.querySelector("img")?.src;
    expect(address).toBe(made.mock.results[0]?.value);
    expect(ended).not.toHaveBeenCalled();
    render(null, place);
    expect(ended).toHaveBeenCalledWith(address);
  });

  test("whose bytes did not arrive says so", () => {
    show(cardOf("s", { content }));
    expect(place.textContent).toContain("did not arrive");
  });
});

test("a row shows names and values, and what counts in it", () => {
  const cells: [string, string][] = [
    ["<b>size</b>", "1.5"],
    ["colour", "red"],
  ];
  show(cardOf("s", { content: { kind: "row", cells } }), [{ name: "colour=red", weight: -0.5 }]);
  expect([...place.querySelectorAll("dt")].map((name) => name.textContent)).toEqual(["<b>size</b>", "colour"]);
  expect(place.querySelector("[data-for]")?.textContent).toBe("colourred");
});

describe("HTML of the user's own", () => {
  const hostile = `<meta http-equiv="refresh" content="0;url=https://example.org"><base href="https://example.org">
    <a href="https://example.org" target="_self" ping="https://example.org">out</a><form action="https://example.org"></form>
    <script>alert(1)</script><p>shown</p>`;

  test("is put into a frame that may do nothing", () => {
    show(cardOf("s", { content: { kind: "html", html: "<p>shown</p>" } }));
    const frame = place.querySelector("iframe");
    expect(frame?.getAttribute("sandbox")).toBe("");
    expect(frame?.getAttribute("srcdoc")).toContain("<p>shown</p>");
  });

  test("has the policy first and no way out", () => {
    const page = new DOMParser().parseFromString(sealed(hostile), "text/html");
    const policy = page.querySelector("meta");
    expect(policy?.getAttribute("http-equiv")).toBe("Content-Security-Policy");
    expect(policy?.getAttribute("content")).toMatch(/^default-src 'none'/);
    expect(page.querySelectorAll("[href], [action], [target], [ping], [http-equiv=refresh]")).toHaveLength(0);
    expect(page.body.textContent).toContain("shown");
  });
});

describe("guidelines", () => {
  const read = (markdown: string) => render(<Markdown text={markdown} />, place);

  test("are Markdown", () => {
    read("# Title\n\nSay *what* is **wanted**: `x < y`\n\n1. one\n2. two\n\n| a | b |\n|---|---|\n| c | d |");
    expect(place.querySelector("em")?.textContent).toBe("what");
    expect(place.querySelector("strong")?.textContent).toBe("wanted");
    expect(place.querySelector("code")?.textContent).toBe("x < y");
    expect([...place.querySelectorAll("li")].map((item) => item.textContent)).toEqual(["one", "two"]);
    expect(place.querySelector("td")?.textContent).toBe("c");
  });

  test("keep raw HTML as text", () => {
    read("a <b onclick=x()>bold</b>\n\n<img src=x onerror=alert(1)>\n\n![alt](https://example.org/x.png)");
    expect(place.querySelectorAll("b, img")).toHaveLength(0);
    expect(place.textContent).toContain("<img src=x onerror=alert(1)>");
  });

  test("lead to http and https only, in a page that knows nothing of this one", () => {
    read("[good](https://example.org/a) [bad](javascript:alert(1)) [data](data:text/html,x) <javascript:alert(2)>");
    const links = [...place.querySelectorAll("a")];
    expect(links.map((link) => link.getAttribute("href"))).toEqual(["https://example.org/a"]);
    expect(links[0]?.rel).toBe("noopener noreferrer");
  });
});
