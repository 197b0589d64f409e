"""The dataset: samples and journal, folded into labels."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import UTC, datetime
from numbers import Integral
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import numpy as np
import pandas as pd
from msgspec.structs import replace

from nbloop.consensus import Rule
from nbloop.dataset.classed import Classed, defined_in
from nbloop.dataset.crowd import Crowd
from nbloop.dataset.earlier import Earlier
from nbloop.dataset.golden import Golden, golden_groups, golden_of
from nbloop.dataset.keeping import Keeping, open_store
from nbloop.dataset.noted import Noted
from nbloop.dataset.opening import opening, warn
from nbloop.dataset.outlook import Outlook
from nbloop.dataset.resuming import resume
from nbloop.dataset.roles import Roles
from nbloop.dataset.ruling import Ruling
from nbloop.dataset.settling import TRUTH
from nbloop.dataset.sharing import LEASE, SOMEBODY, Shared, name_of
from nbloop.dataset.travel import Travel
from nbloop.dataset.truth import read_truth
from nbloop.dataset.withheld import Withholding
from nbloop.errors import DataError, FeatureError, TaskError
from nbloop.pool import Pool, read_pool, read_source
from nbloop.pool.columns import check_columns
from nbloop.schema import (
    AboutSample,
    Action,
    Adjudicate,
    Annotate,
    Classification,
    Event,
    Probe,
    Vote,
)


class Dataset(Outlook, Classed, Crowd, Shared, Roles, Ruling, Earlier, Noted, Keeping, Travel):
    """Samples to label, and everything that was ever said of them.

    Every answer is on disk before anything else happens with it; running the notebook again goes on where it was left.

    Parameters
    ----------
    source : pandas, polars or pyarrow table; list; array; path
        The samples: texts, images, table rows, a CSV, JSON Lines or Parquet file, or a folder of images
        (see `nbloop.pool.read_source`).
    content : str or list of str, optional
        The column a person looks at, or the columns of a table row. All columns when absent.
    task : Classification
        What is asked; it must be given.
    id : str or sequence, optional
        A column, or one id a source row. By default samples are named by their content, image files by their path.
    golden : float, mapping, Series or Golden, optional
        A share drawn at random before anything is asked, to be verified by a person (or by `truth`), or verified
        samples as id → label. Nothing trains on them or on their near-duplicates, and nothing but ``queue="golden"``
        asks them. A `nbloop.Golden` draws by strata, groups or time.
    holdout : float, optional
        A further share that is verified with the golden set and scored once, by `Loop.final_score`.
    truth : str, mapping, Series or sequence, optional
        Labels known beforehand: a column (never shown), id → label, or one a source row. They verify golden samples and
        answer in a simulation.
    features : "auto", str, matrix or transformer
        What models learn from: made of the content, a column of embeddings (not shown), a matrix of one row a source
        row, or a scikit-learn transformer of the content.
    render : callable, optional
        From a sample to what is shown of it (see `nbloop.pool.read_pool`).
    store : str or Path
        An SQLite file, ``":memory:"``, or a SQLAlchemy URL of PostgreSQL for a team.
    on_store_error : "raise" or "memory"
        With ``"memory"`` a store that cannot be opened is a warning: labels are then kept in memory until `save_to`.
    annotator : str, optional
        Who answers, by name or pseudonym; by default the JupyterHub user. Where one person labels alone it need not be
        said; with several raters or a database server the labeler asks.
    raters : int
        How many people answer each sample. With more than one, a sample without consensus is not trained on.
    accept : int or float, optional
        When their answer is accepted: how many must say the same (more than half when absent), or the posterior of
        Dawid and Skene's model that is enough, such as 0.95.
    lease : float
        For how many seconds a sample is kept for whoever was handed it, where several people label.
    skill : str, optional
        A column that says which skill a sample takes; `grant` says who has which.
    seed : int
        Decides the draw of the golden set, and the chances of strategies and learners.

    Raises
    ------
    DataError
        Samples, columns, ids or golden samples that cannot be used; the message says what would do.
    TaskError
        The store has annotations with labels that the task lacks.
    StoreError
        The store cannot be opened here.

    Examples
    --------
    >>> task = Classification(["ham", "spam"])
    >>> data = Dataset(["see you at home", "WIN a prize"], id=[7, 8], task=task, store=":memory:")
    >>> data.record([data.event(Annotate("8", "spam"))])[0].annotator
    'annotator'
    >>> data.labels.label.to_dict()
    {8: 'spam'}
    >>> data.counts().pool
    1
    """

    def __init__(
        self,
        source: Any,
        *,
        task: Classification | None = None,
        content: str | Sequence[str] | None = None,
        id: str | Sequence[Hashable] | None = None,
        golden: float | Mapping[Hashable, object] | pd.Series | Golden | None = None,
        holdout: float | None = None,
        truth: str | Mapping[Hashable, object] | pd.Series | Sequence[object] | None = None,
        features: Any = "auto",
        render: Callable[[Any], Any] | None = None,
        store: str | Path = "nbloop.db",
        on_store_error: Literal["raise", "memory"] = "raise",
        annotator: str | None = None,
        raters: int = 1,
        accept: float | None = None,
        lease: float = LEASE,
        skill: str | None = None,
        seed: int = 0,
    ) -> None:
        if not isinstance(task, Classification):
            found = "none" if task is None else type(task).__name__
            raise TaskError(f"task= is a nbloop.Classification([...]); found {found}.")
        self._cell, self.seed, self.rule = task, _checked_seed(seed), Rule(raters, accept)
        self.annotator = name_of(annotator)
        table = read_source(source)
        vectors = features if isinstance(features, str) and features != "auto" else None
        hidden = [truth] if isinstance(truth, str) else []
        self.samples = read_pool(table, content=content, id=id, render=render, exclude=hidden, vectors=vectors)
        self.skill = skill
        if skill is not None:
            check_columns(self.samples.frame, [skill])
        self._truth, self._written = read_truth(truth, self.samples, task), None
        self.features = _rows_kept(features, self.samples)
        self._lock = threading.RLock()
        self._listeners = []
        self._journal, failed = open_store(store, on_store_error)
        self.uid = self._journal.uid
        alone = not self.annotator and raters == 1 and not self._journal.served
        self.annotator = SOMEBODY if alone else self.annotator
        self._leases = None if alone else self._journal.leases(lease)
        self._golden = golden_of(golden)
        self._withholding = Withholding(self.samples, self._golden.near)
        self._refold()
        self._open(holdout, str(store))
        if failed:
            self._warn_of_memory()

    def _open(self, holdout: float | None, store: str) -> None:
        task, self._written = resume(self._fold, self._cell)
        golden = self._golden_now(self._golden)
        self._groups = golden_groups(self.samples, golden)
        wanted: dict[str, Any] = {"golden": golden, "holdout": holdout, "truth": self.truth, "seed": self.seed}
        actions = opening(self._fold, self.samples, task, **wanted)
        warn(self._fold, actions, task, self.truth, store)
        now = datetime.now(UTC)
        known = [Event(uuid4().hex, now, TRUTH, action) for action in actions if isinstance(action, Annotate)]
        self.record([*(self.event(action) for action in actions if not isinstance(action, Annotate)), *known])

    def __repr__(self) -> str:
        counts = self.counts()
        return f"Dataset({counts.total} samples, {counts.labels} labels, {counts.golden} golden)"

    # -- tell --------------------------------------------------------------------------------------------------------

    def event(self, action: Action, *, id: str | None = None, at: datetime | None = None) -> Event:
        """Return `action` as an event of this annotator, with a fresh id and the time of now unless given."""
        return Event(id or uuid4().hex, at or datetime.now(UTC), self._author(action), action)

    def record(self, events: Sequence[Event]) -> list[Event]:
        """Journal `events`, all or none, and return the new ones; they are durable by then.

        Raises
        ------
        UnknownSample, UnknownLabel, DataError, RoleError
            Nothing was recorded.
        StoreError
            The disk did not take them; nothing was recorded.
        """
        with self._lock:
            defined = defined_in(events)
            unknown = {event.id for event in events} - self._fold.events.keys()
            new = self._journal.append([self._checked(event, defined) for event in events])
            others = len(new) < len(unknown) or (new and new[0][0] > self._fold.seq + 1)  # of another kernel here
            arrived = list(self._journal.read(self._fold.seq)) if others else new
            self._take(arrived)
        self._announce([event for _, event in arrived])
        return [event for _, event in new]

    def _checked(self, event: Event, defined: Mapping[str, Classification]) -> Event:
        """Return `event` with sample and label as the dataset writes them; one that is there already passes anyhow."""
        action = event.action
        if event.id not in self._fold.events:
            self.permit(event)
        if event.id in self._fold.events or not isinstance(action, AboutSample):
            return event
        if not isinstance(rationale := getattr(action, "rationale", ""), str):
            raise DataError(f"a rationale is text; found {rationale!r:.80} for sample {action.sample!r}.")
        if isinstance(action, (Annotate, Adjudicate, Probe, Vote)):
            action = self.placed(action, defined)
        return replace(event, action=replace(action, sample=self.samples.keys[self.samples.position(action.sample)]))

    def close(self) -> None:
        """Close the store; nothing can be recorded afterwards."""
        self._journal.close()

    def values(self, source: Any) -> Any:
        """Return what features of new samples are made of: `source` in the form in which this dataset was given.

        Where features were given as a matrix, `source` is such a matrix itself.
        """
        return source if hasattr(self.features, "shape") else self.samples.values_of(source)


def _checked_seed(seed: Any) -> int:
    if not isinstance(seed, Integral) or isinstance(seed, bool) or not 0 <= int(seed) < 2**32:
        raise DataError(f"seed= is a whole number from 0 to 2**32 - 1; found {seed!r:.80}.")
    return int(seed)


def _rows_kept(features: Any, pool: Pool) -> Any:
    """Return the rows of a matrix that belong to samples of the pool; anything else as it is."""
    if isinstance(features, (list, tuple)):
        if features and all(isinstance(name, str) for name in features):
            raise FeatureError(
                f"features= takes one column of vectors, not the names {list(features)!r:.80}. "
                "Give the columns themselves, as a frame or matrix with one row a row of the source."
            )
        features = np.array(features)
    if not hasattr(features, "shape"):
        return features
    if features.shape[0] != pool.source_rows:
        raise FeatureError(
            f"features= needs one row a row of the source: found {features.shape[0]} rows for {pool.source_rows}."
        )
    if isinstance(features, pd.DataFrame):
        return features.iloc[pool.kept].reset_index(drop=True)
    return features[pool.kept]
