"""The door to a team: review what is in doubt, and see what the work costs people."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from nbloop.dataset import Dataset

if TYPE_CHECKING:
    import pandas as pd

    from nbloop.quality.effort import Nudges
    from nbloop.session import Session
    from nbloop.trust.review import Review
    from nbloop.trust.training import Training
    from nbloop.widgets.publisher import Publisher


class TeamDoor:
    """What several people, or one over time, do with a loop."""

    data: Dataset
    _session: Session
    _nudges: Nudges | None

    if TYPE_CHECKING:

        @cached_property
        def _publisher(self) -> Publisher: ...

    def review(
        self,
        *,
        samples: Iterable[Hashable] | None = None,
        reason: str = "",
        hidden: bool = False,
        audit: float = 0.02,
        again: float = 0.02,
    ) -> Review:
        """Return the queue of samples that somebody should decide on.

        Parameters
        ----------
        samples : sequence of ids, optional
            Look at these only, in their order, until somebody has. That is journalled, so that the queue goes on where
            it was left; with another `reason` it begins anew. Those without an answer are asked next in the labeler.
        reason : str
            Why these are looked at.
        hidden : bool
            Hide votes until one has said oneself what it is.
        audit : float
            The share of accepted labels that is looked at again, drawn at random.
        again : float
            The share of one's own earlier answers that one is asked again, to see whether one agrees with oneself.
        """
        from nbloop.trust.calling import call_up
        from nbloop.trust.docket import Docket
        from nbloop.trust.review import Review

        only = None if samples is None else call_up(self._session, samples, reason)
        docket = Docket(self._session, audit, again, only)
        return Review(self._session, docket, hidden=hidden, show=lambda review: self._show_review(review, reason))

    def _show_review(self, review: Review, reason: str) -> None:
        from nbloop.widgets.review import ReviewFace

        title = f"Review: {reason}" if reason else "Review"
        ReviewFace(self._session, self._publisher, review, title=title)._ipython_display_()

    def effort(self, *, idle: float = 60.0) -> pd.DataFrame:
        """Return by annotator labels, active minutes, labels a minute, and how speed and accuracy change in a sitting.

        One answer counts as `idle` seconds at most.
        """
        from nbloop.quality.effort import effort

        return effort(self.data.answer_times(), idle=idle)

    def nudge(self, when: Nudges | None = None) -> str | None:
        """Return what would do good now to whoever labels here: a pause, another class; None when all is well.

        It is advice: no answer is ever discarded. `when` says when it is given (`nbloop.quality.effort.Nudges`); by
        default as the loop was told. The labeler shows it by itself, unless the loop was made with ``nudges=False``.
        """
        from nbloop.trust.fatigue import nudge

        return nudge(self.data, when or self._nudges)

    def training(self, n: int = 20, *, pass_mark: float = 0.8) -> Training:
        """Return a training round for whoever labels here: `n` golden samples, with feedback after each answer.

        ``round.next()`` is the sample, ``round.answer(id, label)`` the feedback, ``round.passed`` the verdict. Answers
        train no model and change no label; they are journalled, so that a round goes on where it was left.
        """
        from nbloop.trust.training import Training

        return Training(self._session, n, pass_mark)
