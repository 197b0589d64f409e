"""Writing a report: what a loop knows, as a page or as Markdown."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbloop.errors import DataError
from nbloop.report.markdown import markdown
from nbloop.report.page import html
from nbloop.report.sections import sections

FORMS = {".html": html, ".htm": html, ".md": markdown}


def write_report(loop: Any, path: Path) -> Path:
    """Write the report of a loop as ``.html`` or ``.md``, and return its path."""
    if path.suffix.lower() not in FORMS:
        raise DataError(f"a report is written as .html or .md; found {path.name!r}.")
    if not path.absolute().parent.is_dir():
        raise DataError(f"a report needs a folder to lie in; there is no {str(path.parent)!r}. Make it first.")
    data, counts = loop.data, loop.data.counts()
    kinds = {"text": "texts", "image": "images", "row": "rows", "object": "samples"}
    about = (
        f"Dataset {data.uid[:8]} · {counts.total:,} {kinds[data.samples.kind]} · {len(data.task.names)} labels · "
        f"written on {datetime.now(UTC):%Y-%m-%d at %H:%M} UTC"
    )
    text = FORMS[path.suffix.lower()](f"Report of {data.uid[:8]}", sections(loop), about)
    path.write_text(text, encoding="utf8")
    return path
