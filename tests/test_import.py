"""`import nbloop` is light: the heavy parts come when they are used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import nbloop


def modules_after(code: str) -> set[str]:
    program = f"{code}\nimport sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_importing_nbloop_pulls_in_neither_sklearn_nor_torch_nor_altair() -> None:
    loaded = modules_after("import nbloop; nbloop.Classification(['a', 'b']); nbloop.errors")
    assert loaded.isdisjoint({"sklearn", "torch", "altair", "pandas", "sqlalchemy", "anywidget"})


def test_a_loop_without_a_screen_pulls_in_no_widget_and_no_chart() -> None:
    code = """
import nbloop
data = nbloop.Dataset(["one", "two", "three"], task=nbloop.Classification(["a", "b"]), store=":memory:")
nbloop.Loop(data).ask()
"""
    assert modules_after(code).isdisjoint({"torch", "altair", "anywidget", "ipywidgets", "vl_convert"})


def test_a_workbench_shows_up_without_the_libraries_that_write_charts() -> None:
    code = """
import nbloop
data = nbloop.Dataset(["one", "two", "three"], task=nbloop.Classification(["a", "b"]), store=":memory:")
loop = nbloop.Loop(data)
loop._ipython_display_()
"""
    loaded = modules_after(code)
    assert "anywidget" in loaded
    assert loaded.isdisjoint({"torch", "altair", "vl_convert", "jsonschema"})


def test_every_public_name_is_there_and_nothing_else() -> None:
    assert all(getattr(nbloop, name) for name in nbloop.__all__)
    assert set(nbloop.__all__) <= set(dir(nbloop))
    with pytest.raises(AttributeError, match="no attribute 'Looop'"):
        _ = nbloop.Looop
