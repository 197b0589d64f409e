"""The guard: asked before every retraining; what it finds stops that, and the last good model serves."""

from __future__ import annotations

from collections.abc import Iterable

from nbloop.dataset import Dataset
from nbloop.errors import DataError, ValidationError
from nbloop.schema import Waive
from nbloop.snapshot import Snapshot


class Guard:
    """Raises a `ValidationError` where no model must be made of the labels.

    What it says follows from labels, source and journal alone, so that an undo or a new start changes no model. Single
    labels in doubt are no matter of it: they are held back before (`nbloop.dataset.withheld`), and the rest is learned.

    Parameters
    ----------
    data : Dataset
    """

    def __init__(self, data: Dataset) -> None:
        self._data = data

    def __call__(self, snapshot: Snapshot) -> None:
        """Pass, or raise a `ValidationError` that says all that was found."""
        from nbloop.trust import validation  # its statistics take long to import, and the first labels come before

        if found := validation.stopping(self._data, snapshot):
            said = " ".join(finding.sentence for finding in found)
            checks = ", ".join(repr(kind) for kind in dict.fromkeys(finding.kind for finding in found))
            raise ValidationError(
                f"nothing was learned: {said} If it is meant to be so: loop.guard(False, {checks}, reason=...)."
            )


def waive(data: Dataset, on: bool, checks: Iterable[str], reason: str) -> Waive | None:
    """Return what journals that some checks are waived (all when none are named), or hold again; None if they do.

    Raises
    ------
    DataError
        There is no such check, or nobody says why it should be waived.
    """
    from nbloop.trust.validation import CHECKS

    if lost := [check for check in checks if check not in CHECKS]:
        raise DataError(f"there is no check {lost[0]!r}; there are {', '.join(map(repr, CHECKS))}.")
    if not on and not reason.strip():
        raise DataError("say why models may be made all the same: loop.guard(False, reason=...). The journal keeps it.")
    chosen, waived = tuple(checks) or CHECKS, data.waived()
    if on:
        chosen = tuple(check for check in chosen if check in waived)
    return Waive(chosen, reason.strip(), back=on) if chosen else None
