"""The verdict of the gate as a loop returns it: it knows what may be done with it, and shows itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nbloop.quality.gate import Verdict

if TYPE_CHECKING:
    from nbloop.session import Session
    from nbloop.trust.decision import Decision
    from nbloop.widgets.gate import GatePanel
    from nbloop.widgets.publisher import Publisher


@dataclass(frozen=True)
class Gate(Verdict):
    """A verdict that shows itself as the last line of a cell, with buttons to promote and to roll back.

    Attributes
    ----------
    session, publisher, decision
        Where it was judged, and what may be done with it.
    """

    session: Session | Any = field(default=None, repr=False, compare=False)
    publisher: Publisher | Any = field(default=None, repr=False, compare=False)
    decision: Decision | Any = field(default=None, repr=False, compare=False)

    def panel(self) -> GatePanel:
        """Return the verdict as a widget."""
        from nbloop.widgets.gate import GatePanel

        return GatePanel(self.session, self.publisher, self, self.decision)

    def _ipython_display_(self) -> None:
        self.panel()._ipython_display_()
