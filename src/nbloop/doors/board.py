"""The door to the board: the whole loop at a glance."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbloop.session import Session
    from nbloop.widgets.dashboard import Dashboard
    from nbloop.widgets.publisher import Publisher


class BoardDoor:
    """What a `Loop` shows of itself as a whole."""

    _session: Session
    _target: int | None

    if TYPE_CHECKING:

        @cached_property
        def _publisher(self) -> Publisher: ...

    def dashboard(self) -> Dashboard:
        """Return tiles that follow the loop: accuracy, labels, errors, gate, drift, people, and what to do next."""
        from nbloop.widgets.dashboard import Dashboard

        return Dashboard(self._session, self._publisher, target=self._target)
