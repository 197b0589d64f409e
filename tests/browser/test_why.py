"""A person asks why, sees it on the card, and takes what the model suggests with one key."""

from __future__ import annotations

from collections.abc import Callable

from driver import Notebook
from lab import Lab
from person import Person
from playwright.sync_api import Page, expect
from samples import inbox

Make = Callable[..., Notebook]

TAUGHT = """
import nbloop, samples
loop = nbloop.Loop(samples.inbox({store!r}), blind={blind})
loop.simulate(n=40, batch=8)
loop.wait()
loop.labeler()
"""


def taught(notebook: Make, lab: Lab, name: str, blind: float = 0.0) -> tuple[Notebook, Person, str]:
    store = str(lab.root / f"{name}.db")
    made = notebook(TAUGHT.format(store=store, blind=blind)).open().run_all()
    return made, Person(made.page).sit_down(), store


def test_why_marks_words_of_each_card_and_names_labelled_samples_like_it(notebook: Make, page: Page, lab: Lab):
    made, person, _ = taught(notebook, lab, "why")
    marks = person.card.locator("[data-current=true] mark")
    expect(marks).to_have_count(0)
    page.keyboard.press("?")
    expect(marks.first).to_be_visible()
    expect(person.part("reasons")).to_contain_text("What speaks for")
    expect(person.part("neighbours").locator("li")).to_have_count(3)
    made.screenshot("why")
    person.press("1")
    expect(marks.first).to_be_visible()
    page.keyboard.press("?")
    expect(marks).to_have_count(0)


def test_enter_takes_what_is_suggested_and_it_is_on_disk(notebook: Make, lab: Lab):
    _, person, store = taught(notebook, lab, "confirm")
    suggested = person.labeler.locator("[data-testid=choice][data-suggested=true]")
    expect(suggested).to_have_count(1)
    label = suggested.get_attribute("data-label")
    sample = person.press("Enter")
    person.sees_all_saved()
    answers = inbox(store).annotations.query("annotator != 'truth'")
    assert answers.loc[[sample], ["label", "shown"]].to_numpy().tolist() == [[label, True]]


def test_a_blind_card_suggests_nothing_and_tells_nothing(notebook: Make, page: Page, lab: Lab):
    _, person, _ = taught(notebook, lab, "blind", blind=0.95)
    expect(person.part("asked-blind")).to_be_visible()
    expect(person.labeler.locator("[data-suggested=true]")).to_have_count(0)
    sample = person.sample
    page.keyboard.press("Enter")
    page.keyboard.press("?")
    expect(person.part("why-hidden")).to_contain_text("asked blind")
    assert person.sample == sample
    assert person.card.locator("[data-current=true] mark").count() == 0
