"""A Gaussian around the last layer of a network: how sure it is of its weights."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Curvature(NamedTuple):
    """The curvature of the log loss in the weights of a last layer, as two Kronecker factors [1]_.

    Attributes
    ----------
    inputs : ndarray of shape (h + 1, h + 1)
        Sum over the labels of the outer product of the embedding, with a 1 for the intercept.
    outputs : ndarray of shape (n_classes, n_classes)
        Mean over the labels of diag(p) - p p'.

    References
    ----------
    .. [1] H. Ritter, A. Botev and D. Barber, "A scalable Laplace approximation for neural networks", ICLR 2018;
       A. Kristiadi, M. Hein and P. Hennig, "Being Bayesian, even just a bit, fixes overconfidence in ReLU networks",
       ICML 2020 (why the last layer suffices).
    """

    inputs: np.ndarray
    outputs: np.ndarray


def curvature(embedded: np.ndarray, proba: np.ndarray) -> Curvature:
    """Return the curvature at embeddings of shape (n, h) with probabilities of shape (n, n_classes)."""
    rows = _with_one(embedded)
    outputs = np.diag(proba.mean(axis=0)) - proba.T @ proba / len(proba)
    return Curvature(rows.T @ rows, outputs)


def draw(weights: np.ndarray, found: Curvature, prior: float, members: int, rng: np.random.Generator) -> np.ndarray:
    """Draw last layers from the Gaussian: weights of shape (members, n_classes, h + 1).

    Parameters
    ----------
    weights : ndarray of shape (n_classes, h + 1)
        The trained ones, intercepts last: the mean.
    found : Curvature
        Where the weights are.
    prior : float
        Precision of the weights before any label: the larger, the closer the members.
    members : int
        How many are drawn.
    rng : numpy.random.Generator
        The only source of chance.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> few = curvature(np.eye(2), np.full((2, 2), 0.5))
    >>> draw(np.zeros((2, 3)), few, 1.0, 4, rng).shape
    (4, 2, 3)
    """
    a, inputs = np.linalg.eigh(found.inputs)
    b, outputs = np.linalg.eigh(found.outputs)
    spread = 1 / np.sqrt(np.maximum(b, 0)[:, None] * np.maximum(a, 0) + prior)
    noise = rng.standard_normal((members, *weights.shape)) * spread
    return weights + outputs @ noise @ inputs.T


def proba_of(embedded: np.ndarray, layers: np.ndarray) -> np.ndarray:
    """Return the probabilities of each last layer, shape (members, n, n_classes)."""
    logits = _with_one(embedded) @ layers.transpose(0, 2, 1)
    logits -= logits.max(axis=2, keepdims=True)
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=2, keepdims=True)
    return logits


def _with_one(embedded: np.ndarray) -> np.ndarray:
    return np.column_stack([embedded, np.ones(len(embedded))]).astype(np.float64)
