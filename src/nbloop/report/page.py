"""The page: sections as one HTML file or as Markdown, in which nothing of a sample can run."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from nbloop.errors import DataError
from nbloop.report.section import Section, readable
from nbloop.report.sections import sections

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What the page may load: nothing. Charts are images of their own, in which no script runs."""

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --quiet: #59636e; --edge: #d1d9e0; --page: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #9ea7b3; --edge: #3a424d; --page: #16191e; } }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; border-bottom: 1px solid var(--edge); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 10px; border: 1px solid var(--edge); text-align: left; vertical-align: top;
  overflow-wrap: anywhere; max-width: 24rem; }
th { color: var(--quiet); font-weight: 550; } img { max-width: 100%; background: #fff; border-radius: 6px; }
p { white-space: pre-line; }
"""


def write_report(loop: Any, path: Path) -> Path:
    """Write the report of a loop as ``.html`` or ``.md``, and return its path."""
    forms = {".html": html, ".htm": html, ".md": markdown}
    if path.suffix.lower() not in forms:
        raise DataError(f"a report is written as .html or .md; found {path.name!r}.")
    path.write_text(forms[path.suffix.lower()](f"Report of {loop.data.uid[:8]}", sections(loop)), encoding="utf8")
    return path


def html(title: str, parts: Sequence[Section]) -> str:
    """Return one page that loads nothing and runs nothing."""
    body = "".join(_section(part) for part in parts)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><h1>{escape(title)}</h1>{body}</body></html>\n"
    )


def _section(part: Section) -> str:
    chart = ""
    if part.svg:
        data = b64encode(part.svg.encode()).decode()
        chart = f'<p><img alt="{escape(part.title)}" src="data:image/svg+xml;base64,{data}"></p>'
    return f"<section><h2>{escape(part.title)}</h2><p>{escape(part.text)}</p>{chart}{_table(part)}</section>"


def _table(part: Section) -> str:
    if part.table is None or part.table.empty:
        return ""
    names, rows = _cells(part)
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cells(part: Section) -> tuple[list[str], list[list[str]]]:
    assert part.table is not None
    frame = part.table.reset_index() if part.table.index.name else part.table
    return [str(name) for name in frame.columns], [[readable(cell) for cell in row] for row in frame.to_numpy(object)]


def markdown(title: str, parts: Sequence[Section]) -> str:
    """Return the same as Markdown, without charts; markup in what samples say is written out."""
    return f"# {_plain(title)}\n\n" + "\n".join(_marked(part) for part in parts)


def _marked(part: Section) -> str:
    text = f"## {_plain(part.title)}\n\n{_plain(part.text)}\n"
    if part.table is None or part.table.empty:
        return text
    names, rows = _cells(part)
    lines = [names, ["---"] * len(names), *rows]
    return text + "\n" + "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines) + "\n"


def _plain(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#" else letter for letter in text)


def _cell(text: str) -> str:
    return text if text == "---" else _plain(text).replace("|", "\\|").replace("\n", " ")
