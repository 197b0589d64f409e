"""Mistakes: every disagreement between the model and a person, where they gather, and what they call for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import cached_property
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from nbloop.model import Model
from nbloop.quality.reasons import ADVICE
from nbloop.quality.slices import error_rates
from nbloop.schema import Annotate, Categorise, Event, Reason, Wish
from nbloop.session import Session
from nbloop.trust.causes import reasons_of
from nbloop.trust.gathering import Gathering, Specs
from nbloop.trust.nearest import nearest

COLUMNS = [
    "source", "label", "predicted", "confidence", "model", "annotator", "at", "shown", "note", "reason", "calls_for",
    "rationale", "status",
]  # fmt: skip
"""What is known of an error."""


class Errors:
    """The errors of a session at one moment; as the last line of a cell they show themselves, and follow the loop.

    Parameters
    ----------
    session : Session
    model : Model
        The present one: it is judged on the golden set.
    X : array or CSR matrix, shape (n, d)
    show : callable, optional
        Displays the view of errors where there is a notebook.
    """

    def __init__(self, session: Session, model: Model, X: Any, show: Callable[[], None] | None = None) -> None:
        self._session, self._data = session, session.data
        self._model = self.model = model
        self._X = X
        self._show = show

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What errors can be put down to."""
        return reasons_of(self._data)

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """What `frame` is made of, with the ``key`` of the sample and an ``event`` that names the error."""
        rows = [*self._of_answers(), *self._of_golden()]
        said = self._categories()
        calls = {reason.name: reason.calls_for for reason in self.reasons}
        for row in rows:
            about = said.get(row["key"])
            row |= {"reason": about and about.reason, "rationale": about and about.rationale}
            row |= {"calls_for": about and calls.get(about.reason, ""), "status": self._status(row)}
        return rows

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row an error, indexed by sample id: answers the model had predicted otherwise, and golden samples.

        `source` is ``"answer"`` or ``"golden"``; `status` is open, categorised, queued or reviewed.
        """
        ids = [self._data.samples.id_of(row["key"]) for row in self.rows]
        return pd.DataFrame(self.rows, columns=COLUMNS, index=pd.Index(ids, name="id"))

    @property
    def clusters(self) -> pd.DataFrame:
        """How often which label was taken for which: `label`, `predicted`, `n`, `share` of all errors, `reason`."""
        frame: Any = self.frame
        pair = ["label", "predicted"]
        found = frame.groupby(pair, sort=False).agg(n=("source", "size")).reset_index()
        named = frame.dropna(subset="reason").groupby([*pair, "reason"]).size().rename("times").reset_index()
        most = named.sort_values("times", ascending=False, kind="stable").drop_duplicates(pair).drop(columns="times")
        found = found.merge(most, on=pair, how="left").sort_values("n", ascending=False, kind="stable")
        found = found.assign(share=found["n"] / max(1, len(frame)))
        return found.reset_index(drop=True)[[*pair, "n", "share", "reason"]]

    @property
    def by_reason(self) -> pd.DataFrame:
        """How many errors each reason explains, with the 95 % interval of its share, and what it calls for."""
        frame: Any = self.frame
        names = frame["reason"].fillna("(none yet)")
        masks = {name: (names == name).to_numpy() for name in names.unique()}
        rows = {name: _share(mask) for name, mask in masks.items()}
        calls = {reason.name: reason.calls_for for reason in self.reasons}
        found = pd.DataFrame.from_dict(rows, orient="index", columns=["n", "share", "low", "high"])
        found["calls_for"] = [calls.get(name, "") for name in found.index]
        found["advice"] = [ADVICE.get(each, "Look at them, and say why.") for each in found["calls_for"]]
        return found.rename_axis("reason").sort_values("n", ascending=False)

    @cached_property
    def gathering(self) -> Gathering:
        """Where they gather."""
        return Gathering(self._data, self._model, self._X)

    def slices(self, specs: Specs = None) -> pd.DataFrame:
        """Return how often the model errs in parts of the data, worst first, corrected for many looks.

        Parameters
        ----------
        specs : columns and expressions, or mapping of name to expression, mask or function, optional
            Found automatically when absent: values of columns and pairs of them, words, lengths, groups of similar
            samples.

        Returns
        -------
        DataFrame indexed by slice
            As `nbloop.quality.slices.error_rates`. Judged on the golden set; without one, on the answers, each
            predicted before it was known: those were chosen by the strategy, so their rate is no accuracy.
        """
        return self.gathering.rates(specs)

    def samples(self, slice: str, specs: Specs = None) -> list[Hashable]:
        """Return the ids of the errors in a slice, to be looked at again."""
        return self.gathering.wrong_in(slice, specs)

    def neighbours(self, sample_id: Hashable, n: int = 5) -> pd.DataFrame:
        """Return the nearest labelled samples of one: `label` and `distance` in the space of the features."""
        return nearest(self._data, self._X, self._data.samples.position(sample_id), n)

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        return f"<nbloop errors: {len(self)} in {len(self.clusters)} clusters>"

    def _repr_html_(self) -> str:
        named: Any = self.by_reason[["n", "share", "low", "high", "calls_for", "advice"]]
        return f"<p>{escape(repr(self)[1:-1])}</p>{self.clusters.head(12).to_html()}{named.to_html()}"

    def _ipython_display_(self) -> None:
        if self._show is None:
            raise NotImplementedError  # then IPython takes the tables
        self._show()

    # -- where they come from ----------------------------------------------------------------------------------------

    def _of_answers(self) -> Iterable[dict[str, Any]]:
        for event in self._data.events(Annotate):
            action: Any = event.action
            said = action.said
            if said is not None and said.prediction not in (None, action.value) and action.sample in self._data.samples:
                yield {
                    "key": action.sample,
                    "event": event.id,
                    "source": "answer",
                    "label": action.value,
                    "predicted": said.prediction,
                    "confidence": said.proba.get(said.prediction),
                    "model": said.model,
                    "annotator": event.annotator,
                    "at": event.at,
                    "shown": action.shown,
                    "note": action.rationale,
                }

    def _of_golden(self) -> Iterable[dict[str, Any]]:
        snapshot = self._data.snapshot()
        if not len(snapshot.golden):
            return
        proba = self._model.predict_proba(self._X[snapshot.golden])
        predicted = proba.argmax(axis=1)
        for i in np.flatnonzero(predicted != snapshot.golden_codes):
            key = self._data.samples.keys[int(snapshot.golden[i])]
            yield {
                "key": key,
                "event": f"golden {key}",
                "source": "golden",
                "label": snapshot.names[snapshot.golden_codes[i]],
                "predicted": snapshot.names[predicted[i]],
                "confidence": float(proba[i].max()),
                "model": self._model.version,
            }

    def _categories(self) -> dict[str, Categorise]:
        said = [event.action for event in self._data.events(Categorise) if isinstance(event.action, Categorise)]
        last = {about.about: about for about in said}
        return {key: about for key, about in last.items() if about.reason}

    @cached_property
    def _wishes(self) -> dict[str, Event]:
        return {key: event for event in self._data.events(Wish) for key in getattr(event.action, "samples", ())}

    @cached_property
    def _waiting(self) -> set[str]:
        return {self._data.samples.keys[place] for place in self._data.again()}

    def _status(self, row: dict[str, Any]) -> str:
        if row["key"] in self._waiting:
            return "queued"
        if row["key"] in self._wishes:
            return "reviewed"
        return "categorised" if row["reason"] else "open"


def _share(mask: np.ndarray) -> tuple[float, ...]:
    row = error_rates(mask, {"all": np.ones(len(mask), bool)}).iloc[0]
    return int(row["errors"]), float(row["rate"]), float(row["low"]), float(row["high"])
