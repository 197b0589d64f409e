// Guidelines as document nodes: marked reads the Markdown, and only what is listed here can come out of it.
// Raw HTML in it stays text, images become their description, links lead to http(s) only.
import { Lexer, type Token, type Tokens } from "marked";
import type { ComponentChildren, VNode } from "preact";
import { useMemo } from "preact/hooks";

export function Markdown({ text }: { text: string }): VNode {
  return useMemo(() => <>{nodes(new Lexer().lex(text))}</>, [text]);
}

function nodes(tokens: readonly Token[] | undefined): ComponentChildren {
  return tokens?.map((token) => node(token));
}

function node(token: Token): ComponentChildren {
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "heading":
      return <p class="nbloop-heading">{nodes(token.tokens)}</p>;
    case "paragraph":
      return <p>{nodes(token.tokens)}</p>;
    case "blockquote":
      return <blockquote>{nodes(token.tokens)}</blockquote>;
    case "code":
      return (
        <pre>
          <code>{token.text}</code>
        </pre>
      );
    case "hr":
      return <hr />;
    case "list":
      return list(token as Tokens.List);
    case "table":
      return table(token as Tokens.Table);
    default:
      return span(token);
  }
}

function span(token: Token): ComponentChildren {
  switch (token.type) {
    case "strong":
      return <strong>{nodes(token.tokens)}</strong>;
    case "em":
      return <em>{nodes(token.tokens)}</em>;
    case "del":
      return <del>{nodes(token.tokens)}</del>;
    case "codespan":
      return <code>{token.text}</code>;
    case "br":
      return <br />;
    case "link":
      return link(token as Tokens.Link);
    case "text":
    case "escape":
      return "tokens" in token && token.tokens ? nodes(token.tokens) : token.text;
    case "image":
      return token.text;
    default:
      return token.raw;
  }
}

function list({ ordered, start, items }: Tokens.List): VNode {
  const entries = items.map((item) => (
    <li>
      {item.task && (item.checked ? "☑ " : "☐ ")}
      {nodes(item.tokens)}
    </li>
  ));
  return ordered ? <ol start={Number(start) || 1}>{entries}</ol> : <ul>{entries}</ul>;
}

function table({ header, rows }: Tokens.Table): VNode {
  return (
    <table>
      <thead>
        <tr>
          {header.map((cell) => (
            <th scope="col">{nodes(cell.tokens)}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr>
            {row.map((cell) => (
              <td>{nodes(cell.tokens)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function link({ href, tokens, raw }: Tokens.Link): ComponentChildren {
  if (!/^https?:\/\//i.test(href)) return raw;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {nodes(tokens)}
    </a>
  );
}
