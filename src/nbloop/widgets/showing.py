"""Showing: what a cell shows takes the place of what an earlier run of the same cell showed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from IPython.core.getipython import get_ipython
from ipywidgets import Widget
from ipywidgets.widgets import widget as registry


class Run(NamedTuple):
    """One run of one cell."""

    cell: str
    request: str


def this_run() -> Run | None:
    """Return which cell runs now; None where no notebook says so."""
    parent = getattr(get_ipython(), "get_parent", dict)()
    cell = parent.get("metadata", {}).get("cellId")
    return Run(cell, parent.get("header", {}).get("msg_id", "")) if cell else None


def take_over(widget: Any, run: Run | None, *histories: dict[str, Any]) -> None:
    """Let `widget` take the place of what earlier runs of this cell showed.

    The output of those runs is gone from the notebook, but ipywidgets keeps every widget until it is closed, and
    IPython every result that a cell ended with. So they are closed here and taken out of the history. A widget that
    another cell shows too, and a loop that a variable holds, live on.

    Parameters
    ----------
    widget : Widget
        About to be displayed.
    run : Run or None
        The run that displays it; nothing happens when it is unknown.
    *histories : dict
        Where IPython keeps results: the user's names with ``Out``, the hidden ones, and those of its display hook.
    """
    if run is None:
        return
    shown = vars(widget).setdefault("_shown_in", {})
    shown[run.cell] = run.request
    old = [one for one in _all_shown() if _only_before(vars(one)["_shown_in"], run)]
    sessions = {id(vars(one).get("_session")) for one in old} - {id(vars(widget).get("_session"))}
    for one in old:
        _close(one)
    for history in histories:
        _forget(sessions, history)


def _all_shown() -> Iterable[Widget]:
    return [one for one in list(registry._instances.values()) if "_shown_in" in vars(one)]


def _only_before(shown: dict[str, str], run: Run) -> bool:
    return shown.keys() == {run.cell} and shown[run.cell] != run.request


def _close(widget: Any) -> None:
    for child in getattr(widget, "children", ()):
        if not vars(child).get("_shown_in"):
            _close(child)
    if widget.layout is not None:
        widget.layout.close()
    widget.close()
    vars(widget).pop("_session", None)


def _forget(sessions: set[int], history: dict[str, Any]) -> None:
    """Take what belongs to these sessions out of IPython's results."""
    results = history.get("Out", {})
    for n in [n for n, result in results.items() if _is_of(result, sessions)]:
        del results[n]
    for name in [name for name in history if not name.strip("_0123456789")]:  # `_`, `__`, `___` and `_12`
        if _is_of(history[name], sessions):
            history[name] = ""


def _is_of(result: Any, sessions: set[int]) -> bool:
    return id(getattr(result, "_session", sessions)) in sessions
