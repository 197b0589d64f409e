"""The door to delegation: what the model and plain functions may decide alone, and what people make of that."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from nbloop.dataset import Dataset

if TYPE_CHECKING:
    import pandas as pd

    from nbloop.mind import Mind
    from nbloop.model import Model
    from nbloop.schema import Feedback
    from nbloop.trust.functions import Delegation
    from nbloop.trust.influence import Influence
    from nbloop.trust.route import Routes
    from nbloop.trust.watch import Watched


class RouteDoor:
    """Routes new samples, and watches whether what was learned still holds."""

    data: Dataset

    @property
    def _mind(self) -> Mind: ...

    @property
    def _model(self) -> Model: ...

    def _looked(self, purpose: str, model: Model) -> None: ...

    def route(
        self,
        source: Any,
        *,
        ids: Sequence[Hashable] | None = None,
        error: float = 0.05,
        confidence: float = 0.95,
        audit: float = 0.02,
        expert: float = 0.5,
    ) -> Routes:
        """Split new samples into those the model decides, those to ask, and those for an expert.

        What is accepted is wrong in at most `error` of all cases, with `confidence`, as long as new samples are like
        the golden ones: an exact binomial bound on golden samples, for several thresholds in a fixed sequence.

        Parameters
        ----------
        source : samples in the dataset's own form
            Those that are samples of the dataset are put into the queue when they are asked or audited.
        ids : sequence, optional
            Their ids; the index of a frame by default, unless it only counts the rows.
        error, confidence : float
            How many accepted ones may be wrong, and how certain that must be.
        audit : float
            The share of what is accepted that a person should look at all the same.
        expert : float
            To an expert goes what the model gets wrong in more than this share of all cases.

        Raises
        ------
        NotTrained
            There is no model, or no verified golden sample.
        """
        from nbloop.trust.route import route

        options = {"error": error, "confidence": confidence, "audit": audit, "expert": expert}
        self._looked("route", model := self._model)
        return route(self.data, self._mind, model, source, ids=ids, **options)

    @property
    def routed_audits(self) -> pd.DataFrame:
        """What was audited: `accepted` (the model's label), `label` (a person's, if any), `wrong`, `routed` (when)."""
        from nbloop.trust.route import audits_frame

        return audits_frame(self.data)

    def delegate(self, functions: Sequence[Callable[[Any], Any]], *, error: float = 0.05) -> Delegation:
        """Let plain functions (content → label or None) answer routine samples.

        The samples on which they agree are asked no more when golden samples show that at most `error` of what they say
        is wrong. What they say never counts as a person's label, and nothing is trained on it.
        """
        from nbloop.trust.functions import delegate

        return delegate(self.data, functions, error)

    def influence(self) -> Influence:
        """Return how much seeing the model's suggestion sways people (`Loop(..., blind=0.2)`)."""
        from nbloop.trust.influence import influence

        return influence(self.data)

    def watch(
        self, source: Any, *, ids: Sequence[Hashable] | None = None, cooldown: timedelta = timedelta(hours=24)
    ) -> Watched:
        """Compare new samples with those of the dataset: their columns, the predictions, and errors in audits.

        Where nothing has changed there is an alert in at most 5 of 100 cases. An alert is journalled and queues those
        samples that are here for people; for `cooldown` no other of its source follows.
        """
        from nbloop.trust.watch import watch

        return watch(self.data, self._mind, self._model, source, ids=ids, cooldown=cooldown)

    def feedback(self, id: Hashable, signal: object) -> Feedback:
        """Note what an end user says of a prediction: ``"up"``, ``"down"``, or the label it should have been.

        It is no label. Unless it was right, people are asked about the sample next; one with a label is flagged.
        """
        from nbloop.trust.watch import feedback

        return feedback(self.data, id, signal)
