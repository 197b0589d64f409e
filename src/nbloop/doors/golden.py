"""The door to honest scores: on the golden set, on past errors, and once on the holdout."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, overload

from nbloop.dataset import Dataset

if TYPE_CHECKING:
    import pandas as pd

    from nbloop.mind import Mind
    from nbloop.model import Model
    from nbloop.quality.golden import Score
    from nbloop.trust.golden import Scores


class GoldenDoor:
    """What a model scores on samples that it never saw."""

    data: Dataset

    @property
    def _mind(self) -> Mind: ...

    @property
    def _model(self) -> Model: ...

    @overload
    def score(self) -> Scores: ...

    @overload
    def score(self, labels: pd.DataFrame | pd.Series) -> Score: ...

    def score(self, labels: pd.DataFrame | pd.Series | None = None) -> Scores | Score:
        """Score the present model on the golden set: the random part, and apart from it past errors.

        Every model so judged is counted, and a warning says when there were too many to believe the best.

        Parameters
        ----------
        labels : DataFrame or Series, optional
            Score on these samples instead (id → label, or a frame with `label`, such as ``data.labels``).

        Warns
        -----
        DataWarning
            `labels` were chosen by the strategy or learned, or the golden set was looked at too often.
        """
        from nbloop.trust.golden import golden_scores, score_of

        if labels is None:
            return golden_scores(self.data, self._mind, self._model)
        return score_of(self.data, self._mind, self._model, labels)

    def final_score(self) -> Score:
        """Score the present model on the holdout (`Dataset(holdout=0.1)`): once, at the end.

        Warns
        -----
        DataWarning
            It was scored before; every time is in the journal.
        """
        from nbloop.trust.golden import final_score

        return final_score(self.data, self._mind, self._model)

    def add_past_errors(self, ids: Iterable[Hashable]) -> int:
        """Add samples on which a model was wrong to the golden set, as a part of its own; return how many are new.

        From then on they measure (`history.past_accuracy`, `score().past`) and train nothing.
        """
        return self.data.add_past_errors(ids)

    def _looked(self, purpose: str, model: Model) -> None:
        from nbloop.trust.golden import golden_scores

        if len(self.data.snapshot().golden):
            golden_scores(self.data, self._mind, model, purpose)
