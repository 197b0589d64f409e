"""The door to how the learner does: audits against a refit, and the calibration of its probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbloop.dataset import Dataset

if TYPE_CHECKING:
    import pandas as pd

    from nbloop.auditor import Audit
    from nbloop.model import Model
    from nbloop.session import Session
    from nbloop.temperature import Calibration


class LearningDoor:
    """How the learner does."""

    data: Dataset
    _session: Session

    @property
    def _model(self) -> Model: ...

    @property
    def audits(self) -> pd.DataFrame:
        """One row an audit: the learner that goes on beside one fitted from scratch, at 20, 40, 80, ... labels.

        `labels`, `model_version`, `seconds` of the refit, `golden` (how many), `accuracy`, `accuracy_refit`, `p_value`,
        `compared`, `agreement`, `worse`. A learner that is fitted anew at each commit is never audited.
        """
        from nbloop.trust.audits import audit_frame

        return audit_frame(self._session.auditor.audits)

    def audit(self) -> Audit:
        """Compare the present model with a refit now, which takes as long as one fit; it is kept in `audits`.

        Raises
        ------
        NotTrained
            There is no model.
        LearnerError
            The refit failed.
        """
        model = self._model
        return self._session.auditor.audit(self.data.snapshot(), model)

    @property
    def calibration(self) -> Calibration | None:
        """The temperature of the present model and what it is worth; None unless ``Loop(calibrate=True)``.

        Raises
        ------
        NotTrained
            There is no model.
        """
        return self._model.calibration
