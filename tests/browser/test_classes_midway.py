"""Classes that change by code while a page is open: it follows, and what was answered before keeps its meaning."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from driver import Notebook
from lab import Lab
from person import Person
from playwright.sync_api import Locator, Page, expect
from samples import digits

Make = Callable[..., Notebook]


@pytest.fixture
def store(lab: Lab, request: pytest.FixtureRequest) -> str:
    return str(lab.root / f"{request.node.originalname}.db")


def choice(person: Person, label: str) -> Locator:
    return person.labeler.locator(f'[data-testid=choice][data-label="{label}"]')


def test_an_open_page_follows_classes_that_code_adds_renames_merges_and_brings_back(
    notebook: Make, page: Page, store: str
):
    book = notebook(f"import nbloop, samples\nloop = nbloop.Loop(samples.digits({store!r}))\nloop").open().run_all()
    person = Person(page).sit_down()
    three, eight = person.press("3"), person.press("8")

    book.execute("loop.data.classes.add(nbloop.Label('smudge', key='x'))")
    expect(choice(person, "smudge")).to_be_visible()
    added = person.press("x")

    book.execute("loop.data.classes.rename('smudge', 'unreadable')")
    expect(choice(person, "unreadable")).to_be_visible()
    expect(choice(person, "smudge")).to_have_count(0)
    renamed = person.press("x")

    book.execute("loop.data.classes.merge(['3', '8'], 'round')")
    expect(choice(person, "round")).to_be_visible()
    expect(choice(person, "3")).to_have_count(0)
    expect(choice(person, "8")).to_have_count(0)
    merged = person.click("round")
    person.sees_count(5)
    person.sees_all_saved()
    labels = digits(store).labels["label"]
    assert {str(key): label for key, label in labels.items()} == {
        three: "round",
        eight: "round",
        added: "unreadable",
        renamed: "unreadable",
        merged: "round",
    }

    book.execute("loop.data.classes.undo()")
    expect(choice(person, "8")).to_be_visible()
    expect(choice(person, "round")).to_have_count(0)
    assert digits(store).labels.label.loc[[int(three), int(eight)]].tolist() == ["3", "8"]
