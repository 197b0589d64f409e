"""Everything nbloop raises or warns: one tree, each message says what was wrong, what was found and what would do."""

from __future__ import annotations

import sys
import warnings


class NbloopError(Exception):
    """The root: ``except nbloop.errors.NbloopError`` catches all that nbloop raises on purpose."""

    code = "error"


class DataError(NbloopError, ValueError):
    """The samples cannot be used as given: empty pool, unknown column, duplicate ids, unreadable file."""

    code = "data"


class TaskError(NbloopError, ValueError):
    """The task is not one a person could answer: one class only, the same key twice, a label twice."""

    code = "task"


class UnknownLabel(TaskError):
    """A label outside the task."""

    code = "unknown-label"


class UnknownSample(NbloopError, KeyError):
    """An id that no sample of this dataset has."""

    code = "unknown-sample"

    def __str__(self) -> str:  # KeyError would show the message in quotes
        return str(self.args[0]) if self.args else ""


class FeatureError(NbloopError, ValueError):
    """Features that no learner can use: wrong shape, not finite, not numbers."""

    code = "features"


class StoreError(NbloopError, OSError):
    """The journal cannot be opened, read or written."""

    code = "store"


class LearnerError(NbloopError, RuntimeError):
    """A learner raised, or answered with something that is no probability."""

    code = "learner"


class StrategyError(NbloopError, RuntimeError):
    """A query strategy raised, or chose what may not be asked."""

    code = "strategy"


class NotTrained(NbloopError, ValueError, AttributeError):
    """A model was asked for before there was anything to learn from."""

    code = "not-trained"


class ValidationError(NbloopError, ValueError):
    """The labels are not fit to learn from: leakage, conflicts, a class that vanished, columns that changed."""

    code = "validation"


class GateError(NbloopError, RuntimeError):
    """A model did not pass the gate, or there is nothing to go back to."""

    code = "gate"


class RequestError(NbloopError, ValueError):
    """The browser sent something this version does not understand."""

    code = "request"


class IdentityError(NbloopError, ValueError):
    """Several people may label here, and nobody said who answers."""

    code = "identity"


class RoleError(NbloopError, PermissionError):
    """The role of this person does not allow it."""

    code = "role"


class MissingExtra(NbloopError, ImportError):
    """An optional part is not installed; the message has the pip command."""

    code = "missing-extra"


class DataWarning(UserWarning):
    """Something about the samples that a person should know, and that does not stop the work."""


class StoreWarning(UserWarning):
    """Something about the store that a person should know: it was put right, or keeps nothing."""


class TrainingWarning(UserWarning):
    """A learner or strategy failed in the background; labels are kept and the last good model serves."""


_BETWEEN = frozenset(["nbloop", "sqlalchemy", "contextlib"])
"""Whose lines are none of the user's."""


def warn_of_data(message: str) -> None:
    """Give a `DataWarning` that points at the user's own line."""
    warn_of(DataWarning, message)


def warn_of(kind: type[UserWarning], message: str) -> None:
    """Give a warning that points at the user's own line, however many of our functions lie between."""
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in _BETWEEN:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, kind, stacklevel=level)
