"""Outside JupyterLab: the same widgets in Notebook 7, Voilà and marimo, offline and saved to the same disk."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import LIMIT, Notebook
from lab import Lab, running, serving
from person import ANY, Person
from playwright.sync_api import BrowserContext, Page, expect
from samples import TRUTH, digits

MARIMO = """
import marimo
app = marimo.App(width="medium")

@app.cell
def _():
    import marimo as mo, nbloop, samples
    loop = nbloop.Loop(samples.digits({store!r}))
    return loop, mo

@app.cell
def _(loop, mo):
    mo.ui.anywidget(loop.labeler())
    return

@app.cell
def _(loop, mo):
    mo.ui.anywidget(loop.curve(live=True))
    return

if __name__ == "__main__":
    app.run()
"""


def labels_some(page: Page, store: str) -> None:
    """Label by keyboard, take one back, and find the rest on disk."""
    person = Person(page)
    expect(person.card).to_have_attribute("data-sample", ANY, timeout=LIMIT)  # the cells run only now
    person.sit_down()
    given = person.answer(TRUTH, 12)
    person.act("undo")
    person.sees_count(11)
    person.sees_all_saved()
    expect(page.get_by_test_id("chart").locator("svg")).to_be_visible()
    labels = digits(store).labels["label"]
    assert len(labels) == 11
    assert dict(zip(labels.index.astype(str), labels, strict=True)).items() <= given.items()
    page.keyboard.press("?")
    expect(person.card.locator("[data-current=true][data-explained]")).to_be_visible()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Give a page of a host that may ask the network for fonts, and may throw: that is its own affair."""
    page = context.new_page()
    yield page
    page.close()


@pytest.fixture
def store(tmp_path: Path) -> str:
    return str(tmp_path / "elsewhere.db")


def test_in_notebook_7_a_person_labels_and_the_curve_moves(page: Page, store: str, tmp_path: Path):
    with running(tmp_path / "home", "notebook") as server:
        code = f"import nbloop, samples\nloop = nbloop.Loop(samples.digits({store!r}))\nloop"
        made = Notebook(page, server, "seven").write(code)
        page.goto(server.url("notebooks/seven.ipynb"))
        made.ready().run_all()
        labels_some(page, store)
        made.screenshot("notebook-7")


def test_in_voila_a_person_labels_and_the_curve_moves(page: Page, store: str, tmp_path: Path):
    server = Lab(tmp_path / "home")
    server.root.mkdir(parents=True)
    code = f"import nbloop, samples\nloop = nbloop.Loop(samples.digits({store!r}))\nloop"
    made = Notebook(page, server, "app").write(code)
    command = [sys.executable, "-m", "voila", "--no-browser", "--Voila.ip=127.0.0.1", f"--port={server.port}"]
    with serving(server, command, "health"):
        page.goto(server.url("voila/render/app.ipynb"), timeout=LIMIT)  # it comes when the notebook has run
        labels_some(page, store)
        made.screenshot("voila")


def test_in_marimo_a_person_labels_and_the_curve_moves(page: Page, store: str, tmp_path: Path):
    server = Lab(tmp_path / "home")
    server.root.mkdir(parents=True)
    (server.root / "app.py").write_text(MARIMO.format(store=store))
    command = [sys.executable, "-m", "marimo", "run", "app.py", "--headless", "--no-token", "--host=127.0.0.1"]
    with serving(server, [*command, f"--port={server.port}"], "health"):
        page.goto(server.url(""))
        labels_some(page, store)
        Notebook(page, server, "app").screenshot("marimo")
