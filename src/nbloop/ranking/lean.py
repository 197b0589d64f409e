"""A lean: the direction in which a model is about to move, and where samples lie along it.

One more label at x moves a linear model almost wholly along one direction of the features, whatever the answer is. A
sample whose product with that direction is known is bounded exactly along it, and by its length only across it.
"""

from __future__ import annotations

import numpy as np


class Lean:
    """A direction, and how the products of samples with it are put into parts.

    Parameters
    ----------
    direction : ndarray of shape (d,)
        Of any length but zero.
    products : ndarray of shape (m,)
        Of some samples with the unit direction: the parts lie where they are.

    Attributes
    ----------
    direction : ndarray of float32, shape (d,)
        Of length one.
    low, high : float
        The first part lies below, the last above.
    """

    def __init__(self, direction: np.ndarray, products: np.ndarray) -> None:
        self.direction = unit(direction)
        self.low, high = map(float, np.quantile(products, [0.005, 0.995]))
        self.high = max(high, self.low + 1e-6 * (1 + abs(self.low)))

    def scale(self, parts: int) -> float:
        """Return how many parts there are to a unit."""
        return (parts - 2) / (self.high - self.low)

    def ends(self, parts: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the lower and upper ends of the parts, shape (parts,) each; rounding is on the side of too wide."""
        inner = np.linspace(self.low, self.high, parts - 1)
        wider = 1e-5 * (abs(self.low) + abs(self.high))
        return np.r_[-np.inf, inner - wider], np.r_[inner + wider, np.inf]


def unit(direction: np.ndarray) -> np.ndarray:
    """Return a direction as float32, brought to length one."""
    return (direction / np.linalg.norm(direction)).astype(np.float32)


def placed(products: np.ndarray, lean: Lean, parts: int) -> np.ndarray:
    """Return the part of each product.

    >>> lean = Lean(np.array([2.0]), np.linspace(-1, 1, 1001))
    >>> placed(np.array([-5.0, 0.01, 5.0], dtype=np.float32), lean, 8).tolist()
    [0, 4, 7]
    """
    steps = (products - np.float32(lean.low)) * np.float32(lean.scale(parts))
    return np.clip(np.floor(steps) + 1, 0, parts - 1).astype(np.uint16)


def leading(moves: list[np.ndarray]) -> np.ndarray:
    """Return the direction along which weights move most, shape (d,), in several moves of shape (classes, d).

    The gradient of one label more is the sample times what the model is wrong about in each class; what curvature makes
    of it stays near one direction of the features, the same for all classes and nearly so for all answers.

    >>> abs(leading([np.array([[0.0, 2.0], [0.1, -2.0]])])).round(1).tolist()
    [0.0, 1.0]
    """
    return np.linalg.svd(np.concatenate(moves), full_matrices=False)[2][0]
