// HTML that the user's own `render` made: shown in a frame that can run nothing, fetch nothing and lead nowhere.
import type { VNode } from "preact";
import { useMemo } from "preact/hooks";

export function HtmlFace({ html }: { html: string }): VNode {
  const page = useMemo(() => sealed(html), [html]);
  return <iframe class="nbloop-html" title="Sample" sandbox="" srcdoc={page} tabIndex={-1} loading="eager" />;
}

const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
const WAYS_OUT = ["href", "xlink:href", "action", "formaction", "target", "ping", "http-equiv"];

/** The page with the policy first. The sandbox stops scripts, but a click on a link would still fetch: links lose it. */
export function sealed(html: string): string {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const element of page.querySelectorAll("a, area, base, button, form, input, link, meta")) {
    for (const name of WAYS_OUT) element.removeAttribute(name);
  }
  const policy = page.createElement("meta");
  policy.setAttribute("http-equiv", "Content-Security-Policy");
  policy.setAttribute("content", POLICY);
  const plain = page.createElement("style");
  plain.textContent = "body { margin: 16px; font: 15px/1.5 system-ui, sans-serif; }";
  page.head.prepend(policy, plain);
  return `<!doctype html>${page.documentElement.outerHTML}`;
}
