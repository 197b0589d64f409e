"""The answers: which one stands for each sample; one that was on the shelf is made when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping, Sequence

import numpy as np

from nbloop.schema import Adjudicate, Event


class Answers(MutableMapping[int, Event]):
    """Position → the answer that stands.

    Parameters
    ----------
    samples : int
        How many there are.
    read : callable
        From a row of the shelf to its event, as it counts now.
    """

    def __init__(self, samples: int, read: Callable[[int], Event]) -> None:
        self._row = np.full(samples, -1, np.int32)
        self._made: dict[int, Event] = {}
        self._read = read

    def put(self, places: np.ndarray, rows: np.ndarray) -> None:
        """Take in which rows of the shelf answer some samples; nothing but an annotation of a person or the truth."""
        if self._made:
            held = np.zeros(len(self._row), bool)
            held[places] = True
            self._made = {place: event for place, event in self._made.items() if not held[place]}
        self._row[places] = rows

    def keep(self, answers: Sequence[tuple[int, Event]]) -> None:
        """Take in events, each with the position that it answers."""
        self._made.update(answers)
        self._row[[place for place, _ in answers]] = -1

    def made(self) -> dict[int, Event]:
        """Return those that are events already: decisions and rejections are all among them."""
        return dict(self._made)

    def decision(self, place: int) -> Adjudicate | None:
        """Return what a reviewer decided, where that is the answer."""
        event = self._made.get(place)
        return event.action if event and isinstance(event.action, Adjudicate) else None

    def of(self, places: Sequence[int]) -> list[Event | None]:
        """Return the answers to some samples, made in the order of the shelf: there neighbours are read together."""
        found = {place: self.get(place) for place in sorted(places, key=self._row.__getitem__)}
        return [found[place] for place in places]

    def __contains__(self, place: object) -> bool:
        return place in self._made or (isinstance(place, int) and bool(self._row[place] >= 0))

    def __getitem__(self, place: int) -> Event:
        found = self._made.get(place)
        if found is None and self._row[place] >= 0:
            return self._read(int(self._row[place]))
        if found is None:
            raise KeyError(place)
        return found

    def __setitem__(self, place: int, answer: Event) -> None:
        self._made[place], self._row[place] = answer, -1

    def __delitem__(self, place: int) -> None:
        self._row[place] = -1
        self._made.pop(place, None)

    def __iter__(self) -> Iterator[int]:
        yield from self._made
        yield from np.flatnonzero(self._row >= 0).tolist()

    def __len__(self) -> int:
        return len(self._made) + int((self._row >= 0).sum())
