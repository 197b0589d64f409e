"""The lineage of the classes: every change of the task, and what a value said under one of them is under the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from nbloop.schema import Adjudicate, Annotate, Classification, Define, Escalate, Event, Reject, Vote


class Lineage:
    """A tree of `Define` events, each built on an earlier one; the last one that stands is in force.

    The way from the first one to the one in force is the trunk. A change in it holds although it was taken back,
    because the one in force was built on it. A value that was said under a change beside the trunk goes back the way
    it came, by what each change says its undo does, and then along the trunk.

    Parameters
    ----------
    names : sequence of str
        The labels while no task is defined, or none of those that were stands.

    Attributes
    ----------
    plain : bool
        No label ever changed its name: every value says what it said.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = self._undefined = tuple(names)
        self.head: Event | None = None
        self._defines: dict[str, Event] = {}
        self._before: dict[str, str | None] = {}
        self._trunk: dict[str, int] = {}
        self.plain = True

    def settle(self, defines: Sequence[Event], stands: Callable[[str], bool]) -> bool:
        """Take all `Define` events, in order; return whether another task or another way to it is in force."""
        before = self.head, len(self._defines)
        ids = [event.id for event in defines]
        self._defines = dict(zip(ids, defines, strict=True))
        self._before = {}
        for event, previous in zip(defines, [None, *ids], strict=False):
            base = _define(event).base
            self._before[event.id] = base if base in self._before else previous
        self.head = next((event for event in reversed(defines) if stands(event.id)), None)
        trunk = list(self._down(self.head.id if self.head else None))[::-1]
        self._trunk = {id: place for place, id in enumerate(trunk)}
        self.names = _define(self.head).task.names if self.head else self._undefined
        moved = any(_define(event).becomes or _define(event).back for event in defines)
        self.plain = not moved and len(self._trunk) == len(defines)
        return before != (self.head, len(self._defines))

    @property
    def task(self) -> Classification | None:
        """The task in force; None before any was defined."""
        return _define(self.head).task if self.head else None

    @property
    def under(self) -> str:
        """What is noted with an answer of now: the change in force; nothing while no label ever changed its name."""
        return "" if self.plain or self.head is None else self.head.id

    def knows(self, under: str) -> bool:
        """Tell whether there is such a change."""
        return under in self._defines

    def names_under(self, under: str) -> tuple[str, ...]:
        """Return the labels there were under a change."""
        return _define(self._defines[under]).task.names if under in self._defines else self.names

    def equal_to(self, task: Classification) -> str | None:
        """Return the latest change of the trunk with these labels, in this order; None when there is none."""
        return next((id for id in reversed(self._trunk) if _define(self._defines[id]).task.names == task.names), None)

    def changes_since(self, under: str | None) -> list[str]:
        """Return what was done to the labels after a change of the trunk, or ever, in words."""
        start = 0 if under is None else self._trunk[under] + 1
        said = [_define(self._defines[id]).change for id in list(self._trunk)[start:]]
        return [change for change in said if change]

    def now(self, value: str, under: str = "") -> str | None:
        """Return what `value`, said under a change, is under the one in force; None when it says nothing any more."""
        if self.plain:
            return value
        node = under if under in self._defines else next(iter(self._defines))
        while node not in self._trunk and (before := self._before[node]) is not None:
            value, node = _define(self._defines[node]).back.get(value, value), before
        return self._along(value, self._trunk.get(node, -1) + 1)

    def _along(self, value: str, start: int) -> str | None:
        """Follow the trunk from a place on."""
        for id in list(self._trunk)[start:]:
            now = _define(self._defines[id]).becomes.get(value, value)
            if now is None:
                return None
            value = now
        return value if value in self.names else None

    def seen(self, event: Event) -> Event | None:
        """Return an answer as it counts now; None when its label is no more and it says nothing."""
        said = event.action
        if self.plain or not isinstance(said, Annotate | Adjudicate | Vote):
            return event
        value = self.now(said.value, said.under)
        if value is None or value == said.value:
            return None if value is None else event
        return replace(event, action=replace(said, value=value))

    def read(self, events: list[Event]) -> list[Event]:
        """Return what the events of one sample say now, oldest first.

        An answer that says nothing any more also silences what it had replaced: the person's own answers before it,
        and, where it was a decision, all of them.
        """
        if self.plain:
            return events
        kept: list[Event] = []
        for event in events:
            if (seen := self.seen(event)) is not None:
                kept.append(seen)
            else:
                kept = [before for before in kept if not _replaced(before, event)]
        return kept

    def _down(self, id: str | None) -> Iterator[str]:
        while id is not None:
            yield id
            id = self._before[id]


def _replaced(before: Event, event: Event) -> bool:
    if isinstance(event.action, Adjudicate):
        return isinstance(before.action, Annotate | Reject | Adjudicate | Escalate)
    return before.annotator == event.annotator and isinstance(before.action, Annotate | Reject)


def _define(event: Event) -> Define:
    assert isinstance(event.action, Define)
    return event.action
