"""A person at a labeler: looks at the card, presses keys, clicks, and waits for what they see."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from playwright.sync_api import Locator, Page, expect

ANY = re.compile(".+")


class Person:
    """Sits at one labeler of a page.

    Parameters
    ----------
    page : Page
    place : int
        Which labeler of the page, from the top.
    """

    def __init__(self, page: Page, place: int = 0) -> None:
        self.page = page
        self.labeler = page.get_by_test_id("labeler").nth(place)
        self.card = self.part("card")

    def part(self, name: str) -> Locator:
        """Return a part of the labeler."""
        return self.labeler.get_by_test_id(name)

    def sit_down(self) -> Person:
        """Wait for the first card and put the focus on it."""
        expect(self.card).to_have_attribute("data-sample", ANY)
        self.card.click()
        return self

    @property
    def sample(self) -> str:
        """The key of the sample on the card."""
        return self.card.get_attribute("data-sample") or ""

    def press(self, key: str) -> str:
        """Press a key that moves on to another card; returns the sample that was answered."""
        return self._moves_on(lambda: self.page.keyboard.press(key))

    def click(self, label: str) -> str:
        """Click the button of a label; returns the sample that was answered."""
        button = self.labeler.locator(f'[data-testid=choice][data-label="{label}"]')
        return self._moves_on(button.click)

    def answer(self, truth: Mapping[str, str], times: int) -> dict[str, str]:
        """Answer by keys that are the labels themselves; returns what was answered."""
        given: dict[str, str] = {}
        for _ in range(times):
            label = truth[self.sample]
            given[self.press(label)] = label
        return given

    def act(self, name: str) -> None:
        """Click an action's button."""
        self.part(f"action-{name}").click()

    def sees_count(self, count: int, of: int | None = None) -> None:
        """Wait until the labeler counts `count` labels, `of` as many as are wanted."""
        self._sees_it_settled()
        expect(self.part("count").locator("dd")).to_have_text(f"{count} of {of}" if of else f"{count}")

    def sees_all_saved(self) -> None:
        """Wait until the kernel has acknowledged every answer that is shown, and what was taken back."""
        self._sees_it_settled()
        expect(self.part("trail").locator("[data-pending=true]")).to_have_count(0)
        chips = self.labeler.locator(".nbloop-chips .nbloop-chip:not([data-testid=saved])")
        expect(chips.filter(has_text=re.compile("saved|saving"))).to_have_count(0)

    def _sees_it_settled(self) -> None:
        """Wait until what stands around the card has followed it."""
        expect(self.labeler).to_have_attribute("data-turning", "false")

    def _moves_on(self, act: Callable[[], None]) -> str:
        sample = self.sample
        act()
        expect(self.card).not_to_have_attribute("data-sample", sample)
        expect(self.card).to_have_attribute("data-sample", ANY)
        return sample
