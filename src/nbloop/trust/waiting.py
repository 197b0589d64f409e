"""Waiting: what waits for people, and how long what was found took to be put right."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nbloop.dataset import Dataset
from nbloop.schema import Annotate, Wish

COLUMNS = ["queued for", "queued", "seconds"]


def waits(data: Dataset) -> pd.DataFrame:
    """Return how long each queued sample waited for its next answer.

    Returns
    -------
    DataFrame indexed by sample id
        ``queued for`` (why), ``queued`` (when) and ``seconds`` until somebody answered; of a sample that was queued
        more than once, the first time.
    """
    answered = _answered(data)
    rows: dict[str, tuple[Any, ...]] = {}
    for event in data.noted(Wish):
        wish: Any = event.action
        for key in wish.samples:
            later = [at for at in answered.get(key, ()) if at > event.at]
            if later and key not in rows:
                rows[key] = (wish.reason, event.at, (min(later) - event.at).total_seconds())
    ids = [data.samples.id_of(key) for key in rows]
    return pd.DataFrame(list(rows.values()), columns=COLUMNS, index=pd.Index(ids, name="id"))


def _answered(data: Dataset) -> dict[str, list[Any]]:
    """Return when each sample that was ever wished for was answered."""
    wished = {key for event in data.noted(Wish) for key in getattr(event.action, "samples", ())}
    found: dict[str, list[Any]] = {}
    for event in data.answered() if wished else ():
        if isinstance(event.action, Annotate) and event.action.sample in wished:
            found.setdefault(event.action.sample, []).append(event.at)
    return found


def queues(data: Dataset) -> dict[str, int]:
    """Return what waits for people, by what they would do: samples to verify, to look at again, to decide on."""
    counts = data.counts()
    return {
        "to decide on": counts.review,
        "in doubt": len({each.place for each in data.withheld()}),
        "to look at again": len(data.again()),
        "flagged": counts.flagged,
        "golden, to verify": counts.golden - counts.verified,
        "put off": counts.skipped,
    }
