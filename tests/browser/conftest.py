"""One server and one browser for all browser tests; a notebook for each; and nothing that leaves this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from driver import Notebook, chromium
from lab import Lab, running
from ledger import STILLBORN
from playwright.sync_api import BrowserContext, BrowserType, Dialog, Page, expect
from playwright.sync_api import Error as PlaywrightError

from nbloop.widgets.bundle import bundle

expect.set_options(timeout=20_000)  # ms; a kernel on a busy machine
SOURCES = Path(__file__).parents[2] / "js" / "src"
WINDOW: Any = {"width": 1280, "height": 900}  # of a small laptop, so that layouts and pictures are the same everywhere
LOCAL = {"127.0.0.1", "localhost", ""}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here, so that ``-m "not browser"`` leaves it out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session", autouse=True)
def _built() -> None:
    """What is tested must be what is written: widgets built from older sources fail in ways that cost days."""
    newest = max(path.stat().st_mtime for path in SOURCES.rglob("*") if path.is_file())
    if bundle("labeler.js").stat().st_mtime < newest:
        pytest.exit("the widgets are older than their sources: run `make bundle`", returncode=1)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Start JupyterLab once."""
    with running(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch the Chromium of this machine, cut off from the network."""
    return {**browser_type_launch_args, **chromium()}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Give every page the same window."""
    return {**browser_context_args, "viewport": WINDOW}


@pytest.fixture(scope="session")
def context(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    browser_context_args: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BrowserContext]:
    """Keep one browser with a folder of its own: JupyterLab's files are loaded once, and what was compiled is kept."""
    folder = tmp_path_factory.mktemp("browser")
    context = browser_type.launch_persistent_context(folder, **browser_type_launch_args, **browser_context_args)
    yield context
    context.close()


@pytest.fixture(scope="session")
def left() -> list[Page]:
    """Keep the page that a test left in order for the next: loading JupyterLab takes longer than most tests."""
    return []


@pytest.fixture
def page(context: BrowserContext, left: list[Page]) -> Iterator[Page]:
    """Give a page that fails its test when it asked anyone but this machine, threw, or opened a dialog."""
    page = left.pop() if left else context.new_page()
    asked, thrown, dialogs = [], [], []
    heard: dict[Any, Callable[..., None]] = {
        "request": lambda request: asked.append(request.url),
        "pageerror": lambda error: thrown.append(str(error)),
        "dialog": lambda dialog: _answer(dialog, dialogs),
    }
    for event, listener in heard.items():
        page.on(event, listener)
    yield page
    if page in left:
        for event, listener in heard.items():
            page.remove_listener(event, listener)
    else:
        page.close()
    assert [url for url in asked if (urlsplit(url).hostname or "") not in LOCAL] == []
    assert [error for error in thrown if STILLBORN not in error] == []
    assert dialogs == []


def _answer(dialog: Dialog, dialogs: list[str]) -> None:
    """Leave a page when a test reloads it; anything else was no idea of ours."""
    if dialog.type == "beforeunload":
        dialog.accept()
    else:
        dialogs.append(dialog.message)
        dialog.dismiss()


@pytest.fixture
def notebook(
    page: Page, lab: Lab, left: list[Page], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Notebook]]:
    """Make the notebook of a test. JupyterLab and the kernel go from test to test, swept: both take seconds."""
    made: list[Notebook] = []

    def make(*cells: str) -> Notebook:
        made.append(Notebook(page, lab, request.node.originalname).write(*cells))
        lab.hand_over(made[-1].path)
        return made[-1]

    yield make
    try:
        for one in made:
            one.sweep()
            one.close()
        if made:
            page.set_viewport_size(WINDOW)
            page.emulate_media(forced_colors="none", reduced_motion="no-preference")
            left.append(page)
    except PlaywrightError:  # the test failed with its kernel busy or its page gone
        lab.end_kernels()
