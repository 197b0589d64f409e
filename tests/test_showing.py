"""A cell that is run again leaves nothing of its earlier runs behind, and takes nothing that somebody still holds."""

from __future__ import annotations

import gc
import threading
import weakref
from pathlib import Path
from typing import Any

from ipywidgets.widgets import widget as registry

import nbloop
from nbloop.widgets.showing import Run, take_over

TEXTS = [f"sample {i}" for i in range(12)]


def run_cell(store: Path, n: int, names: dict[str, Any], cell: str = "c1") -> Any:
    """Do what a cell that ends with a new loop does; return its workbench."""
    task = nbloop.Classification(["a", "b"])
    loop = nbloop.Loop(nbloop.Dataset(TEXTS, id=TEXTS, task=task, store=store), learner=None)
    bench = loop.workbench()
    take_over(bench, Run(cell, f"run {n}"), names)
    names["loop"] = names["_"] = names[f"_{n}"] = loop
    names["Out"][n] = names["___"] = loop
    return bench


def is_open(widget: Any) -> bool:
    return any(one is widget for one in registry._instances.values())


def workers() -> int:
    return sum(thread.name == "nbloop" for thread in threading.enumerate())


def test_a_cell_run_ten_times_leaves_one_loop_one_worker_and_one_labeler(tmp_path: Path) -> None:
    gc.collect()
    before, gone = workers(), threading.Event()
    names: dict[str, Any] = {"Out": {}}
    made = [weakref.ref(run_cell(tmp_path / "s.db", n, names)._session) for n in range(10)]
    gc.collect()
    left = [session() for session in made if session() is not None]
    assert left == [names["loop"]._session]
    assert list(names["Out"]) == [9]
    deadline = 20 / 0.05
    while workers() > before + 1 and (deadline := deadline - 1) > 0:
        gone.wait(0.05)
    assert workers() <= before + 1
    names["loop"].close()


def test_a_loop_that_a_variable_holds_goes_on(tmp_path: Path) -> None:
    names: dict[str, Any] = {"Out": {}}
    bench = run_cell(tmp_path / "s.db", 0, names)
    mine = names["loop"]
    run_cell(tmp_path / "s.db", 1, names)
    assert not is_open(bench)
    mine.tell(TEXTS[0], "a")
    assert mine.ask()[0].id != TEXTS[0]
    assert is_open(mine.labeler())


def test_what_another_cell_or_the_same_run_shows_stays(tmp_path: Path) -> None:
    names: dict[str, Any] = {"Out": {}}
    first = run_cell(tmp_path / "s.db", 0, names)
    take_over(first, Run("c2", "run 5"), names)
    beside = run_cell(tmp_path / "t.db", 1, names)
    also = run_cell(tmp_path / "u.db", 1, names)
    assert [is_open(one) for one in (first, beside, also)] == [True] * 3
    run_cell(tmp_path / "v.db", 2, names)
    assert [is_open(one) for one in (first, beside, also)] == [True, False, False]
