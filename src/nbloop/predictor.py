"""A predictor: a model with the features it was made on, from raw samples to labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from nbloop.dataset import Dataset
from nbloop.features import Features
from nbloop.model import Model


class Predictor:
    """Predicts labels of samples in the form in which the dataset was given.

    It holds no sample of the pool, and can be pickled and taken along.

    Attributes
    ----------
    classes_ : ndarray of str
        The labels of the task, in order; the columns of `predict_proba`.
    version : str
        Names the labels it learned: equal labels, equal version.
    labels : int
        How many it learned.
    learner : Learner
        The estimator inside; it speaks in codes, the places in `classes_`.
    """

    def __init__(self, model: Model, features: Features, data: Dataset) -> None:
        self.model = model
        self._features = features.without_samples()
        self._pool = None if hasattr(data.features, "shape") else data.samples.without_samples()
        self.classes_ = np.array(model.names)
        self.version = model.version
        self.labels = model.labels
        self.learner = model.learner

    def predict_proba(self, source: Any) -> np.ndarray:
        """Return probabilities, shape (n, classes), of the samples in `source`."""
        values = source if self._pool is None else self._pool.values_of(source)
        return self.model.calibrated(self._features.transform(values))

    def predict(self, source: Any) -> np.ndarray:
        """Return the most probable label, shape (n,) of str, of the samples in `source`."""
        return self.classes_[self.predict_proba(source).argmax(axis=1)]

    def __repr__(self) -> str:
        return f"<nbloop predictor {self.version}, {self.labels} labels, {self.learner!r}>"
