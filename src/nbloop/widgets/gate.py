"""The gate panel: a verdict with its reasons, and what a person decides on it."""

from __future__ import annotations

from typing import Any

import msgspec
import traitlets
from IPython.display import display

from nbloop.quality.gate import Check, Verdict
from nbloop.schema import WIRE, Decide, Decided, GateCheck, GateConfig, Hello, View, Welcome
from nbloop.session import Session
from nbloop.trust.decision import Decision
from nbloop.widgets.bundle import bundle
from nbloop.widgets.face import Face, display_with_summary
from nbloop.widgets.publisher import Publisher


class GatePanel(Face):
    """A verdict, who serves now, and the way from one to the other.

    Parameters
    ----------
    session : Session
    publisher : Publisher
    verdict : Verdict
    decision : Decision
    """

    _esm = bundle("gate.js")
    _css = bundle("gate.css")
    standing = traitlets.Dict().tag(sync=True)

    def __init__(self, session: Session, publisher: Publisher, verdict: Verdict, decision: Decision) -> None:
        self._verdict = verdict
        self._decision = decision
        config = GateConfig(
            wire=WIRE,
            dataset=session.data.uid,
            candidate=verdict.candidate,
            current=verdict.current,
            passed=verdict.passed,
            strict=verdict.strict,
            checks=tuple(_shown(check, verdict) for check in verdict.checks),
            looks=verdict.looks,
        )
        super().__init__(session, publisher, config, {Hello: self._hello, Decide: self._decide})
        self._stand()

    def show(self, view: View) -> None:
        """Take a whole new view; who serves may have changed."""
        super().show(view)
        self._stand()

    def _stand(self) -> None:
        if (decision := vars(self).get("_decision")) is not None:
            self.standing = msgspec.to_builtins(decision.standing)

    def _hello(self, _: Hello) -> tuple[Welcome, list[bytes]]:
        return Welcome(self._session.view()), []

    def _decide(self, body: Decide) -> tuple[Decided, list[bytes]]:
        do = self._decision.promote if body.what == "promote" else self._decision.roll_back
        do(body.reason, id=body.id)
        return Decided(self._decision.standing), []

    def close(self) -> None:
        """End the panel and let its session go."""
        super().close()
        vars(self).pop("_decision", None)

    def _ipython_display_(self) -> None:
        display_with_summary(self._session, self, lambda _: _written(self._session, self._verdict))


def _shown(check: Check, verdict: Verdict) -> GateCheck:
    margins = {"golden": verdict.margin, "slice ": verdict.slice_margin}
    difference, low, high = map(_plain, (check.difference, check.low, check.high))
    margin = margins.get(check.name[:6])
    return GateCheck(check.name, check.outcome, check.sentence, check.n, difference, low, high, margin)


def _plain(value: Any) -> float | None:
    return None if value is None else float(value)


def _written(session: Session, verdict: Verdict) -> None:
    """Write the verdict as it reads where no kernel is any more; the live panel hides it."""
    html = f'<div class="nbloop-static" data-nbloop="{session.data.uid}">{verdict._repr_html_()}</div>'
    display({"text/html": html, "text/plain": str(verdict)}, raw=True)
