"""The door to errors: where the model fails, why, and what to do about it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from nbloop.doors.verdicts import VerdictsDoor

if TYPE_CHECKING:
    from nbloop.schema import Reason
    from nbloop.trust.mistakes import Errors
    from nbloop.widgets.publisher import Publisher


class ErrorsDoor(VerdictsDoor):
    """What a `Loop` knows of its errors."""

    if TYPE_CHECKING:

        @cached_property
        def _publisher(self) -> Publisher: ...

    def errors(self) -> Errors:
        """Return every disagreement between the model and a person: ``.frame``, ``.clusters``, ``.slices()``, ...

        As the last line of a cell they are a view that follows the loop: an error is put down to a reason in one key,
        and any cluster, slice or reason becomes a queue in one key.

        Raises
        ------
        NotTrained
            There is no model yet.
        """
        from nbloop.trust.mistakes import Errors

        return Errors(self._session, self._model, self._mind.X, self._show_errors)

    def _show_errors(self) -> None:
        from nbloop.widgets.errors import ErrorBook

        ErrorBook(self._session, self._mind, self._publisher)._ipython_display_()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What errors can be put down to."""
        from nbloop.trust.causes import reasons_of

        return reasons_of(self.data)

    def use_reasons(self, reasons: Iterable[Reason | str]) -> None:
        """Put errors down to reasons of your own from now on.

        Parameters
        ----------
        reasons : sequence of Reason or str
            ``nbloop.Reason("sarcasm", calls_for="guideline", key="s")``; it calls for data, model or guideline.
        """
        from nbloop.quality.reasons import checked_reasons
        from nbloop.schema import Reasons

        self._session.note(Reasons(checked_reasons(reasons)))

    def categorise(self, sample_id: Hashable, reason: str, rationale: str = "") -> None:
        """Put the error on a sample down to one of `reasons`, with a note if you like; ``""`` takes that back.

        Raises
        ------
        DataError
            There is no such reason.
        """
        from nbloop.trust.causes import put_down

        put_down(self._session, sample_id, reason, rationale)

    def weigh_corrections(self, weight: int = 3) -> None:
        """Let labels that overruled the model, or an earlier answer, count `weight` times in every model from now on.

        1, as it is without this, ends it. What that changes is measured on the golden set and told by `impact`; rounds
        say in ``learner`` how often corrections counted. It lasts as long as this loop.
        """
        from nbloop.trust.weight import checked

        self._mind.weight = checked(weight)
        self._session.retrain()

    def look_again(self, sample_ids: Iterable[Hashable], reason: str = "") -> int:
        """Queue samples to be looked at again (``loop.labeler(queue="errors")``); return how many wait there now.

        Samples without an answer are asked next in the usual queue.
        """
        from nbloop.trust.causes import look_again

        return look_again(self._session, sample_ids, reason)
