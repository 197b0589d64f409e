"""Images: small pixels and the directions of their edges, reduced to principal components."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from nbloop.errors import FeatureError
from nbloop.features.features import Parts
from nbloop.features.scale import Scale

SIDE = 28
"""Pixels a side that edges are looked for in: enough to tell shapes apart."""

CELL = 4
"""Pixels a side of a cell within which directions of edges are counted."""

DIRECTIONS = 8
"""How many directions of edges are told apart."""

EDGES = 2.0
"""How much longer the edges are than the pixels: what was best on digits and on clothes."""


class ImageFeatures:
    """Pixels at 14 × 14 (grey when all images are) and counts of edge directions in 49 cells, reduced by PCA.

    Parameters
    ----------
    dimensions : int

    References
    ----------
    Dalal and Triggs, "Histograms of oriented gradients for human detection", CVPR 2005.
    """

    def __init__(self, *, dimensions: int = 64) -> None:
        self.dimensions = dimensions

    def fit_transform(self, values: Sequence[Any]) -> np.ndarray:
        """Learn colour and directions from the images; return shape (n, at most `dimensions`)."""
        small, grey = _read(values)
        self._grey = bool((small == small[..., :1]).all())
        blocks = self._blocks(small, grey)
        self._scales = [Scale(columns=False) for _ in blocks]
        raw = _joined([scale.fit_transform(block) for scale, block in zip(self._scales, blocks, strict=True)])
        _, vectors = np.linalg.eigh(raw.T @ raw)  # centred already
        self._components = vectors[:, ::-1][:, : min(self.dimensions, *raw.shape)]
        self._scale = Scale(columns=False)
        return self._scale.fit_transform(raw @ self._components)

    def transform(self, values: Sequence[Any]) -> np.ndarray:
        """Return the features of new images."""
        return self._made(*_read(values))

    def covered(self, value: Any, grid: int) -> np.ndarray:
        """Return the features of an image: whole, then with each of `grid` × `grid` regions in its mean colour.

        It is read once; regions are covered in the few pixels that are looked at. `grid` divides half of `SIDE`.
        """
        small, grey = _read([value])
        return self._made(_covered(small, grid), _covered(grey, grid))

    def _made(self, small: np.ndarray, grey: np.ndarray) -> np.ndarray:
        blocks = self._blocks(small, grey)
        raw = _joined([scale.transform(block) for scale, block in zip(self._scales, blocks, strict=True)])
        return self._scale.transform(raw @ self._components)

    def parts(self, value: Any, made: Any, direction: np.ndarray) -> Parts:  # noqa: ARG002  pixels have no names
        """Return nothing: pixels have no names."""
        return []

    def _blocks(self, small: np.ndarray, grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        pixels = small[..., :1] if self._grey else small
        return pixels.reshape(len(pixels), -1), edges(grey)


def edges(grey: np.ndarray) -> np.ndarray:
    """Return the square root of each direction's share of the edges in each cell.

    Parameters
    ----------
    grey : array of shape (n, SIDE, SIDE)
        Brightness from 0 to 1.

    Returns
    -------
    array of shape (n, cells * DIRECTIONS), float32
        Rows of length 1, or 0 for an image without edges.
    """
    down, right = np.gradient(grey, axis=(1, 2))
    strength = np.hypot(down, right)
    direction = (np.arctan2(down, right) / (2 * np.pi) * DIRECTIONS).astype(int) % DIRECTIONS
    cells = SIDE // CELL
    counts = np.empty((len(grey), cells, cells, DIRECTIONS), dtype=np.float32)
    for i in range(DIRECTIONS):
        here = np.where(direction == i, strength, 0)
        counts[..., i] = here.reshape(len(grey), cells, CELL, cells, CELL).sum(axis=(2, 4))
    shares = counts.reshape(len(grey), -1)
    return np.sqrt(shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-6))


def _covered(pixels: np.ndarray, grid: int) -> np.ndarray:
    """Return an image, shape (1, side, side, ...), and behind it one with each region in its mean colour."""
    found = np.repeat(pixels, grid * grid + 1, axis=0)
    side = pixels.shape[1] // grid
    mean = pixels.mean(axis=(0, 1, 2))
    for place, image in enumerate(found[1:]):
        down, right = (side * number for number in divmod(place, grid))
        image[down : down + side, right : right + side] = mean
    return found


def _joined(blocks: Sequence[np.ndarray]) -> np.ndarray:
    return np.hstack([blocks[0], EDGES * blocks[1]])


def _read(values: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return images in colour, (n, SIDE / 2, SIDE / 2, 3), and grey, (n, SIDE, SIDE); only one is open at a time."""
    small = np.empty((len(values), SIDE // 2, SIDE // 2, 3), dtype=np.float32)
    grey = np.empty((len(values), SIDE, SIDE), dtype=np.float32)
    for i, value in enumerate(values):
        image = _image(value).convert("RGB")
        small[i], grey[i] = _pixels(image, SIDE // 2), _pixels(image.convert("L"), SIDE)
    return small, grey


def _pixels(image: Image.Image, side: int) -> np.ndarray:
    way = Image.Resampling.BOX if min(image.size) > side else Image.Resampling.BICUBIC
    return np.asarray(image.resize((side, side), way), dtype=np.float32) / 255


def _image(value: Any) -> Image.Image:
    """Return a PIL image of an image, an array or a path."""
    if isinstance(value, Image.Image):
        return value
    try:
        return Image.open(value) if isinstance(value, str | Path) else Image.fromarray(_bytes(np.asarray(value)))
    except (OSError, TypeError, ValueError, UnidentifiedImageError) as error:
        raise FeatureError(f"cannot read an image of {str(value)[:80]!r}: {error}") from error


def _bytes(array: np.ndarray) -> np.ndarray:
    """Return an array of 0 to 255; others are taken to run from 0 to 1, 16 or 255, whatever they fit in."""
    if array.dtype == np.uint8:
        return array
    if not np.isfinite(array).all():
        raise ValueError("it has NaN or infinite pixels")
    highest = array.max(initial=0)
    full = 1 if highest <= 1 else 16 if highest <= 16 else max(highest, 255)
    return (np.clip(array, 0, None) / full * 255).round().astype(np.uint8)
