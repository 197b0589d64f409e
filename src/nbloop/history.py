"""Rounds: what was measured after each update of the learner, and all of them as a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pandas as pd

from nbloop.model import Model
from nbloop.quality.golden import Score
from nbloop.schema import Round

_TYPES = {
    "round": "int64",
    "labels": "int64",
    "accuracy": "float64",
    "accuracy_low": "float64",
    "accuracy_high": "float64",
    "macro_f1": "float64",
    "log_loss": "float64",
    "seconds": "float64",
    "model_version": "object",
    "past_accuracy": "float64",
    "held": "int64",
}


def frame(rounds: Sequence[Round]) -> pd.DataFrame:
    """Return one row a round, oldest first; a measure without golden labels is NaN.

    Examples
    --------
    >>> frame([Round(round=1, labels=4, seconds=0.01, model_version="9f3a")])[["round", "labels", "accuracy"]]
       round  labels  accuracy
    0      1       4       NaN
    """
    rows = [msgspec.structs.asdict(each) for each in rounds]
    return pd.DataFrame(rows, columns=list(_TYPES)).astype(_TYPES)


def round_of(number: int, model: Model, score: Score | None, seconds: float, **made: Any) -> Round:
    """Return the round in which `model` was made and scored; `made` says of what, as in `Round`."""
    measures = (
        {}
        if score is None
        else {
            "accuracy": score.accuracy,
            "accuracy_low": score.low,
            "accuracy_high": score.high,
            "macro_f1": score.macro_f1,
            "log_loss": score.log_loss,
        }
    )
    return Round(round=number, labels=model.labels, seconds=seconds, model_version=model.version, **measures, **made)
