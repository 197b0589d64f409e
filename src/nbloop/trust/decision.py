"""The decision on a verdict: the candidate serves, or the version before the present one serves again."""

from __future__ import annotations

from nbloop.errors import GateError
from nbloop.quality.gate import Verdict
from nbloop.schema import Promote, Standing
from nbloop.session import Session
from nbloop.trust.generations import Generations
from nbloop.trust.validation import columns_of


class Decision:
    """What may be done with a verdict as long as what it was about holds.

    Parameters
    ----------
    session : Session
    generations : Generations
    verdict : Verdict
    """

    def __init__(self, session: Session, generations: Generations, verdict: Verdict) -> None:
        self._session = session
        self._generations = generations
        self._verdict = verdict

    @property
    def standing(self) -> Standing:
        """Who serves, and what speaks against promoting the candidate; whoever may not is offered nothing."""
        if refusal := self._session.data.refusal(Promote("")):
            return Standing(self._generations.serving, None, refusal)
        return Standing(self._generations.serving, self._generations.before, self._obstacle())

    def _obstacle(self) -> str:
        said, serving = self._verdict, self._generations.serving
        if serving == said.candidate:
            return f"{said.candidate} serves already."
        if not self._generations.knows(said.candidate):
            return f"{said.candidate} is no version of this loop: it was made beside it, and cannot serve."
        if serving not in (None, said.current):
            return f"It was judged against {said.current}, but {serving} serves now: judge it again with loop.gate()."
        return ""

    def promote(self, reason: str, id: str | None = None) -> None:
        """Let the candidate serve.

        Parameters
        ----------
        reason : str
            Kept in the journal; needed where the candidate did not pass.
        id : str, optional
            Of the event, so that it happens once.

        Raises
        ------
        GateError
            The verdict is out of date, or the candidate did not pass and nobody says why it should serve.
        RoleError
            You may not.
        """
        if id is not None and self._session.data.has_event(id):
            return
        self._generations.permit()
        if obstacle := self._obstacle():
            raise GateError(obstacle)
        if not self._verdict.passed and not reason.strip():
            raise GateError(f"{self._verdict.candidate} did not pass: say why it should serve all the same.")
        columns = columns_of(self._session.data)
        self._generations.promote(self._verdict.candidate, reason.strip(), columns, id=id)

    def roll_back(self, reason: str, id: str | None = None) -> None:
        """Let the version that was promoted before the present one serve again.

        Raises
        ------
        GateError
            There is none.
        """
        if id is None or not self._session.data.has_event(id):
            self._generations.roll_back(reason.strip(), id=id)
