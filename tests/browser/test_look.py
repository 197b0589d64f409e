"""How it looks: themes, narrow places, high contrast. Pictures go to ``build/screenshots`` to be looked at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from driver import Notebook
from person import Person
from playwright.sync_api import Page, expect

Make = Callable[..., Notebook]

START = "import nbloop, samples\nloop = nbloop.Loop(samples.{name}({store!r}), target=100)\n"
TAUGHT = START + "loop.simulate(n=40, batch=4)\nloop"


def taught(notebook: Make, name: str) -> Notebook:
    """Show the workbench of a loop that has learned something."""
    made = notebook()
    store = made.path.with_name(f"{made.name}-{name}.db")
    made.write(TAUGHT.format(name=name, store=str(store))).open().run_all()
    expect(made.page.get_by_test_id("chart").locator("svg")).to_be_visible(timeout=20_000)
    return made


@pytest.mark.parametrize("name", ["inbox", "cells", "digits"])
def test_the_workbench_of_every_kind_of_sample_has_its_picture(notebook: Make, page: Page, name: str):
    made = taught(notebook, name)
    person = Person(page).sit_down()
    page.keyboard.press("?")
    expect(person.part("why")).to_be_visible()
    made.screenshot(f"workbench-{name}")


def test_the_dark_theme_darkens_the_labeler_and_the_curve(notebook: Make, page: Page):
    made = taught(notebook, "digits")
    light = ink(page)
    made.theme("JupyterLab Dark")
    try:
        expect(page.locator(".nbloop[data-theme=dark]")).to_have_count(2)
        assert ink(page) != light
        Person(page).sit_down()
        made.screenshot("workbench-dark")
    finally:
        made.theme("JupyterLab Light")


def test_a_narrow_place_needs_no_sideways_scrolling(notebook: Make, page: Page):
    made = taught(notebook, "inbox")
    page.set_viewport_size({"width": 480, "height": 900})
    person = Person(page).sit_down()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.nbloop')].every(face => face.scrollWidth <= face.clientWidth + 1)"
    )
    box = person.labeler.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 480
    made.screenshot("workbench-narrow")


def test_high_contrast_keeps_borders_and_reduced_motion_moves_nothing(notebook: Make, page: Page):
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    made = taught(notebook, "digits")
    person = Person(page).sit_down()
    border = person.part("choice").first.evaluate("button => getComputedStyle(button).borderTopWidth")
    assert border != "0px"
    assert moving(page) == []
    made.screenshot("workbench-high-contrast")


def ink(page: Page) -> str:
    return page.get_by_test_id("labeler").evaluate("element => getComputedStyle(element).color")


def moving(page: Page) -> list[str]:
    """Return the classes of what would take its time to change."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.nbloop *')].filter(element => {
            const style = getComputedStyle(element);
            const longest = text => Math.max(...text.split(',').map(parseFloat));
            return longest(style.transitionDuration) > 0.01 || longest(style.animationDuration) > 0.01;
        }).map(element => String(element.className))"""
    )
