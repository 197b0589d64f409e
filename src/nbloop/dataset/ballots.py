"""Ballots: the votes of a dataset as arrays, and what they say as frames."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from nbloop.consensus.agreement import Measure, alpha, cohen, fleiss, observed
from nbloop.consensus.dawid_skene import dawid_skene
from nbloop.consensus.votes import Votes
from nbloop.schema import Event

RESAMPLES = 1000
"""Bootstrap draws behind every interval."""


def votes_of(ballots: Sequence[tuple[int, Sequence[Event]]], names: Sequence[str]) -> Votes:
    """Return the votes of (position, events) pairs; a label that the task has no more is left out."""
    known = set(names)
    rows = ((place, event.annotator, _value(event)) for place, events in ballots for event in events)
    return Votes.of((row for row in rows if row[2] in known), names)


def overall(votes: Votes, seed: int) -> pd.DataFrame:
    """Return agreement of all with all: `value`, `low`, `high`, `n` (samples), `reason` where it is not defined."""
    shared = votes.counts[votes.counts.sum(axis=1) > 1]
    each = [found for *_, found in _each_pair(votes, cohen) if found.value is not None]
    none = Measure(None, len(shared), reason="no two annotators share samples on which chance alone would not agree")
    mean = Measure(float(np.mean([found.value for found in each])), len(shared)) if each else none
    measures = {
        "observed": _observed(shared),
        "cohen": mean,
        "fleiss": fleiss(shared),
        "krippendorff": alpha(shared, resamples=RESAMPLES, seed=seed),
    }
    return _frame(measures, "measure")


def by_pair(votes: Votes) -> pd.DataFrame:
    """Return for any two annotators who share samples what share they agree on, and Cohen's kappa."""
    rows = [(a, b, observed(*said).value, *cohen(*said)) for a, b, said in _each_pair(votes, lambda *said: said)]
    columns = ["a", "b", "observed", "cohen", "n", "low", "high", "reason"]
    frame = pd.DataFrame(rows, columns=columns).drop(columns=["low", "high"])
    return frame.astype({"observed": "float64", "cohen": "float64"}).set_index(["a", "b"])


def by_class(votes: Votes, seed: int) -> pd.DataFrame:
    """Return Krippendorff's alpha of each class against all others."""
    counts = votes.counts
    return _frame(
        {name: _against_rest(counts[:, code], counts.sum(axis=1), seed) for code, name in enumerate(votes.classes)},
        "label",
    )


def over_time(votes: Votes, last: Sequence[Any], every: str, seed: int) -> pd.DataFrame:
    """Return Krippendorff's alpha of the samples whose last vote (`last`, one an item) fell into each period."""
    times = pd.Series(range(len(last)), index=pd.DatetimeIndex(pd.to_datetime(list(last), utc=True)), dtype="int64")
    periods = times.groupby(pd.Grouper(freq=every))
    return _frame({at: alpha(votes.counts[items], resamples=RESAMPLES, seed=seed) for at, items in periods}, "at")


def likeliest(votes: Votes) -> pd.DataFrame:
    """Return by item the label that Dawid and Skene's model thinks likeliest, its posterior and its votes."""
    if not len(votes):
        return pd.DataFrame({"label": [], "posterior": [], "votes": [], "share": []})
    posterior = dawid_skene(votes).posterior
    best, rows = posterior.argmax(axis=1), np.arange(len(posterior))
    sizes = votes.counts.sum(axis=1)
    columns = {
        "label": [votes.classes[code] for code in best],
        "posterior": posterior[rows, best],
        "votes": sizes,
        "share": votes.counts[rows, best] / sizes,
    }
    return pd.DataFrame(columns, index=list(votes.item_names))


def quality(votes: Votes, known: dict[int, str]) -> pd.DataFrame:
    """Return by annotator how many votes, how well they agree with others, and how often they are right.

    Parameters
    ----------
    votes : Votes
        What they said.
    known : dict of item name to label
        Samples whose label is known: `checked` of an annotator's votes are on them, and `right` a share of those.
    """
    columns = ["votes", "shared", "agreement", "accuracy", "checked", "right"]
    if not len(votes):
        return pd.DataFrame(columns=columns, index=pd.Index([], name="annotator"))
    sizes, same = votes.counts.sum(axis=1)[votes.items], votes.counts[votes.items, votes.values]
    truth = np.array([votes.classes.index(known[i]) if known.get(i) in votes.classes else -1 for i in votes.item_names])
    rows = pd.DataFrame(
        {
            "who": votes.raters,
            "shared": sizes > 1,
            "agreement": np.where(sizes > 1, (same - 1) / np.maximum(sizes - 1, 1), np.nan),
            "checked": truth[votes.items] >= 0,
            "right": np.where(truth[votes.items] >= 0, truth[votes.items] == votes.values, np.nan),
        }
    )
    each = rows.groupby("who")
    found = {
        "votes": each.size(),
        "shared": each["shared"].sum(),
        "agreement": each["agreement"].mean(),
        "accuracy": pd.Series(dawid_skene(votes).accuracy),
        "checked": each["checked"].sum(),
        "right": each["right"].mean(),
    }
    names = pd.Index(votes.rater_names, name="annotator")
    return pd.DataFrame({name: column.to_numpy() for name, column in found.items()}, index=names)


def _each_pair(votes: Votes, measure: Callable[..., Any]) -> list[tuple[str, str, Any]]:
    """Measure every two raters on the items that both answered."""
    table = votes.table()
    said = csr_matrix((table >= 0).astype(np.int64))
    found = []
    for a, b in zip(*(said @ said.T).nonzero(), strict=True):
        if a < b:
            both = (table[a] >= 0) & (table[b] >= 0)
            found.append((votes.rater_names[a], votes.rater_names[b], measure(table[a, both], table[b, both])))
    return found


def _observed(counts: np.ndarray) -> Measure:
    if not len(counts):
        return Measure(None, 0, reason="no sample has two votes")
    sizes = counts.sum(axis=1)
    return Measure(float(((counts * (counts - 1)).sum(axis=1) / (sizes * (sizes - 1))).mean()), len(counts))


def _against_rest(votes: np.ndarray, sizes: np.ndarray, seed: int) -> Measure:
    found = alpha(np.stack([votes, sizes - votes], axis=1), resamples=RESAMPLES, seed=seed)
    return found if votes.any() or not found.n else Measure(None, found.n, reason="nobody said so")


def _frame(measures: dict[Any, Measure], name: Hashable) -> pd.DataFrame:
    """Return measures as rows; a value that is not defined is missing, and its reason stands beside."""
    index = pd.Index(list(measures), name=name)
    columns = {field: [getattr(each, field) for each in measures.values()] for field in Measure._fields}
    rates = {field: pd.Series(columns[field], index, "float64") for field in ("value", "low", "high")}
    return pd.DataFrame({**rates, "n": columns["n"], "reason": columns["reason"]}, index=index)


def _value(event: Event) -> str:
    return getattr(event.action, "value", "")


def last_times(ballots: Sequence[tuple[int, Sequence[Event]]], votes: Votes) -> list[Any]:
    """Return when each item of `votes` got its last vote."""
    last = {place: max(event.at for event in events) for place, events in ballots if events}
    return [last[place] for place in votes.item_names]
