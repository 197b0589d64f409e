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

KEEP_WHAT_IS_SHOWN = """card => {
    window.shown = new Map();
    const keep = () => {
        const face = card.querySelector('[data-current=true]');
        const sample = card.dataset.sample;
        if (face && sample) window.shown.set(sample, [face.textContent, face.querySelectorAll('*').length]);
    };
    keep();
    new MutationObserver(keep).observe(card, {attributes: true, subtree: true, childList: true});
}"""

# Half a thousand cards: pressing keys from outside the page would take a minute more. Ten may wait to be saved; a card
# that does not come within a minute ends it.
TURN_THEM_ALL = """async (card, many) => {
    const labeler = card.closest('[data-testid=labeler]');
    const ready = n => shown.size >= n && labeler.querySelectorAll('[data-pending=true]').length < 10;
    for (let n = 1; n <= many; n++) {
        const late = performance.now() + 60_000;
        while (!ready(n)) {
            if (performance.now() > late) throw new Error(`card ${n} did not come`);
            await new Promise(requestAnimationFrame);
        }
        card.dispatchEvent(new KeyboardEvent('keydown', {key: '2', bubbles: true, cancelable: true}));
    }
}"""


def test_naughty_texts_are_shown_as_they_are_and_run_nothing(notebook: Make, page: Page, lab: Lab):
    store = str(lab.root / "hostile.db")
    notebook(f"import nbloop, samples\nnbloop.Loop(samples.hostile({store!r}), learner=None)").open().run_all()
    person = Person(page).sit_down()
    texts = naughty()
    assert len(texts) >= 515
    person.card.evaluate(KEEP_WHAT_IS_SHOWN)
    person.card.evaluate(TURN_THEM_ALL, len(texts))
    person.sees_count(len(texts))
    person.sees_all_saved()
    shown = page.evaluate("() => [...window.shown]")
    assert {int(key): text for key, (text, _) in shown} == dict(enumerate(texts))
    assert {elements for _, (_, elements) in shown} == {1}, "one paragraph, and nothing in it but text"
    assert page.evaluate("() => window.ran ?? 0") == 0
    assert len(hostile(store).labels) == len(texts)


def test_what_a_learner_fails_with_stands_under_the_card_and_labels_go_on(notebook: Make, page: Page, lab: Lab):
    store = str(lab.root / "failing.db")
    notebook(FAILING % store).open().run_all()
    person = Person(page).sit_down()
    given = person.answer(TRUTH, 6)
    expect(person.part("problem")).to_contain_text("this learner gives up at")
    given |= person.answer(TRUTH, 4)
    person.sees_count(10)
    person.sees_all_saved()
    assert {str(key) for key in digits(store).labels.index} == set(given)
