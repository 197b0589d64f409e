"""A labeler advises a pause, and is quiet when it was told to be."""

from __future__ import annotations

from collections.abc import Callable

from driver import Notebook
from lab import Lab
from person import Person
from playwright.sync_api import Page, expect


def test_equal_labels_in_a_row_bring_a_quiet_word_that_a_click_takes_away(
    notebook: Callable[..., Notebook], page: Page, lab: Lab
):
    code = f"""import nbloop, samples
from nbloop.quality.effort import Nudges
loop = nbloop.Loop(samples.digits({str(lab.root / "nudges.db")!r}), nudges=Nudges(same=3))
loop.labeler()"""
    made = notebook(code).open().run_all()
    person = Person(page).sit_down()
    advice = page.get_by_test_id("advice")
    for _ in range(3):
        person.press("1")
    expect(advice).to_contain_text("3 times '1' in a row")
    made.screenshot("advice")
    advice.get_by_role("button").click()
    expect(advice).to_have_count(0)
    person.card.click()
    person.press("1")
    person.sees_all_saved()
    expect(advice).to_have_count(0)
    person.press("2")
    expect(page.get_by_test_id("advising")).not_to_have_attribute("data-dismissed", "same")  # it is over
    for _ in range(3):
        person.press("1")
    expect(advice).to_be_visible()
