"""Effort: how fast people label, how that changes while they work, and when a pause would do them good."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from nbloop.errors import DataError

GAP = 15 * 60
"""Seconds without an answer after which a new sitting begins."""


class Nudges(NamedTuple):
    """When a person is advised to pause; nothing is ever discarded, and None switches a reason off.

    Attributes
    ----------
    minutes : float or None
        Length of a sitting.
    slower, faster : float or None
        The last answers against the first ones of the sitting: this many times as long, or this share of it.
    same : int or None
        Equal labels in a row.
    window : int
        How many answers are "the last" and "the first".
    """

    minutes: float | None = 45
    slower: float | None = 1.75
    faster: float | None = 0.4
    same: int | None = 40
    window: int = 20


def checked_nudges(nudges: Any) -> Nudges | None:
    """Return when to advise a pause: as given, as usual for True, and None for never."""
    if nudges is None or isinstance(nudges, bool):
        return Nudges() if nudges else None
    if isinstance(nudges, Nudges):
        return nudges
    raise DataError(f"nudges= is True, False or nbloop.quality.effort.Nudges(minutes=30, ...); found {nudges!r:.80}.")


def effort(answers: pd.DataFrame, *, idle: float = 60.0) -> pd.DataFrame:
    """Return by annotator how many `labels` they gave in how many active `minutes`, and how that changes.

    Parameters
    ----------
    answers : DataFrame
        `annotator`, `at`, `seconds` (active, missing where not measured) and `right` (missing where nobody knows),
        oldest first.
    idle : float
        Seconds of one answer that count at most.

    Returns
    -------
    DataFrame
        `labels`, `minutes`, `median_seconds`, `per_minute`, `sittings`; `slowing`: by which factor an answer takes
        longer after 100 more in one sitting (Theil and Sen's slope of its logarithm); `right_early` and `right_late`:
        the share that is right in the first and the last third of the sittings.
    """
    rows = {str(who): _one(said, idle) for who, said in answers.groupby("annotator", sort=False)}
    columns = ["labels", "minutes", "median_seconds", "per_minute", "sittings", "slowing", "right_early", "right_late"]
    return pd.DataFrame(rows.values(), columns=columns, index=pd.Index(list(rows), name="annotator"))


def _one(said: pd.DataFrame, idle: float) -> dict[str, float]:
    seconds = said["seconds"].to_numpy(float).clip(max=idle)
    timed = ~np.isnan(seconds)
    sitting = sittings(said["at"])
    turn = said.groupby(sitting).cumcount().to_numpy()
    third = turn / np.maximum(said.groupby(sitting)["at"].transform("size").to_numpy() - 1, 1)
    right = said["right"].to_numpy(float)
    minutes = seconds[timed].sum() / 60
    return {
        "labels": len(said),
        "minutes": minutes,
        "median_seconds": float(np.median(seconds[timed])) if timed.any() else np.nan,
        "per_minute": timed.sum() / minutes if minutes else np.nan,
        "sittings": int(sitting.max()) + 1,
        "slowing": slowing(turn[timed], seconds[timed]),
        "right_early": _mean(right[third <= 1 / 3]),
        "right_late": _mean(right[third >= 2 / 3]),
    }


def sittings(at: Any) -> np.ndarray:
    """Return the number of the sitting of each answer, from the times of one person, oldest first."""
    return (at.diff().dt.total_seconds().to_numpy() > GAP).cumsum()


def slowing(turn: np.ndarray, seconds: np.ndarray) -> float:
    """Return the factor by which an answer takes longer 100 answers later; nan for fewer than 20.

    Examples
    --------
    >>> round(slowing(np.arange(50), 2.0 * 1.01 ** np.arange(50)), 2)
    2.7
    """
    some = seconds > 0
    if some.sum() < 20 or np.ptp(turn[some]) == 0:
        return float("nan")
    from scipy.stats import theilslopes  # which takes half a second to import

    last = slice(-500, None)  # its cost grows with the square
    slope: Any = theilslopes(np.log(seconds[some][last]), turn[some][last])[0]
    return float(np.exp(100 * slope))


def advice(at: Any, seconds: np.ndarray, labels: list[str], when: Nudges) -> tuple[str, str] | None:
    """Return why and what to tell a person from their answers of the present sitting; None when all is well.

    Parameters
    ----------
    at : Series, shape (n,)
        Times, oldest first.
    seconds : ndarray, shape (n,)
        Active seconds of each answer, NaN where not measured.
    labels : list of str
        What was answered.
    when : Nudges
        When to advise.

    Returns
    -------
    (reason, sentence) or None
        The reason is the field of `Nudges` that set it off.

    Examples
    --------
    >>> at = pd.Series(pd.date_range("2026-01-01", periods=50, freq="60s", tz="UTC"))
    >>> advice(at, np.full(50, 3.0), ["ham", "spam"] * 25, Nudges())
    ('minutes', 'You have been labeling for 49 minutes: a pause would do good.')
    """
    minutes = (at.iloc[-1] - at.iloc[0]).total_seconds() / 60 if len(at) else 0
    if when.minutes is not None and minutes >= when.minutes:
        return "minutes", f"You have been labeling for {minutes:.0f} minutes: a pause would do good."
    timed = seconds[~np.isnan(seconds)]
    if len(timed) >= 2 * when.window:
        pace = np.median(timed[-when.window :]) / max(float(np.median(timed[: when.window])), 1e-9)
        if when.slower is not None and pace >= when.slower:
            return "slower", f"Your last answers took {pace:.1f} times as long as the first ones: a pause may help."
        if when.faster is not None and pace <= when.faster:
            return "faster", "You answer much faster than at the start: are the cards still read?"
    if when.same is not None and len(labels) >= when.same and len(set(labels[-when.same :])) == 1:
        return "same", f"{when.same} times {labels[-1]!r} in a row: another queue or class would keep the eye awake."
    return None


def nudge(at: Any, seconds: np.ndarray, labels: list[str], when: Nudges) -> str | None:
    """Return the sentence of `advice` alone."""
    found = advice(at, seconds, labels, when)
    return found[1] if found else None


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
