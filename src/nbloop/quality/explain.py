"""Explanations: what each part of a sample adds to what a model says of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

GRID = 7
"""Regions a side of an image that are covered one after the other."""

WORDS = 60
"""Most words of a text that are left out one after the other."""

Parts = list[tuple[str, float]]


def linear_contributions(X: np.ndarray, weights: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Return what each feature adds to a linear score, against the mean of a background: Shapley values, exactly [1]_.

    Parameters
    ----------
    X : array of shape (n, d)
        The samples.
    weights : array of shape (d,)
        Of the score: those of one class, or of one class less another's.
    background : array of shape (m, d)
        What is usual.

    Returns
    -------
    array of shape (n, d)
        Each row adds up to the score of the sample less the mean score of the background.

    References
    ----------
    .. [1] S. Lundberg and S.-I. Lee, "A unified approach to interpreting model predictions", NeurIPS 2017.

    Examples
    --------
    >>> linear_contributions(np.array([[3.0, 1.0]]), np.array([2.0, 1.0]), np.array([[1.0, 0.0], [1.0, 2.0]])).tolist()
    [[4.0, 0.0]]
    """
    X, background = np.asarray(X, np.float64), np.asarray(background, np.float64)
    return (X - background.mean(axis=0)) * np.asarray(weights, np.float64)


def leading(proba: np.ndarray) -> tuple[int, int]:
    """Return the most probable class and the runner-up of one row of probabilities."""
    first, second = np.argsort(-proba, kind="stable")[:2]
    return int(first), int(second)


def regions() -> list[str]:
    """Return the names of an image's regions, row by row: ``"row,column"``."""
    return [f"{down},{right}" for down in range(GRID) for right in range(GRID)]


def margin(proba: np.ndarray, first: int, second: int) -> np.ndarray:
    """Return by how much the log probability of one class leads that of another, shape (n,)."""
    safe = np.log(np.clip(proba, 1e-9, 1.0))
    return safe[:, first] - safe[:, second]


def covered(value: Any, usual: pd.DataFrame | None) -> tuple[list[str], list[Any]]:
    """Return the parts of a sample by name, and the sample without each of them.

    A text loses a word wherever it stands, a row (a table of one) gets what is usual in a column, an image is grey in
    one of 7 × 7 regions, which are named ``"row,column"``.
    """
    if isinstance(value, pd.DataFrame):
        return _columns(value, usual)
    return _words(value) if isinstance(value, str) else _regions(value)


def _words(text: str) -> tuple[list[str], list[Any]]:
    words = text.split()
    names = list(dict.fromkeys(word.strip(".,;:!?\"'()[]").lower() for word in words))[:WORDS]
    names = [name for name in names if name]
    return names, [" ".join(word for word in words if word.strip(".,;:!?\"'()[]").lower() != name) for name in names]


def _columns(row: pd.DataFrame, usual: pd.DataFrame | None) -> tuple[list[str], list[Any]]:
    stand_in = row if usual is None else usual
    return [str(name) for name in row.columns], [
        row.assign(**{name: stand_in[name].to_numpy()}) for name in row.columns
    ]


def _regions(value: Any) -> tuple[list[str], list[Any]]:
    image = value if isinstance(value, Image.Image) else Image.fromarray(_pixels(value))
    image = image.convert("RGB")
    grey = tuple(int(band) for band in np.asarray(image).reshape(-1, 3).mean(axis=0))
    images = []
    for down in range(GRID):
        for right in range(GRID):
            copy = image.copy()
            copy.paste(grey, _box(image, down, right))
            images.append(copy)
    return regions(), images


def _box(image: Image.Image, down: int, right: int) -> tuple[int, int, int, int]:
    across, high = image.width / GRID, image.height / GRID
    return int(right * across), int(down * high), round((right + 1) * across), round((down + 1) * high)


def _pixels(value: Any) -> np.ndarray:
    array = np.asarray(value, np.float64)
    full = 1 if array.max(initial=0) <= 1 else 16 if array.max() <= 16 else 255
    return (array / full * 255).round().clip(0, 255).astype(np.uint8)


def occlusion(value: Any, usual: pd.DataFrame | None, score: Callable[[Sequence[Any]], np.ndarray]) -> Parts:
    """Return how much the score falls without each part of a sample [1]_, in the order of the parts.

    Parameters
    ----------
    value : str, one-row DataFrame, image or array
        The sample.
    usual : one-row DataFrame, optional
        What stands in for a column.
    score : callable
        From samples to one number each.

    References
    ----------
    .. [1] M. Zeiler and R. Fergus, "Visualizing and understanding convolutional networks", ECCV 2014.

    Examples
    --------
    >>> occlusion("win a prize", None, lambda texts: np.array([float("prize" in text) for text in texts]))
    [('win', 0.0), ('a', 0.0), ('prize', 1.0)]
    """
    names, without = covered(value, usual)
    if not names:
        return []
    scores = score([value, *without])
    return [(name, float(scores[0] - lower)) for name, lower in zip(names, scores[1:], strict=True)]
