"""Labeling functions: plain Python that answers routine samples, so that people need not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nbloop.dataset import Dataset
from nbloop.errors import DataError
from nbloop.quality.estimate import most, share
from nbloop.quality.lots import one_of_each, told_of

Function = Callable[[Any], Any]


@dataclass(frozen=True)
class Delegation:
    """What functions say of the samples. It is no person's label: nothing is trained on it.

    Attributes
    ----------
    table : DataFrame
        By function: `coverage` (share of samples it answers), `conflicts` (share of those where another one says
        something else), `accuracy`, `low`, `high` and `n` on golden samples.
    labels : Series
        What they say, by id, of the samples that may be asked, where all that answer agree.
    delegated : int
        How many samples need not be asked any more.
    reason : str
        Why.
    """

    table: pd.DataFrame
    labels: pd.Series
    delegated: int
    reason: str


def delegate(data: Dataset, functions: Sequence[Function], error: float) -> Delegation:
    """Apply `functions`, and set the samples they answer apart when golden samples show that they are right.

    Raises
    ------
    DataError
        A function raised, or answered with what is no label.
    """
    names = [getattr(function, "__name__", repr(function)) for function in functions]
    if not names or len(set(names)) < len(names):
        raise DataError(f"functions are at least one, each with a name of its own; found {names}.")
    snapshot = data.snapshot()
    asked = np.flatnonzero(snapshot.eligible)
    places = [*asked.tolist(), *snapshot.golden.tolist()]
    both = zip(names, functions, strict=True)
    votes = pd.DataFrame({name: _votes(data, function, name, places) for name, function in both})
    pool, golden = votes.iloc[: len(asked)], votes.iloc[len(asked) :]
    truth = np.array(data.task.names)[snapshot.golden_codes] if len(golden) else np.empty(0, str)
    table = pd.DataFrame({name: _told(name, pool, golden, truth) for name in names}).T
    agreed = _agreed(pool).set_axis([data.samples.ids[place] for place in asked]).dropna()
    judged = _agreed(golden).to_numpy(object)
    covered = np.array([vote is not None and vote == vote for vote in judged], bool)
    covered &= np.isin(np.arange(len(covered)), one_of_each(snapshot.groups, snapshot.golden, data.seed))
    wrong, n = int((judged[covered] != truth[covered]).sum()), int(covered.sum())
    bound = float(most(wrong, n)) if n else 1.0
    good = bound <= error
    delegated = data.set_apart(agreed.index.tolist(), ", ".join(names)) if good else 0
    verdict = "need not be asked" if good else "are asked all the same"
    reason = (
        f"{wrong} of {n} golden samples that they answer{told_of(snapshot.groups)} are wrong, so with 95 % certainty "
        f"at most {bound:.1%} are (borne: {error:.1%}): the {len(agreed)} samples on which they agree {verdict}."
    )
    return Delegation(table, agreed.rename("label"), delegated, reason)


def _votes(data: Dataset, function: Function, name: str, places: Sequence[int]) -> list[str | None]:
    found: list[str | None] = []
    for place in places:
        try:
            vote = function(data.samples.content(place))
        except Exception as error:
            raise DataError(f"{name} raised {type(error).__name__} on {data.samples.ids[place]!r}: {error}") from error
        found.append(None if vote is None else data.task.check(vote))
    return found


def _agreed(votes: pd.DataFrame) -> pd.Series:
    """Return what all functions that answer say; None where they differ or none answers."""
    said = [{vote for vote in row if isinstance(vote, str)} for row in votes.itertuples(index=False)]
    return pd.Series([next(iter(one)) if len(one) == 1 else None for one in said], dtype=object)


def _told(name: str, pool: pd.DataFrame, golden: pd.DataFrame, truth: np.ndarray) -> dict[str, float]:
    votes: Any = pool[name]
    others: Any = pool.drop(columns=name)
    answered = votes.notna().to_numpy()
    against = (others.notna() & others.ne(votes, axis=0)).to_numpy().any(axis=1)
    said: Any = golden[name].to_numpy(object)
    judged = pd.notna(said)
    right = int((said[judged] == truth[judged]).sum())
    accuracy = share(right, int(judged.sum()))[:3] if judged.any() else (np.nan, np.nan, np.nan)
    conflicts = float(against[answered].mean()) if answered.any() else 0.0
    told = {"coverage": float(answered.mean()) if len(votes) else 0.0, "conflicts": conflicts}
    return told | dict(zip(("accuracy", "low", "high"), accuracy, strict=True)) | {"n": float(judged.sum())}
