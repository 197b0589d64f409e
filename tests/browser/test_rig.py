"""The rig itself: what it forbids is really forbidden."""

from __future__ import annotations

from collections.abc import Callable

from driver import Notebook
from playwright.sync_api import Browser


def test_a_page_cannot_reach_the_network(browser: Browser):
    page = browser.new_page()
    answer = page.evaluate("() => fetch('http://example.org/').then(() => 'reached', error => error.name)")
    page.close()
    assert answer == "TypeError"


def test_a_cell_runs_in_the_kernel_and_shows_what_it_printed(notebook: Callable[..., Notebook]):
    made = notebook("x = 20\nprint('made', x)").open().run_all()
    assert "made 20" in made.cell_output(0).inner_text()
    assert made.execute("print(x + 1)") == "21\n"
