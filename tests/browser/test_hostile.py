"""Samples are text, whatever they say; and what fails in the loop is told, while labels go on."""

from __future__ import annotations

from collections.abc import Callable

from driver import Notebook
from lab import Lab
from person import Person
from playwright.sync_api import Page, expect
from samples import TRUTH, digits, hostile

from naughty import naughty

Make = Callable[..., Notebook]

FAILING = """
import nbloop, samples
from sklearn.linear_model import LogisticRegression

class Tired(LogisticRegression):
    def fit(self, X, y, **options):
        if len(y) >= 4:
            raise ValueError(f"this learner gives up at {len(y)} labels")
        return super().fit(X, y, **options)

loop = nbloop.Loop(samples.digits("%s"), learner=Tired())
loop
"""


def test_naughty_texts_are_shown_as_they_are_and_run_nothing(notebook: Make, page: Page, lab: Lab):
    store = str(lab.root / "hostile.db")
    notebook(f"import nbloop, samples\nnbloop.Loop(samples.hostile({store!r}), learner=None)").open().run_all()
    person = Person(page).sit_down()
    texts, shown = naughty(), {}
    assert len(texts) >= 515
    face = person.card.locator("[data-current=true]")
    for _ in texts:
        shown[person.sample] = face.evaluate("element => [element.textContent, element.querySelectorAll('*').length]")
        page.keyboard.press("2")
        if len(shown) < len(texts):
            expect(person.card).not_to_have_attribute("data-sample", list(shown)[-1])
    person.sees_count(len(texts))
    person.sees_all_saved()
    assert {int(key): text for key, (text, _) in shown.items()} == dict(enumerate(texts))
    assert {elements for _, elements in shown.values()} == {1}, "one paragraph, and nothing in it but text"
    assert page.evaluate("() => window.ran ?? 0") == 0
    assert len(hostile(store).labels) == len(texts)


def test_what_a_learner_fails_with_stands_under_the_card_and_labels_go_on(notebook: Make, page: Page, lab: Lab):
    store = str(lab.root / "failing.db")
    notebook(FAILING % store).open().run_all()
    person = Person(page).sit_down()
    given = person.answer(TRUTH, 6)
    expect(person.part("problem")).to_contain_text("this learner gives up at", timeout=20_000)
    given |= person.answer(TRUTH, 4)
    person.sees_count(10)
    person.sees_all_saved()
    assert {str(key) for key in digits(store).labels.index} == set(given)
