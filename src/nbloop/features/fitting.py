"""From what a user writes as `features=` to features."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from scipy.sparse import issparse
from threadpoolctl import threadpool_limits

from nbloop.errors import FeatureError
from nbloop.features.features import Features, Maker, size
from nbloop.features.given import GivenRows, GivenTransformer
from nbloop.features.image import ImageFeatures
from nbloop.features.table import TableFeatures
from nbloop.features.text import TextFeatures

Kind = Literal["text", "image", "row", "object"]


def fit_features(spec: Any, kind: Kind, values: Any, seed: int = 0) -> Features:
    """Make the features of a pool.

    Parameters
    ----------
    spec : "auto", array or CSR matrix of shape (n, d), name of a column, or scikit-learn transformer
        With the name of a column, `values` are that column's vectors, one a sample.
    kind : {"text", "image", "row", "object"}
        What the samples are; decides what ``"auto"`` does.
    values : list of str, list of images, or DataFrame
        The samples.
    seed : int
        Equal samples and seed, equal features.

    Raises
    ------
    FeatureError
        No such specification, or features that are not finite, not numbers or not one row a sample.

    Examples
    --------
    >>> features = fit_features("auto", "text", ["free prize now", "see you at home", "win a prize", "home at last"])
    >>> features.matrix.shape[0], features.matrix.dtype.name
    (4, 'float32')
    """
    if size(values) == 0:
        raise FeatureError("there are no samples to make features of.")
    with threadpool_limits(limits=1, user_api="blas"):  # the number of threads would change the last bits
        return Features(_maker(spec, kind, seed), values)


def _maker(spec: Any, kind: Kind, seed: int) -> Maker:
    if isinstance(spec, str):
        return _automatic(kind, seed) if spec == "auto" else GivenRows()
    if hasattr(spec, "transform") and hasattr(spec, "fit_transform") and not isinstance(spec, type):
        return GivenTransformer(spec)
    if isinstance(spec, np.ndarray) or issparse(spec) or hasattr(spec, "__array__"):
        return GivenRows(spec)
    if callable(spec) and not isinstance(spec, type) and not hasattr(spec, "get_params"):
        raise FeatureError(
            f"a function from samples to numbers comes as features=nbloop.features.embed(function); found {spec!r:.40}."
        )
    raise FeatureError(
        f"features must be 'auto', a matrix of one row a sample, the name of a column of vectors, "
        f"or an instance of a scikit-learn transformer; found {spec!r:.80}."
    )


def _automatic(kind: Kind, seed: int) -> Maker:
    if kind == "object":
        raise FeatureError("features of these samples cannot be guessed: give features= a matrix or a transformer.")
    if kind == "text":
        return TextFeatures(seed=seed)
    return ImageFeatures() if kind == "image" else TableFeatures(seed=seed)
