"""The crowd of a dataset: what several people said, how well they agree, and how good each of them is."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import pandas as pd

from nbloop.dataset import ballots as frames
from nbloop.dataset.settling import TRUTH
from nbloop.errors import DataError
from nbloop.pool import read_source
from nbloop.schema import Annotate, Event, Probe

if TYPE_CHECKING:
    import threading

    from nbloop.consensus.rule import Rule
    from nbloop.dataset.fold import Fold
    from nbloop.pool import Pool
    from nbloop.schema import Classification

By = Literal["overall", "pair", "class", "time"]


class Crowd:
    """What a `Dataset` tells of its annotators."""

    if TYPE_CHECKING:
        samples: Pool
        seed: int
        rule: Rule
        _fold: Fold
        _lock: threading.RLock

        @property
        def task(self) -> Classification: ...
        def record(self, events: Sequence[Event]) -> list[Event]: ...
        def decided(self) -> dict[int, str]: ...
        def _ids(self, places: list[int]) -> list[Hashable]: ...

    def add_annotations(self, frame: Any) -> int:
        """Take in what people said elsewhere; what is there already is not taken twice.

        Parameters
        ----------
        frame : pandas, polars or pyarrow table, or path
            Columns `sample` (ids of this dataset), `label`, `annotator`; and where known `rationale`, `seconds`
            (active time) and `at` (with a time zone).

        Returns
        -------
        int
            How many annotations were new.

        Raises
        ------
        DataError, UnknownSample, UnknownLabel
            Nothing was taken.

        Examples
        --------
        >>> from nbloop import Classification, Dataset
        >>> data = Dataset(["a prize", "lunch?"], id=[1, 2], task=Classification(["ham", "spam"]), store=":memory:")
        >>> columns = ["sample", "label", "annotator"]
        >>> votes = pd.DataFrame([(1, "spam", "ada"), (1, "ham", "bob"), (2, "ham", "ada")], columns=columns)
        >>> data.add_annotations(votes), data.add_annotations(votes)
        (3, 0)
        """
        return len(self.record(_events(frame if isinstance(frame, pd.DataFrame) else read_source(frame).frame)))

    def agreement(self, by: By = "overall", *, every: str = "1D") -> pd.DataFrame:
        """Return how well people agree, beyond chance; votes cast in a review before others were shown count too.

        Parameters
        ----------
        by : {"overall", "pair", "class", "time"}
            All with all (share that agrees, mean of Cohen's kappas, Fleiss' kappa, Krippendorff's alpha), any two
            annotators, each class against all others, or by the time of a sample's last vote.
        every : str
            The length of a period (a pandas offset) where `by` is ``"time"``.

        Returns
        -------
        DataFrame
            `value` with its 95 % interval `low`, `high` (bootstrap over samples) and the samples `n` it was
            measured on. Where a measure is not defined it is missing, and `reason` says why.
        """
        cast = self._all_ballots()
        votes = frames.votes_of(cast, self.task.names)
        if by == "overall":
            return frames.overall(votes, self.seed)
        if by == "pair":
            return frames.by_pair(votes)
        if by == "class":
            return frames.by_class(votes, self.seed)
        if by == "time":
            return frames.over_time(votes, frames.last_times(cast, votes), every, self.seed)
        raise DataError(f"by= is 'overall', 'pair', 'class' or 'time'; found {by!r}.")

    def consensus(self) -> pd.DataFrame:
        """Return what the votes say of every sample that has one, by sample id.

        Returns
        -------
        DataFrame
            `label`: the likeliest by Dawid and Skene's model, with its `posterior`, or what a reviewer decided; `votes`
            and the `share` of them for that label; `state` ("open", "accepted", "contested", "adjudicated",
            "rejected"); `accepted`: the label that the dataset holds by its rule (see ``Dataset(raters=...)``), missing
            where there is none.
        """
        with self._lock:
            found = frames.likeliest(frames.votes_of(self._ballots(), self.task.names))
            decided = self.decided()
            places = sorted({*found.index, *decided})
            states = {place: self._state(place) for place in places}
        found = found.reindex(places)
        for place, label in decided.items():
            found.loc[place, ["label", "posterior"]] = [label, 1.0]
        found["state"] = [states[place][0] for place in places]
        found["accepted"] = [states[place][1] for place in places]
        found.index = pd.Index(self._ids(places), name="id")
        types = {"label": "string", "posterior": "float64", "share": "float64", "state": "string", "accepted": "string"}
        return found.assign(votes=found["votes"].fillna(0).astype("int64")).astype(types)

    def annotators(self) -> pd.DataFrame:
        """Return how good each annotator is, by name.

        Returns
        -------
        DataFrame
            `votes`; how many of them are on samples `shared` with others, and their mean `agreement` with those others;
            `accuracy` by Dawid and Skene's model; on how many samples with a known label they were `checked`, and what
            share was `right`; how many of their own answers were asked `again`, and the share given the same answer
            (`self_agreement`). Missing where there was nothing to measure.
        """
        with self._lock:
            found = frames.quality(frames.votes_of(self._all_ballots(), self.task.names), self._known())
            again = self._again()
        found = found.reindex([*found.index, *(name for name in again if name not in found.index)])
        same = [again.get(name, []) for name in found.index]
        found["again"] = [len(each) for each in same]
        found["self_agreement"] = [float(np.mean(each)) if each else np.nan for each in same]
        whole = dict.fromkeys(("votes", "shared", "checked"), "int64")
        rates = dict.fromkeys(("agreement", "accuracy", "right", "self_agreement"), "float64")
        return found.fillna(dict.fromkeys(whole, 0)).astype(whole | rates)

    def answer_times(self) -> pd.DataFrame:
        """Return one row an answer of a person, oldest first: `annotator`, `label`, `at`, `seconds`, `right`.

        It is known to be right or wrong only of samples that a reviewer decided, or whose label was known beforehand.
        """
        with self._lock:
            known, index = self._known(), self._fold.index
            said = [(event, action) for event, action in self._fold.annotations() if self._fold.stands(event.id)]
            said = [(event, action) for event, action in said if event.annotator != TRUTH]
        truth = [known.get(index.get(action.sample, -1)) for _, action in said]
        columns: dict[str, Any] = {
            "annotator": [event.annotator for event, _ in said],
            "label": [action.value for _, action in said],
            "at": pd.to_datetime([event.at for event, _ in said], utc=True),
            "seconds": np.array([action.seconds for _, action in said], float),
            "right": [
                np.nan if one is None else float(one == action.value)
                for one, (_, action) in zip(truth, said, strict=True)
            ],
        }
        return pd.DataFrame(columns)

    def _ballots(self) -> list[tuple[int, list[Event]]]:
        with self._lock:
            return list(self._fold.votes())

    def _all_ballots(self) -> list[tuple[int, list[Event]]]:
        """Return the votes with those of people who reviewed a sample, and could not see the others' yet."""
        with self._lock:
            return list(self._fold.ballots())

    def _known(self) -> dict[int, str]:
        """Return the labels that votes are checked against: decided ones, and truth of golden samples."""
        return self.decided() | self._fold.verified_by_truth()

    def _state(self, place: int) -> tuple[str, str | None]:
        if place not in self._fold.answers:
            return ("contested" if place in self._fold.tiers else "open"), None
        label = self._fold.label(place)
        if label is None:
            return "rejected", None
        return ("adjudicated" if self._fold.answers.decision(place) else "accepted"), label

    def _again(self) -> dict[str, list[bool]]:
        found: dict[str, list[bool]] = {}
        for event in self._fold.noted(Probe):
            if isinstance(probe := event.action, Probe) and probe.about == "again":
                found.setdefault(event.annotator, []).append(probe.value == probe.expected)
        return found


def _events(frame: pd.DataFrame) -> list[Event]:
    if lost := [name for name in ("sample", "label", "annotator") if name not in frame.columns]:
        raise DataError(f"annotations need the columns sample, label and annotator; {', '.join(lost)} is missing.")
    bare = np.flatnonzero(pd.isna(frame[["sample", "label", "annotator"]].to_numpy(object)).any(axis=1))
    if len(bare):
        raise DataError(f"row {bare[0]} of the annotations lacks its sample, label or annotator; drop it first.")
    times, now, seen = _times(frame), datetime.now(UTC), {}
    events = []
    for row, said in enumerate(_plain(frame)):
        names = str(said["sample"]), str(said["label"]), str(said["annotator"])
        seen[names] = seen.get(names, 0) + 1
        action = Annotate(names[0], names[1], str(said.get("rationale") or ""), _seconds(said.get("seconds")))
        told = (*names, str(seen[names]), str(times[row] or ""))
        id = blake2b("\x1f".join(told).encode(), digest_size=16).hexdigest()
        events.append(Event(id, times[row] or now, names[2].strip(), action))
    return events


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")  # type: ignore[return-value]


def _times(frame: pd.DataFrame) -> list[datetime | None]:
    if "at" not in frame.columns:
        return [None] * len(frame)
    times: list[datetime | None] = [None if pd.isna(at) else _time(at) for at in frame["at"]]
    if naive := [at for at in times if at is not None and at.tzinfo is None]:
        raise DataError(
            f"the times in `at` need a zone; found {naive[0]}. Give them one: frame['at'].dt.tz_localize('UTC')."
        )
    return times


def _time(at: Any) -> datetime:
    return cast("datetime", pd.Timestamp(at).to_pydatetime())


def _seconds(value: Any) -> float | None:
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise DataError(f"seconds are a number; found {value!r}.") from error
