"""Whatever breaks while a person labels, no answer is lost and none counts twice."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from driver import LIMIT, Notebook
from lab import Lab
from ledger import Ledger
from playwright.sync_api import BrowserContext, Page, expect
from playwright.sync_api import Error as PlaywrightError
from proxy import Proxy, proxied
from trouble import FAULTS, Scene, race_tabs, sit_down

CLEAN = {"lost": 0, "duplicated": 0}

FULL_DISK = """
from sqlalchemy import event
from nbloop.schema import Flag
full = True

def no_more_pages(connection, *_):
    pages = connection.execute('PRAGMA page_count').fetchone()[0]
    connection.execute(f'PRAGMA max_page_count={pages if full else 2**30}')

event.listen(data._journal._engine, 'connect', no_more_pages)
data._journal._engine.dispose()
try:
    for sample in range(3999, 0, -1):
        data.record([data.event(Flag(str(sample)))])
    raise AssertionError('the disk took everything')
except nbloop.errors.StoreError:
    pass
"""
"""Fill the store to its last byte, as SQLite sees it."""


@pytest.fixture
def proxy(lab: Lab) -> Iterator[Proxy]:
    with proxied(lab.port) as made:
        yield made


@pytest.fixture
def stage(lab: Lab, page: Page, proxy: Proxy, request: pytest.FixtureRequest) -> Iterator[Callable[..., Scene]]:
    notebook = Notebook(page, lab.through(proxy.port), request.node.name.translate({ord(sign): "-" for sign in "[] "}))

    def make(keeps: bool = True, busy: bool = False) -> Scene:
        ledger = Ledger(keeps)
        ledger.follow(page)
        lab.hand_over(notebook.path)
        return Scene(notebook, proxy, ledger, random.Random(0), busy).write()

    page.set_default_timeout(LIMIT)
    yield make
    try:
        notebook.sweep()
    except PlaywrightError:  # the test failed with its kernel busy or its page gone
        lab.end_kernels()
    page.close()
    lab.use_subshells(True)


def verdict(scene: Scene) -> dict[str, int]:
    found = scene.ledger.audit(scene.store)
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
    scene.run()
    assert scene.ledger.audit(scene.store)["lost"] == len(scene.ledger.made) > 0


def test_two_tabs_that_answer_at_one_moment_leave_one_answer_a_sample(
    stage: Callable[..., Scene], context: BrowserContext
):
    scene = stage()
    scene.begin()
    other = context.new_page()
    scene.ledger.follow(other)
    sit_down(Notebook(other, scene.notebook.lab, scene.notebook.name).open())
    for _ in range(3):
        race_tabs(scene, other)
    other.close()
    assert verdict(scene) == CLEAN


def test_a_full_disk_is_said_under_the_card_and_the_answers_are_saved_when_there_is_room(
    stage: Callable[..., Scene], page: Page
):
    scene = stage()
    person = scene.begin()
    scene.notebook.execute(FULL_DISK)
    for _ in range(3):
        scene.answer(1)
    expect(person.part("problem")).to_contain_text("disk is full")
    scene.sees_unsaved()
    page.reload()
    sit_down(scene.notebook.ready())
    expect(person.part("problem")).to_contain_text("disk is full")
    scene.sees_unsaved()
    scene.notebook.execute("full = False; data._journal._engine.dispose()")
    scene.settles()
    expect(person.part("problem")).to_have_count(0)
    assert verdict(scene) == CLEAN
