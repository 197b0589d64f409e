"""The page: sections as one HTML file, in which nothing of a sample can run and nothing is loaded."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import Any

from nbloop.report.section import Outcome, Section, Share, Span, readable
from nbloop.report.style import STYLE
from nbloop.schema import Tile

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What the page may load: nothing. Charts are images of their own, in which no script runs."""

SIGNS = {"good": "✓ good", "warn": "! look", "bad": "✕ bad"}
MARKS = {"passed": "✓ passed", "failed": "✕ failed", "undecided": "? undecided"}


def html(title: str, parts: Sequence[Section], about: str = "") -> str:
    """Return one page that loads nothing and runs nothing.

    Parameters
    ----------
    title : str
        Over it all, and of the window.
    parts : sequence of Section
        Those of one group stand together.
    about : str
        A line under the title.
    """
    groups = [(name, list(members)) for name, members in groupby(parts, key=lambda part: part.group)]
    body = "".join(_group(name, members) for name, members in groups)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><header><h1>{escape(title)}</h1>"
        f'<p class="about">{escape(about)}</p></header>'
        f'<div class="sheet">{_contents(groups)}<main>{body}</main></div></body></html>\n'
    )


def _contents(groups: Sequence[tuple[str, list[Section]]]) -> str:
    """Return links to the sections; they lead nowhere but into this page."""
    lines = []
    for name, members in groups:
        links = "".join(f'<a href="#{_anchor(part.title)}">{escape(part.title)}</a>' for part in members)
        lines.append((f"<b>{escape(name)}</b>" if name else "") + links)
    return f'<nav aria-label="Sections">{"".join(lines)}</nav>'


def _anchor(title: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in title.lower())


def _group(name: str, members: Sequence[Section]) -> str:
    head = f'<div class="group">{escape(name)}</div>' if name else ""
    return head + "".join(_section(part) for part in members)


def _section(part: Section) -> str:
    empty = part.table is None and not part.svg and not part.tiles
    kind = ' class="nothing"' if empty else ""
    text = f"<p{kind}>{escape(part.text)}</p>" if part.text else ""
    return (
        f'<section id="{_anchor(part.title)}"><h2>{escape(part.title)}</h2>{text}'
        f"{_tiles(part.tiles)}{_chart(part)}{_table(part)}</section>"
    )


def _tiles(tiles: Sequence[Tile]) -> str:
    return f'<ul class="tiles">{"".join(map(_tile, tiles))}</ul>' if tiles else ""


def _tile(tile: Tile) -> str:
    sign = f"<i>{SIGNS[tile.tone]}</i>" if tile.tone in SIGNS else ""
    return (
        f'<li class="{tile.tone}"><h3>{escape(tile.title)}{sign}</h3><strong>{escape(tile.value)}</strong>'
        f"<small>{escape(tile.detail)}</small></li>"
    )


def _chart(part: Section) -> str:
    if not part.svg:
        return ""
    light, dark = (
        "data:image/svg+xml;base64," + b64encode(svg.encode()).decode() for svg in (part.svg, part.dark or part.svg)
    )
    source = f'<source media="screen and (prefers-color-scheme: dark)" srcset="{dark}">' if part.dark else ""
    return f'<picture>{source}<img alt="{escape(f"{part.title}. {part.text}")}" src="{light}"></picture>'


def _table(part: Section) -> str:
    if part.table is None or part.table.empty:
        return ""
    names, rows = cells(part)
    numeric = [all(_is_number(row[i]) for row in rows) for i in range(len(names))]
    head = "".join(f'<th scope="col"{_number_class(numeric[i])}>{escape(name)}</th>' for i, name in enumerate(names))
    body = "".join(f"<tr>{''.join(_cell(row[i], i, numeric[i]) for i in range(len(row)))}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def cells(part: Section) -> tuple[list[str], list[list[Any]]]:
    """Return the names of the columns and the values of each row of a section's table."""
    assert part.table is not None
    frame = part.table.reset_index() if part.table.index.name else part.table
    return [str(name) for name in frame.columns], [list(row) for row in frame.to_numpy(object)]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number_class(numeric: bool) -> str:
    return ' class="number"' if numeric else ""


def _cell(value: Any, column: int, numeric: bool) -> str:
    text = escape(readable(value))
    if isinstance(value, Outcome):
        word = value.word if value.word in MARKS else ""
        return f'<td><span class="{word}">{escape(MARKS.get(value.word, value.word))}</span></td>'
    if isinstance(value, Share) and value.value == value.value:
        return f'<td>{text}<span class="bar" style="--v:{value.value:.4f}"></span></td>'
    if isinstance(value, Span) and value.low == value.low:
        return f"<td>{text}{_whisker(value)}</td>"
    return f'<th scope="row">{text}</th>' if column == 0 else f"<td{_number_class(numeric)}>{text}</td>"


def _whisker(span: Span) -> str:
    low, value, high = (
        (each + 1) / 2 if span.change else each for each in (max(span.low, -1.0), span.value, min(span.high, 1.0))
    )
    kind = "whisker change" if span.change else "whisker"
    return f'<span class="{kind}" style="--l:{low:.4f};--v:{value:.4f};--h:{high:.4f}"></span>'
