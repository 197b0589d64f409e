"""Strategies for classes that are hard to find."""

from __future__ import annotations

import numpy as np

from nbloop.strategies.query import Query
from nbloop.strategies.uncertainty import margin


def rare(query: Query) -> np.ndarray:
    """Return the expected need for a sample's class: the mean of 1 / (1 + labels of the class) under its probabilities.

    Hunts classes with few labels (cf. Bengar, van de Weijer, Fuentes and Raducanu, "Class-balanced active learning",
    WACV 2022).
    """
    need = 1 / (1 + np.bincount(query.y, minlength=query.classes))
    return query.each(lambda proba: proba @ need)


def balanced(query: Query) -> np.ndarray:
    """Return the margin score times the expected need for the sample's class."""
    return rare(query) * query.each(margin)
