"""Scores on samples set apart, and how often they were looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nbloop.dataset import Dataset
from nbloop.dataset.truth import labels_of
from nbloop.errors import DataError, NotTrained, warn_of_data
from nbloop.model import Model
from nbloop.quality.golden import Score, score
from nbloop.quality.lots import as_drawn
from nbloop.schema import Look

if TYPE_CHECKING:
    from nbloop.mind import Mind


@dataclass(frozen=True)
class Scores:
    """What a model scores on the golden set.

    Attributes
    ----------
    random : Score
        On the part that was drawn at random (or given): what to expect of new samples.
    past : Score or None
        On past errors that were added: whether they are still made. It says nothing of new samples.
    looks : int
        How many models were judged by the random part so far, this one among them.
    """

    random: Score
    past: Score | None
    looks: int

    def __str__(self) -> str:
        past = f"; {self.past.accuracy:.1%} of {self.past.n} past errors are right now" if self.past else ""
        judged = "1 model was" if self.looks == 1 else f"{self.looks} models were"
        return f"{self.random} of the golden set{past}; {judged} judged by them."


def golden_scores(data: Dataset, mind: Mind, model: Model, purpose: str = "score") -> Scores:
    """Score `model` on the golden set, count the look, and warn when there were too many.

    Raises
    ------
    NotTrained
        There are no verified golden samples.
    """
    snapshot = data.snapshot()
    random = mind.measure(snapshot, model)
    if random is None:
        raise NotTrained("a score needs verified golden samples: Dataset(golden=0.1), then labeler(queue='golden').")
    past = measured(mind, model, snapshot.past, snapshot.past_codes)
    looks = look(data, Look("random", purpose, model.version, random.n, random.accuracy))
    return Scores(random, past, looks)


def measured(
    mind: Mind, model: Model, places: np.ndarray, codes: np.ndarray, groups: np.ndarray | None = None
) -> Score | None:
    """Score `model` on some positions, drawn by `groups` of all samples if there are any; None when there are none."""
    if not len(places):
        return None
    drawn = {} if groups is None else as_drawn(groups, places)
    return score(codes, model.predict_proba(mind.X[places]), model.names, **drawn)


def look(data: Dataset, this: Look) -> int:
    """Journal a look at samples set apart; return how many models were judged by them.

    Warns
    -----
    DataWarning
        So many models were judged that the best of them may be better by luck than the interval is wide.
    """
    data.record([data.event(this)])
    versions = {event.action.model_version for event in looks(data, this.part)}
    if luck_of(len(versions), this.accuracy, this.n) > 1.96 * _error(this.accuracy, this.n):
        warn_of_data(
            f"{len(versions)} models were judged by these {this.n} golden samples: the best of them may look up to "
            f"{100 * luck_of(len(versions), this.accuracy, this.n):.1f} points better than it is. Verify more golden "
            "samples, or quote final_score() of a holdout."
        )
    return len(versions)


def looks(data: Dataset, part: str = "random") -> list:
    """Return the events of all looks at one part."""
    return [event for event in data.noted(Look) if event.action.part == part]  # type: ignore[union-attr]  looks only


def luck_of(models: int, accuracy: float, n: int) -> float:
    """Return how much the best of so many equal models is expected to look better than it is, at most.

    The expected maximum of k normal deviations is at most ``sqrt(2 ln k)`` of them.

    >>> luck_of(1, 0.9, 100)
    0.0
    """
    return float(np.sqrt(2 * np.log(models)) * _error(accuracy, n))


def _error(accuracy: float, n: int) -> float:
    return float(np.sqrt(max(accuracy * (1 - accuracy), 0.25 / n) / n))


def final_score(data: Dataset, mind: Mind, model: Model) -> Score:
    """Score `model` on the holdout.

    Raises
    ------
    DataError
        There is none, or nobody verified it.
    RoleError
        You may not: only an owner spends it.

    Warns
    -----
    DataWarning
        It was scored before, so it is untouched no more.
    """
    data.permit(data.event(Look("final", "final", model.version, 0, 0.0)))
    snapshot = data.snapshot()
    found = measured(mind, model, snapshot.final, snapshot.final_codes, snapshot.groups)
    if found is None:
        raise DataError("there is no verified holdout: Dataset(holdout=0.1), then labeler(queue='golden').")
    if before := looks(data, "final"):
        first = before[0]
        warn_of_data(
            f"the holdout was scored before ({len(before)} times, first on {first.at:%Y-%m-%d %H:%M} with "
            f"{first.action.accuracy:.1%}): whatever changed since, this is no untouched score. Quote the first."
        )
    data.record([data.event(Look("final", "final", model.version, found.n, found.accuracy))])
    return found


def score_of(data: Dataset, mind: Mind, model: Model, frame: pd.DataFrame | pd.Series) -> Score:
    """Score `model` on samples of the dataset with the labels of a frame.

    Warns
    -----
    DataWarning
        Some were learned, or chosen by the strategy: the score is not one to quote.
    """
    labels = frame["label"] if isinstance(frame, pd.DataFrame) else frame
    known = labels_of([(str(id), value) for id, value in labels.items()], data.task)
    places = np.array([data.samples.position(key) for key in known], dtype=np.intp)
    codes = np.array([data.task.names.index(value) for value in known.values()], dtype=np.intp)
    found = measured(mind, model, places, codes)
    if found is None:
        raise DataError("there is nothing to score: the frame has no labels.")
    learned = np.isin(places, data.snapshot().labelled).sum()
    if learned:
        warn_of_data(
            f"{learned} of these {len(places)} samples were chosen by the strategy and learned by the model: their "
            "accuracy says nothing of new samples and is not one to quote. score() measures on the golden set, "
            "control_score() on samples drawn by lot."
        )
    return found
