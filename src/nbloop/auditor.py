"""The auditor: from time to time the learner that goes on is compared with one fitted from scratch."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from nbloop.errors import NbloopError
from nbloop.in_order import InOrder
from nbloop.mind import Mind
from nbloop.model import Model
from nbloop.quality.gap import Gap, gap
from nbloop.snapshot import Snapshot

log = logging.getLogger("nbloop")

FIRST = 20
"""Labels at the first audit; the next one is due when there are twice as many, so all together cost two fits."""

COMPARED = 2000
"""Samples of the pool that both models predict."""


class Audit(NamedTuple):
    """The gap at one number of labels, and the seconds that the refit took."""

    labels: int
    model_version: str
    seconds: float
    gap: Gap


class Auditor:
    """Keeps the audits of a mind.

    Attributes
    ----------
    audits : list of Audit
        Oldest first.
    """

    def __init__(self, mind: Mind | InOrder) -> None:
        self._mind = mind
        self.audits: list[Audit] = []

    def visit(self, snapshot: Snapshot, model: Model | None, stale: Callable[[], bool]) -> None:
        """Audit when that is due; on the worker's thread, when a person has the new ranking already."""
        last = self.audits[-1].labels if self.audits else 0
        if model is None or not model.learner.incremental or model.labels < max(FIRST, 2 * last) or stale():
            return
        try:
            with threadpool_limits(limits=1):
                self.audit(snapshot, model)
        except NbloopError as error:  # the refit failed, and nobody is served by it
            log.warning("The audit after %d labels failed: %s", model.labels, error)

    def audit(self, snapshot: Snapshot, model: Model) -> Audit:
        """Compare `model`, which knows the labels of `snapshot`, with a refit, and keep what was found.

        Raises
        ------
        LearnerError
            The learner failed.
        """
        assert isinstance(self._mind, Mind)
        started, X = perf_counter(), self._mind.X
        refit = self._mind.fitted(*self._mind.counted(snapshot, model.labels))
        seconds = perf_counter() - started
        pool = np.flatnonzero(snapshot.eligible)
        pool = np.sort(np.random.default_rng(0).permutation(pool)[:COMPARED])
        found = gap(snapshot.golden_codes, _both(model, refit, X[snapshot.golden]), _both(model, refit, X[pool]))
        audit = Audit(model.labels, model.version, seconds, found)
        self.audits.append(audit)
        if found.worse:
            log.warning("%s", _warning(self._mind.spec, audit))
        return audit


def _both(model: Model, refit: Model, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if not X.shape[0]:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    return model.predict_proba(X).argmax(axis=1), refit.predict_proba(X).argmax(axis=1)


def _warning(learner: str, audit: Audit) -> str:
    found = audit.gap
    measured = f"{found.accuracy:.3f} on the golden set against {found.accuracy_refit:.3f}, " if found.golden else ""
    return (
        f"After {audit.labels} labels {learner} is not what a fit from scratch would be: {measured}and both agree on "
        f"{found.agreement:.0%} of the pool. Fit it anew at each commit, learner=nbloop.learners.Refit(...), or give "
        f"it more passes or iterations; loop.fit_final() is fitted from scratch in any case."
    )
