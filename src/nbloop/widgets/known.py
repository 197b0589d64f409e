"""The errors known now: made anew with each model and each word of a person, sorted and parted for a page."""

from __future__ import annotations

from typing import Any

from nbloop.errors import DataError
from nbloop.mind import Mind
from nbloop.model import Model
from nbloop.schema import Cluster
from nbloop.session import Session
from nbloop.trust.gathering import Gathering
from nbloop.trust.mistakes import Errors

Row = dict[str, Any]


class Known:
    """Keeps the errors of a session until something changes, and their slices until the model does.

    Parameters
    ----------
    session : Session
    mind : Mind
    """

    def __init__(self, session: Session, mind: Mind) -> None:
        self._session, self._data, self._mind = session, session.data, mind
        self._kept: tuple[Any, Errors] | None = None
        self._gathered: tuple[Any, Gathering] | None = None

    def _model(self) -> Model | None:
        model = self._session.outcome and self._session.outcome.model
        return model if model is not None and model.names == self._data.task.names else None

    def name(self) -> tuple[Any, ...]:
        """Name the model and what it is judged on."""
        model, snapshot = self._model(), self._data.snapshot()
        return model and model.version, snapshot.hash, snapshot.golden.tobytes(), snapshot.golden_codes.tobytes()

    def errors(self) -> Errors | None:
        """Return the errors as they are now; None without a model of these classes."""
        model = self._model()
        key = self._session.rev, model and model.version
        if model is not None and (self._kept is None or self._kept[0] != key):
            errors, known = Errors(self._session, model, self._mind.X), self.name()
            if self._gathered is None or self._gathered[0] != known:
                self._gathered = known, errors.gathering
            errors.gathering = self._gathered[1]
            self._kept = key, errors
        return self._kept[1] if self._kept and model is not None else None


def rows_of(errors: Errors, cluster: Cluster) -> list[Row]:
    """Return the errors of a cluster."""
    rows = errors.rows
    if cluster.by == "pair":
        return [row for row in rows if (row["label"], row["predicted"]) == (cluster.label, cluster.predicted)]
    if cluster.by in ("reason", "status"):
        return [row for row in rows if (row[cluster.by] or "") == cluster.name]
    return _of_slice(errors, cluster) if cluster.by == "slice" else rows


def _of_slice(errors: Errors, cluster: Cluster) -> list[Row]:
    """Return the errors of a slice; a slice that another model has no more has none."""
    try:
        ids = errors.samples(cluster.name, cluster.specs or None)
    except DataError:
        return []
    keys = {str(id) for id in ids}
    source = "golden" if errors.gathering.on_golden else "answer"
    return [row for row in errors.rows if row["source"] == source and row["key"] in keys]


def in_order(rows: list[Row], order: str) -> list[Row]:
    """Put the errors first that the model was surest of, or the newest; golden ones have no time."""
    if order == "new":
        timed = [row for row in rows if "at" in row]
        return timed[::-1] + [row for row in rows if "at" not in row]
    return sorted(rows, key=lambda row: -(row["confidence"] or 0))
