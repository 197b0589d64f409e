"""The door to the control arm: how good the model is without a golden set, and what the strategy saves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbloop.dataset import Dataset

if TYPE_CHECKING:
    import pandas as pd

    from nbloop.mind import Mind
    from nbloop.quality.estimate import Estimate
    from nbloop.quality.savings import Savings
    from nbloop.trust.stopping import Advice


class ControlDoor:
    """What the samples drawn by lot tell (`Loop(..., control=0.1)`)."""

    data: Dataset

    @property
    def _mind(self) -> Mind: ...

    @property
    def control(self) -> pd.DataFrame:
        """Samples drawn by lot: `label`, `prediction` before it was known, `correct`, `model`, `asked`, `chance`."""
        from nbloop.trust.control import control_frame

        return control_frame(self.data)

    def control_score(self, last: int | None = None) -> Estimate:
        """Return the accuracy on samples drawn by lot, each predicted before its label was known.

        It needs no golden set and is not misled by what the strategy chose. It speaks of the models of that time:
        `last` limits it to the latest ones.

        Raises
        ------
        NotTrained
            No sample was drawn by lot while there was a model.
        """
        from nbloop.trust.control import control_score

        return control_score(self.data, last)

    def savings(self) -> Savings:
        """Return how many labels the strategy saved against random order on these data; as text, in a sentence.

        Raises
        ------
        DataError
            Fewer than 8 samples were drawn by lot.
        """
        from nbloop.trust.control import label_savings

        return label_savings(self.data, self._mind, self.data.seed)

    def stop_advice(self, goal: float = 0.95) -> Advice:
        """Return whether to go on, and what more labels would bring; as text, in a sentence or two.

        It joins the agreement of successive models, what they waver on, the golden-set curve drawn on, and the pace of
        the last answers. Without a golden set it rests on the agreement alone.

        Parameters
        ----------
        goal : float
            The accuracy that is wanted.

        Raises
        ------
        NotTrained
            There are too few labels for three models to compare.
        """
        from nbloop.trust.stopping import stop_advice

        return stop_advice(self.data, self._mind, goal)
