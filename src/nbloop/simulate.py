"""Simulated people: an oracle answers what the loop asks, so that a curve can be seen without labeling."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import pandas as pd

from nbloop.dataset.truth import labels_of
from nbloop.errors import DataError
from nbloop.sample import Sample
from nbloop.schema import Annotate
from nbloop.session import Session

Oracle = Mapping[Any, Any] | pd.Series | Callable[[Any], Any]


def simulate(session: Session, oracle: Oracle | None, n: int, batch: int) -> None:
    """Verify the golden set, then answer `n` samples, `batch` a commit, each commit learned before the next question.

    Raises
    ------
    DataError
        No oracle and no truth, or a sample that the oracle does not know.
    """
    if batch < 1 or n < 0:
        raise DataError(f"simulate needs n >= 0 labels in batches of at least one; found n={n!r}, batch={batch!r}.")
    answer = _answers(session, oracle)
    _verify(session, answer)
    session.wait()
    while n > 0:
        samples = session.deal(min(n, batch))
        if not samples:
            return
        session.do(*[_annotation(session, sample, answer) for sample in samples])
        session.wait()
        n -= len(samples)


def _verify(session: Session, answer: Callable[[Hashable], Any]) -> None:
    """Answer the golden samples that the oracle knows; those it does not know stay unverified."""
    samples = session.deal(len(session.data.samples), queue="golden")
    known = [(sample, value) for sample in samples if (value := answer(sample.id)) is not None]
    session.do(*[Annotate(sample=str(sample.id), value=str(value)) for sample, value in known])


def _annotation(session: Session, sample: Sample, answer: Callable[[Hashable], Any]) -> Annotate:
    value = answer(sample.id)
    if value is None:
        raise DataError(f"the oracle has no label for sample {sample.id!r}. Give it one, or reject the sample first.")
    return Annotate(sample=str(sample.id), value=session.data.task.check(value))


def _answers(session: Session, oracle: Oracle | None) -> Callable[[Hashable], Any]:
    """Return a function from sample id to label; None where the oracle knows none."""
    if callable(oracle):
        return lambda sample_id: _asked(oracle, sample_id)
    if oracle is None and not session.data.truth:
        raise DataError(
            "nobody to answer: give simulate an oracle (mapping or function id -> label), or Dataset(truth=...)."
        )
    if oracle is None:
        known = session.data.truth
    elif isinstance(oracle, Mapping | pd.Series):
        known = labels_of([(str(key), value) for key, value in oracle.items()], session.data.task)
    else:
        found = type(oracle).__name__
        raise DataError(f"an oracle is a mapping, a Series or a function from id to label; found {found}.")
    return lambda sample_id: known.get(str(sample_id))


def _asked(oracle: Callable[[Any], Any], sample_id: Hashable) -> Any:
    try:
        return oracle(sample_id)
    except Exception as error:
        error.add_note(f"The oracle failed at sample {sample_id!r}; the batches before are kept.")
        raise
