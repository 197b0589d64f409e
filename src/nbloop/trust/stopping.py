"""The advice when to stop: what is seen, what more labels would bring, and in how much time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from nbloop.dataset import Dataset
from nbloop.errors import NotTrained
from nbloop.mind import Mind
from nbloop.model import Model
from nbloop.quality.estimate import counted, share, share_of_groups
from nbloop.quality.lots import as_drawn, one_of_each
from nbloop.quality.paired import Paired, paired
from nbloop.quality.stopping import AGREE, agreement, changed, gain, labels_to, unsure
from nbloop.snapshot import Snapshot

FEWEST, SUITE, TIMED = 20, 2000, 5
SHARES = (0.72, 0.8, 0.9, 1.0)
"""Of the labels: models that knew these are compared, the first with the third and the second with the last."""

WORTH = 0.005
"""Less than this gained by a quarter more labels is not worth them."""

SURE = 0.975
"""From this chance on a goal is taken for one that will be reached."""


@dataclass(frozen=True)
class Advice:
    """What speaks for going on or stopping.

    Attributes
    ----------
    stop : bool
        A quarter more labels would bring less than half a point, and golden samples do not speak against that.
    labels : int
        How many there are.
    goal : float
        The accuracy that is wanted.
    kappa : float
        The least agreement of successive models.
    unsure : float
        The share of the pool on which the model wavers.
    changed : float
        The share of predictions that the last quarter of the labels changed.
    gain, gain_low, gain_high : float
        What a quarter more labels would bring, with its 95 % interval.
    accuracy, accuracy_low, accuracy_high : float or None
        On the golden set, now, with its 95 % interval.
    to_goal, to_goal_low, to_goal_high : float or None
        How many more labels the goal takes where it is reached at all; infinite where it is out of reach.
    gain_per_minute : float or None
        In accuracy, at the pace of the last answers.
    golden : int
        Golden samples that were verified.
    chance : float or None
        Of reaching the goal when all samples that may be asked have a label.
    most : int
        How many labels that would be.
    """

    stop: bool
    labels: int
    goal: float
    kappa: float
    unsure: float
    changed: float
    gain: float
    gain_low: float
    gain_high: float
    accuracy: float | None = None
    accuracy_low: float | None = None
    accuracy_high: float | None = None
    to_goal: float | None = None
    to_goal_low: float | None = None
    to_goal_high: float | None = None
    gain_per_minute: float | None = None
    golden: int = 0
    chance: float | None = None
    most: int = 0

    @property
    def short(self) -> str:
        """The advice and its forecast, without what it rests on."""
        gain = f"{100 * self.gain:.1f} points ({100 * self.gain_low:.1f} to {100 * self.gain_high:.1f})"
        verdict = "You can stop." if self.stop else "Go on."
        return f"{verdict} {max(1, self.labels // 4)} more labels would bring about {gain}.{self._way()}"

    def __str__(self) -> str:
        settled = "agree" if self.kappa >= AGREE else "still differ"
        said = (
            f"The last models {settled} (kappa {self.kappa:.3f}) and waver on {self.unsure:.0%} of the pool. The last "
            f"quarter of the labels changed {self.changed:.1%} of the predictions: {max(1, self.labels // 4)} more "
            f"would bring about {100 * self.gain:.1f} points ({100 * self.gain_low:.1f} to {100 * self.gain_high:.1f})."
        )
        if self.gain_per_minute is not None:
            said += f" That is {100 * self.gain_per_minute:.2f} points a minute."
        return f"{'You can stop.' if self.stop else 'Go on.'} {said}{self._way()}"

    def _way(self) -> str:
        if self.accuracy is None or self.accuracy_low is None or self.accuracy_high is None or self.to_goal is None:
            return " How far the goal is, a golden set would tell."
        interval = (
            f"{self.accuracy:.1%} ({self.accuracy_low:.1%} to {self.accuracy_high:.1%}, {self.golden} golden samples)"
        )
        if self.accuracy_low >= self.goal:
            return f" {self.goal:.0%} is reached: {interval}."
        if self.accuracy >= self.goal:
            return f" {self.goal:.0%} may be reached: {interval}, too few to be sure."
        if np.isinf(self.to_goal) or self.chance is None:
            return f" {self.goal:.0%} is out of reach of this learner, as the gains go: {interval}."
        limits = f"{self.to_goal_low:.0f}–{self.to_goal_high:.0f}"
        way = f" About {self.to_goal:.0f} more labels to {self.goal:.0%} ({limits})"
        if self.chance >= SURE:
            return f"{way}."
        return f"{way}, if they get there: the chance is {self.chance:.0%}, with all {self.most} that can be labelled."


def stop_advice(data: Dataset, mind: Mind, goal: float) -> Advice:
    """Return the advice for the labels there are.

    Raises
    ------
    NotTrained
        There are too few labels for models to compare.
    """
    snapshot = data.snapshot()
    labels = len(snapshot.labelled)
    counts = [round(labels * part) for part in SHARES]
    if labels < FEWEST or len(np.unique(snapshot.codes[: counts[0]])) < 2:
        raise NotTrained(f"advice when to stop needs {FEWEST} labels of two classes; there are {labels}.")
    models = [mind.fitted(snapshot.labelled[:count], snapshot.codes[:count]) for count in counts]
    suite = np.random.default_rng(data.seed).permutation(len(data.samples))[:SUITE]
    probas = [model.predict_proba(mind.X[suite]) for model in models]
    said = [proba.argmax(axis=1) for proba in probas]
    moved = (changed(said[0], said[2]) + changed(said[1], said[3])) / 2
    kappa = min(agreement(*pair) for pair in pairwise(said))
    best, low, high = gain(moved)
    minutes = _minutes(data)
    pace = None if minutes is None else best / max(1, labels // 4) / minutes
    seen = (labels, goal, kappa, unsure(probas[-1]), moved, best, low, high)
    if not len(snapshot.golden):
        return Advice(_stops(best, None), *seen, gain_per_minute=pace)
    before, now = (_right(mind, snapshot, model) for model in (models[1], models[3]))
    lot = one_of_each(snapshot.groups, snapshot.golden, data.seed)
    return Advice(
        _stops(best, paired(before[lot], now[lot])),
        *seen,
        gain_per_minute=pace,
        golden=len(now),
        **_way(now, snapshot, goal, moved, data.seed),
    )


def _right(mind: Mind, snapshot: Snapshot, model: Model) -> np.ndarray:
    return model.predict_proba(mind.X[snapshot.golden]).argmax(axis=1) == snapshot.golden_codes


def _stops(expected: float, shown: Paired | None) -> bool:
    """Tell whether labels are worth no more: as models change, unless golden samples show the contrary."""
    if shown is not None and shown.low > WORTH:
        return False
    return expected < WORTH or (shown is not None and shown.high < WORTH)


def _way(right: np.ndarray, snapshot: Snapshot, goal: float, moved: float, seed: int) -> dict[str, Any]:
    """Return accuracy and how many more labels the goal takes, each with its interval, as golden samples tell."""
    labels, drawn = len(snapshot.labelled), as_drawn(snapshot.groups, snapshot.golden)
    now = share_of_groups(right, **drawn) if drawn else share(int(right.sum()), len(right))
    n = counted(right, **drawn) if drawn else float(len(right))
    most = labels + int(snapshot.eligible.sum())
    way = labels_to(goal, labels, now.value * n, n, moved, most, np.random.default_rng(seed))
    to, low, high = (each - labels for each in way[:3])
    found = {"accuracy": now.value, "accuracy_low": now.low, "accuracy_high": now.high}
    return found | {"to_goal": to, "to_goal_low": low, "to_goal_high": high, "chance": way.chance, "most": most}


def _minutes(data: Dataset) -> float | None:
    """Return the minutes that an answer took lately, where that was measured."""
    seconds = data.labels["seconds"].dropna().to_numpy(float)[-50:]
    return float(np.median(seconds)) / 60 if len(seconds) >= TIMED else None
