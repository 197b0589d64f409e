"""The door to verdicts: why the model says what it says, what a commit changed, and the report."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from nbloop.dataset import Dataset
    from nbloop.model import Model
    from nbloop.session import Session
    from nbloop.trust.explanation import Explanation
    from nbloop.trust.impact import Impact
    from nbloop.trust.weight import Weighed


class VerdictsDoor:
    """What a `Loop` tells of its model."""

    data: Dataset
    _session: Session

    if TYPE_CHECKING:

        @property
        def _mind(self) -> Any: ...

        @property
        def _model(self) -> Model: ...

        @property
        def _gatekeeper(self) -> Any: ...

        def errors(self) -> Any: ...

    def explain(
        self, sample_id: Hashable, *, method: Literal["auto", "linear", "occlusion"] = "auto", neighbours: int = 5
    ) -> Explanation:
        """Return what in a sample speaks for its predicted class over the runner-up, and the labelled samples like it.

        Parameters
        ----------
        sample_id : hashable
            Any sample of the dataset.
        method : {"auto", "linear", "occlusion"}
            Exact contributions of a linear model, or what is missed when a part is; by default the exact ones where
            there are any and the parts have names.
        neighbours : int
            How many nearest labelled samples.
        """
        from nbloop.trust.explanation import Explainer

        explainer = Explainer(self.data, self._mind)
        return explainer.explain(self._model, sample_id, method=method, neighbours=neighbours)

    def impact(
        self,
        after: str | None = None,
        before: str | None = None,
        *,
        slices: Iterable[str] | Mapping[str, Any] = (),
    ) -> Impact:
        """Return what changed from one model generation to another: by default with the last commit.

        Raises
        ------
        NotTrained
            There are no two generations, or no verified golden samples.
        """
        return self._gatekeeper.impact(after, before, slices)

    def weigh(self, weight: int = 3, samples: Iterable[Hashable] | None = None) -> Weighed:
        """Fit a model in which some labels count `weight` times, and measure on the golden set what that changes.

        Parameters
        ----------
        weight : int
            How often they count.
        samples : ids, optional
            The labels that matter most; by default those that the model had predicted otherwise.

        Returns
        -------
        Weighed
            ``.model`` (a predictor, which may stand at the gate) and ``.effect``, the paired comparison with the same
            fit without weights.
        """
        from nbloop.trust.weight import weigh

        return weigh(self._gatekeeper, weight, samples)

    def report(self, path: str | Path) -> Path:
        """Write a report of data, model, errors, people and decisions: one page that needs nothing else.

        Parameters
        ----------
        path : str or Path
            Ends in ``.html`` or ``.md``.
        """
        from nbloop.report import write_report

        return write_report(self, Path(path))
