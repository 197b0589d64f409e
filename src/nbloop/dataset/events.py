"""The events: all there are, by id and in the order of the journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from nbloop.dataset.shelf import Shelf
from nbloop.schema import Event


class Events(Mapping[str, Event]):
    """Those on the shelf, and behind them those that came late.

    Parameters
    ----------
    shelf : Shelf
        What was in the store when it was opened; nothing when absent.
    """

    def __init__(self, shelf: Shelf | None = None) -> None:
        self.shelf = shelf or Shelf()
        self._late: dict[str, Event] = {}
        self._seq: dict[str, int] = {event.id: seq for seq, event in self.shelf.wide}

    def add(self, told: Sequence[tuple[int, Event]]) -> None:
        """Take events that come behind all others."""
        self._late.update({event.id: event for _, event in told})
        self._seq.update({event.id: seq for seq, event in told})

    def seq_of(self, id: str) -> int:
        """Return the sequence number of an event that there is."""
        return self._seq.get(id) or self.shelf.seq_of(id)

    def told(self) -> Iterator[tuple[int, Event]]:
        """Yield all of them with their sequence numbers, in order."""
        return chain(self.shelf.told(), ((self._seq[id], event) for id, event in self._late.items()))

    def of(self, kinds: Iterable[type]) -> Iterator[Event]:
        """Yield those of some kinds of action, in order."""
        kinds = tuple(kinds)
        late = (event for event in self._late.values() if isinstance(event.action, kinds))
        return chain(self.shelf.events(self.shelf.of(kinds)), late)

    def late(self) -> Iterable[Event]:
        """Return those that came late, in order."""
        return self._late.values()

    def __contains__(self, id: object) -> bool:
        return id in self._late or (isinstance(id, str) and self.shelf.row_of(id) is not None)

    def __getitem__(self, id: str) -> Event:
        found = self._late.get(id)
        if found is None and (row := self.shelf.row_of(id)) is not None:
            return self.shelf.event(row)
        if found is None:
            raise KeyError(id)
        return found

    def __iter__(self) -> Iterator[str]:
        return chain(self.shelf.ids(), self._late)

    def __len__(self) -> int:
        return len(self.shelf) + len(self._late)
