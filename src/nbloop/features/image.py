"""Images: their pixels at a small size, reduced to their principal components."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError
from sklearn.decomposition import PCA

from nbloop.errors import FeatureError
from nbloop.features.features import Parts
from nbloop.features.scale import Scale

SIDE = 28
"""Images are brought to at most this many pixels a side: enough to tell shapes apart."""


class ImageFeatures:
    """Pixels at a small size, grey when all images are, reduced by PCA.

    Parameters
    ----------
    dimensions : int
    seed : int
    """

    def __init__(self, *, dimensions: int = 64, seed: int = 0) -> None:
        self.dimensions = dimensions
        self.seed = seed

    def fit_transform(self, values: Sequence[Any]) -> np.ndarray:
        """Learn size, colour and directions from the images; return shape (n, at most `dimensions`)."""
        images = [_image(value) for value in values]
        self._mode = "L" if all(image.mode in ("L", "1", "I;16", "LA") for image in images) else "RGB"
        self._size = min(SIDE, max(image.width for image in images)), min(SIDE, max(image.height for image in images))
        pixels = self._pixels(images)
        dimensions = min(self.dimensions, *pixels.shape)
        self._pca = PCA(
            dimensions, svd_solver="covariance_eigh" if pixels.shape[1] < 1000 else "randomized", random_state=self.seed
        )
        self._scale = Scale(columns=False)
        return self._scale.fit_transform(self._pca.fit_transform(pixels))

    def transform(self, values: Sequence[Any]) -> np.ndarray:
        """Return the features of new images."""
        return self._scale.transform(self._pca.transform(self._pixels([_image(value) for value in values])))

    def parts(self, value: Any, direction: np.ndarray) -> Parts:  # noqa: ARG002  pixels have no names
        """Return nothing: pixels have no names."""
        return []

    def _pixels(self, images: Sequence[Image.Image]) -> np.ndarray:
        rows = [np.asarray(image.convert(self._mode).resize(self._size), dtype=np.float32).ravel() for image in images]
        return np.stack(rows) / 255


def _image(value: Any) -> Image.Image:
    """Return a PIL image of an image, an array or a path."""
    if isinstance(value, Image.Image):
        return value
    try:
        return Image.open(value) if isinstance(value, str | Path) else Image.fromarray(_bytes(np.asarray(value)))
    except (OSError, TypeError, ValueError, UnidentifiedImageError) as error:
        raise FeatureError(f"cannot read an image of {str(value)[:80]!r}: {error}") from error


def _bytes(array: np.ndarray) -> np.ndarray:
    """Return an array of 0 to 255; floats are taken to run from 0 to 1, or up to their highest value."""
    if array.dtype == np.uint8:
        return array
    if not np.isfinite(array).all():
        raise ValueError("it has NaN or infinite pixels")
    highest = array.max(initial=0)
    full = 1 if highest <= 1 else 16 if highest <= 16 else max(highest, 255)
    return (np.clip(array, 0, None) / full * 255).round().astype(np.uint8)
