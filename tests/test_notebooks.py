"""The notebooks as files; nbval runs them (``make notebooks``)."""

from __future__ import annotations

import nbformat
import pytest

from nbloop.cli import notebooks

NOTEBOOKS = {path.stem: nbformat.read(path, as_version=4) for path in notebooks()}


@pytest.fixture(params=sorted(NOTEBOOKS))
def notebook(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return NOTEBOOKS[request.param]


def test_there_is_one_for_images_one_for_text_one_for_tables_and_one_for_the_whole_cycle():
    assert set(NOTEBOOKS) == {"once_around", "quickstart", "tabular", "text"}


def test_a_notebook_first_tells_a_person_what_to_do(notebook: nbformat.NotebookNode):
    assert notebook.cells[0].cell_type == "markdown"
    assert "**What to do:**" in notebook.cells[0].source


def test_only_outputs_that_are_compared_are_kept(notebook: nbformat.NotebookNode):
    kept = [cell.id for cell in notebook.cells if cell.get("outputs")]
    compared = [cell.id for cell in notebook.cells if "nbval-check-output" in cell.metadata.get("tags", [])]
    assert kept == compared
    assert "widgets" not in notebook.metadata


def test_a_notebook_ends_its_loop_in_the_workbench_and_shows_a_curve(notebook: nbformat.NotebookNode):
    last_lines = [cell.source.splitlines()[-1] for cell in notebook.cells if cell.cell_type == "code"]
    assert "loop" in last_lines
    assert "rehearsal.curve(live=True)" in last_lines
