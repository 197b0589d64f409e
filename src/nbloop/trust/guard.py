"""The guard: asked before every retraining; what it finds stops that, and the last good model serves."""

from __future__ import annotations

from nbloop.dataset import Dataset
from nbloop.errors import ValidationError
from nbloop.snapshot import Snapshot

OTHERWISE = " If it is meant to be so: loop.guard(False), then loop.promote(anyway=True, reason=...)."


class Guard:
    """Raises a `ValidationError` where labels must not be learned.

    What it says follows from labels, source and journal alone, so that an undo or a new start changes no model.

    Parameters
    ----------
    data : Dataset
    strict : bool
        Stop at everything that speaks against learning (`nbloop.trust.validation.validate`). Else only at what is wrong
        beyond doubt, whoever has just begun: golden samples among the training labels, and columns that are missing or
        hold something else than those of the model that serves.
    """

    def __init__(self, data: Dataset, *, strict: bool = False) -> None:
        self._data = data
        self._strict = strict

    def __call__(self, snapshot: Snapshot) -> None:
        """Pass, or raise a `ValidationError` that says all that was found."""
        from nbloop.trust import validation  # its statistics take long to import, and the first labels come before

        found = (validation.validate if self._strict else validation.beyond_doubt)(self._data, snapshot)
        if found:
            meant = OTHERWISE if any(finding.kind == "changed columns" for finding in found) else ""
            raise ValidationError("nothing was learned: " + " ".join(each.sentence for each in found) + meant)
