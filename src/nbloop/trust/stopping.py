"""The advice when to stop: what is seen, what more labels would bring, and in how much time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nbloop.dataset import Dataset
from nbloop.errors import NotTrained
from nbloop.mind import Mind
from nbloop.quality.stopping import AGREE, agreement, forecast, unsure

POINTS, SUITE = 5, 2000
WORTH = 0.005
"""Less than this gained by a quarter more labels is not worth them."""


@dataclass(frozen=True)
class Advice:
    """What speaks for going on or stopping.

    Attributes
    ----------
    stop : bool
        Models have settled, and a quarter more labels would bring less than half a point.
    labels : int
        How many there are.
    goal : float
        The accuracy that is wanted.
    accuracy : float or None
        On the golden set, now.
    gain, gain_low, gain_high : float or None
        What a quarter more labels would bring, with its 95 % interval.
    to_goal, to_goal_low, to_goal_high : float or None
        How many more labels the goal takes; infinite where it is out of reach.
    kappa : float
        The least agreement among the last three models.
    unsure : float
        The share of the pool on which the model wavers.
    gain_per_minute : float or None
        In accuracy, at the pace of the last answers.
    """

    stop: bool
    labels: int
    goal: float
    kappa: float
    unsure: float
    accuracy: float | None = None
    gain: float | None = None
    gain_low: float | None = None
    gain_high: float | None = None
    to_goal: float | None = None
    to_goal_low: float | None = None
    to_goal_high: float | None = None
    gain_per_minute: float | None = None

    def __str__(self) -> str:
        settled = "agree" if self.kappa >= AGREE else "still differ"
        said = f"The last models {settled} (kappa {self.kappa:.3f}) and waver on {self.unsure:.0%} of the pool."
        if self.gain is not None and self.accuracy is not None:
            said += f" {max(1, self.labels // 4)} more labels would bring about {100 * self.gain:.1f} points."
            said += f" {self._way()}"
        if self.gain_per_minute is not None:
            said += f" That is {100 * self.gain_per_minute:.2f} points a minute."
        return f"{'You can stop.' if self.stop else 'Go on.'} {said}"

    def _way(self) -> str:
        if self.accuracy is not None and self.accuracy >= self.goal:
            return f"{self.goal:.0%} is reached."
        if self.to_goal is None or np.isinf(self.to_goal):
            return f"{self.goal:.0%} is out of reach of this learner, as the curve goes."
        high = "no end" if self.to_goal_high is None or np.isinf(self.to_goal_high) else f"{self.to_goal_high:.0f}"
        return f"About {self.to_goal:.0f} more labels to {self.goal:.0%} ({self.to_goal_low:.0f}–{high})."


def stop_advice(data: Dataset, mind: Mind, goal: float) -> Advice:
    """Return the advice for the labels there are.

    Raises
    ------
    NotTrained
        There are too few labels for three models to compare.
    """
    snapshot = data.snapshot()
    labels = len(snapshot.labelled)
    counts = sorted({max(2, round(labels * share)) for share in (0.8, 0.9, 1.0)})
    if len(counts) < 3 or len(np.unique(snapshot.codes[: counts[0]])) < 2:
        raise NotTrained(f"advice when to stop needs about 20 labels of two classes; there are {labels}.")
    suite = np.random.default_rng(data.seed).permutation(len(data.samples))[:SUITE]
    models = [mind.fitted(snapshot.labelled[:count], snapshot.codes[:count]) for count in counts]
    probas = [model.predict_proba(mind.X[suite]) for model in models]
    said = [proba.argmax(axis=1) for proba in probas]
    kappa = min(agreement(said[0], said[1]), agreement(said[1], said[2]))
    wavers = unsure(probas[-1])
    measured = {each.labels: each.accuracy for each in data.rounds() if each.accuracy is not None}
    x = np.array(sorted(count for count in measured if count <= labels), dtype=np.float64)
    if len(x) < POINTS or not len(snapshot.golden):
        return Advice(kappa >= AGREE, labels, goal, kappa, wavers)
    y = np.array([measured[int(count)] for count in x])
    curve = forecast(x, y, len(snapshot.golden), np.random.default_rng(data.seed))
    gain, low, high = curve.gain(labels, 1.25 * labels)
    to, to_low, to_high = (max(0.0, needed - labels) for needed in curve.labels_to(goal))
    minutes = _minutes(data)
    pace = None if minutes is None else gain / max(1, labels // 4) / minutes
    stop = kappa >= AGREE and gain < WORTH
    now = float(y[-1])
    return Advice(stop, labels, goal, kappa, wavers, now, gain, low, high, to, to_low, to_high, pace)


def _minutes(data: Dataset) -> float | None:
    """Return the minutes that an answer took lately, where that was measured."""
    seconds = data.labels["seconds"].dropna().to_numpy(float)[-50:]
    return float(np.median(seconds)) / 60 if len(seconds) >= POINTS else None
