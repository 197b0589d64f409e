"""Which events stand: undo, undo of undo, in whatever order they arrive."""

from __future__ import annotations

from collections import defaultdict


class Standing:
    """An event stands while no undo that stands names it.

    Examples
    --------
    >>> standing = Standing()
    >>> standing.undo("u1", "label"), standing("label")
    ('label', False)
    >>> standing.undo("u2", "u1"), standing("label")
    ('label', True)
    """

    def __init__(self) -> None:
        self._targets: dict[str, str] = {}
        self._undone: defaultdict[str, int] = defaultdict(int)  # how many undos that stand name an event

    def __call__(self, event: str) -> bool:
        """Tell whether the event with this id stands, also before it has arrived."""
        return event not in self._undone or not self._undone[event]

    def undone(self) -> list[str]:
        """Return the ids of all that do not stand, also of events that have not arrived."""
        return [event for event, undos in self._undone.items() if undos]

    def undo(self, undo: str, target: str) -> str | None:
        """Note that `undo` names `target`, and return the event (no undo itself) that this changed, if any.

        An undo that would take itself back, directly or through others, is ignored.
        """
        if self._leads_to(undo, target):
            return None
        self._targets[undo] = target
        return self._shift(target, 1) if self(undo) else None

    def _leads_to(self, undo: str, target: str | None) -> bool:
        while target is not None and target != undo:
            target = self._targets.get(target)
        return target == undo

    def _shift(self, target: str, by: int) -> str | None:
        """Add `by` undos to `target`; where that changes whether an undo stands, go on with what it names."""
        while True:
            stood = self(target)
            self._undone[target] += by
            if self(target) == stood:
                return None
            if target not in self._targets:
                return target
            target, by = self._targets[target], -by
