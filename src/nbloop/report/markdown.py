"""The same as Markdown, in which markup in what samples say is written out."""

from __future__ import annotations

from collections.abc import Sequence

from nbloop.report.page import cells
from nbloop.report.section import Section, readable


def markdown(title: str, parts: Sequence[Section], about: str = "") -> str:
    """Return sections as Markdown, without charts."""
    head = f"# {_plain(title)}\n\n" + (f"{_plain(about)}\n\n" if about else "")
    return head + "\n".join(_marked(part) for part in parts)


def _marked(part: Section) -> str:
    text = f"## {_plain(part.title)}\n\n" + (f"{_plain(part.text)}\n" if part.text else "")
    for tile in part.tiles:
        text += f"- **{_plain(tile.title)}: {_plain(tile.value)}** {_plain(tile.detail)}".replace("\n", " ") + "\n"
    if part.table is None or part.table.empty:
        return text
    names, rows = cells(part)
    lines = [list(map(_cell, names)), ["---"] * len(names), *([_cell(readable(cell)) for cell in row] for row in rows)]
    return text + "\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _plain(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#" else letter for letter in text)


def _cell(text: str) -> str:
    return _plain(text).replace("|", "\\|").replace("\r", " ").replace("\n", " ")
