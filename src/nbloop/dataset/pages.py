"""The pages: the events of a store that was opened, closed; one is made when somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial

import numpy as np

from nbloop.schema import Event
from nbloop.store.page import Page

LINES = 500
"""Events of a page that somebody has asked for one of: the store hands out more at a time."""

NEAR_AT_HAND = 32
"""Pages kept open, since whoever asks for one event often asks for the next."""

AT_ONCE = 500
"""Rows looked up together: whoever asks for all may stop after a few."""


class Pages:
    """Events by row, in the order of the journal."""

    def __init__(self) -> None:
        self._pages: list[list[Page]] = []  # as they came, or cut
        self._ends: list[int] = []  # the first row behind each that came
        self._open = lru_cache(NEAR_AT_HAND)(partial(_opened, self._pages))

    def put(self, page: Page) -> None:
        """Put a page behind the others."""
        self._pages.append([page.closed()])
        self._ends.append(len(self) + len(page))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def event(self, row: int) -> Event:
        """Return the event in a row."""
        return next(self.events(np.array([row])))

    def events(self, rows: np.ndarray) -> Iterator[Event]:
        """Yield the events in some rows; fast where neighbours come together."""
        for page, line in self._lines(rows):
            yield page.event(line)

    def ids(self, rows: np.ndarray) -> Iterator[str]:
        """Yield what the events in some rows are called."""
        for page, line in self._lines(rows):
            yield page.ids[line]

    def _lines(self, rows: np.ndarray) -> Iterator[tuple[Page, int]]:
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            places = np.searchsorted(self._ends, some, "right")
            lines = some - np.concatenate([[0], self._ends])[places]
            for place, line in zip(places.tolist(), lines.tolist(), strict=True):
                yield self._open(place, line // LINES), line % LINES


def _opened(pages: list[list[Page]], place: int, part: int) -> Page:
    if len(pages[place]) == 1:
        pages[place] = pages[place][0].cut(LINES)
    return pages[place][part].closed()
