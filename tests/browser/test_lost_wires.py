"""Whatever breaks while a person labels, no answer is lost and none counts twice."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from driver import Notebook
from lab import Lab
from ledger import Ledger
from person import Person
from playwright.sync_api import BrowserContext, Page, expect
from proxy import Proxy, proxied
from trouble import CELLS, FAULTS, Scene, race_tabs

CLEAN = {"lost": 0, "duplicated": 0}


@pytest.fixture
def proxy(lab: Lab) -> Iterator[Proxy]:
    with proxied(lab.port) as made:
        yield made


@pytest.fixture
def stage(lab: Lab, page: Page, proxy: Proxy, request: pytest.FixtureRequest) -> Iterator[Callable[..., Scene]]:
    def make(keeps: bool = True, busy: bool = False) -> Scene:
        name = request.node.name.translate({ord(sign): "-" for sign in "[] "})
        notebook = Notebook(page, lab.through(proxy.port), name)
        notebook.write(*(cell.format(store=str(lab.root / f"{name}.db")) for cell in CELLS))
        ledger = Ledger(keeps)
        ledger.follow(page)
        return Scene(notebook, proxy, ledger, random.Random(0), busy)

    yield make
    page.close()
    lab.use_subshells(True)
    lab.end_kernels()


def verdict(scene: Scene) -> dict[str, int]:
    found = scene.ledger.audit(str(scene.notebook.path.with_suffix(".db")))
    assert found.pop("acknowledged") == len(scene.ledger.made) > 0
    return found


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_the_middle_of_answers_loses_none_and_doubles_none(name: str, stage: Callable[..., Scene]):
    scene = stage()
    scene.begin()
    for _ in range(2):
        FAULTS[name](scene)
    assert verdict(scene) == CLEAN


@pytest.mark.parametrize("name", ["wire cut", "page reloaded"])
def test_a_fault_beside_a_busy_cell_without_subshells_loses_none(name: str, lab: Lab, stage: Callable[..., Scene]):
    lab.use_subshells(False)
    scene = stage(busy=True)
    scene.begin()
    FAULTS[name](scene)
    assert verdict(scene) == CLEAN


def test_a_page_that_may_store_nothing_says_so_and_loses_what_was_not_saved(stage: Callable[..., Scene], page: Page):
    scene = stage(keeps=False)
    person = scene.begin()
    scene.notebook.restart()
    scene.answer()
    expect(person.part("kernel")).to_contain_text("This browser stores nothing")
    page.reload()
    scene.notebook.ready().run_all()
    person.sit_down()
    assert scene.ledger.audit(str(scene.notebook.path.with_suffix(".db")))["lost"] == len(scene.ledger.made) > 0


def test_two_tabs_that_answer_at_one_moment_leave_one_answer_a_sample(
    stage: Callable[..., Scene], context: BrowserContext
):
    scene = stage()
    scene.begin()
    other = context.new_page()
    scene.ledger.follow(other)
    Notebook(other, scene.notebook.lab, scene.notebook.name).open()
    Person(other).sit_down()
    for _ in range(3):
        race_tabs(scene, other)
    other.close()
    assert verdict(scene) == CLEAN
