"""Images: files, bytes, arrays and PIL images, opened one at a time and only when looked at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, overload

import numpy as np
from PIL import Image, ImageOps

from nbloop.errors import DataError, warn_of_data

IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff")
"""Names of image files end with one of these."""

COLOURS = {"CMYK": "RGB", "HSV": "RGB", "LAB": "RGB", "PA": "RGBA", "RGBX": "RGB", "RGBa": "RGBA", "YCbCr": "RGB"}
"""Ways to write colours that PNG does not know, and what they become."""

NAMED = 5
"""How many images that cannot be opened are named; a folder could be full of them."""

Levels = tuple[float, float]


def is_image(item: Any) -> bool:
    """Tell whether `item` can be shown as an image: a path (also as a string), PIL image, array, or encoded bytes."""
    if isinstance(item, str):
        return item.lower().endswith(IMAGES) and "://" not in item and "\n" not in item
    if isinstance(item, np.ndarray):
        if item.dtype.kind not in "biuf":  # objects or texts in a grid
            return False
        return item.ndim == 2 or (item.ndim == 3 and item.shape[-1] in (1, 3, 4))
    return isinstance(item, (Path, Image.Image, bytes))


def are_images(items: Sequence[Any], folder: Path | None) -> bool:
    """Tell whether all `items` are images; strings named like images only when one of them is a file."""
    if not items or not all(map(is_image, items)):
        return False
    texts = [item for item in items if isinstance(item, str)]
    return len(texts) < len(items) or any(os.path.exists(os.path.join(folder or "", text)) for text in texts)


def levels(items: Iterable[Any]) -> Levels:
    """Return the numbers that are shown black and white, over all arrays among `items`.

    Bytes are shown as they are. Other numbers are stretched together, so that one image can be compared with the next:
    from 0 (or the least, where it is negative) to the greatest, or to 1 where none is greater.
    """
    arrays = [item for item in items if isinstance(item, np.ndarray) and item.dtype != np.uint8 and item.size]
    if not arrays:
        return 0.0, 255.0
    low = min(0.0, *(float(np.nanmin(array)) for array in arrays))
    high = max(float(np.nanmax(array)) for array in arrays)
    return low, max(high, 1.0) if np.isfinite(high) else 1.0


def open_image(item: Any, folder: Path | None = None, shown: Levels = (0.0, 255.0)) -> Image.Image:
    """Return `item` as a PIL image that holds no open file, turned upright, in colours that PNG can hold.

    Numbers of more than eight bits are stretched, in an image by itself over what it has.

    Raises
    ------
    OSError
        There is no such file, or it is no image.
    """
    if isinstance(item, Image.Image):
        return _showable(item)
    if isinstance(item, np.ndarray):
        return Image.fromarray(_bytes(item, shown))
    with Image.open(BytesIO(item) if isinstance(item, bytes) else Path(folder or "", item)) as image:
        return _showable(ImageOps.exif_transpose(image) if image.getexif() else image.copy())


def pixels(item: Any) -> bytes:
    """Return the bytes that tell one image from another."""
    if isinstance(item, bytes):
        return item
    array = np.asarray(_coloured(item) if isinstance(item, Image.Image) else item)
    return f"{array.shape}{array.dtype.str}".encode() + array.tobytes()


def _showable(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        array = np.asarray(image)
        return Image.fromarray(_bytes(array, levels([array])))
    return _coloured(image)


def _coloured(image: Image.Image) -> Image.Image:
    """Return an image of another way to write colours, or of a palette, in plain ones; any other as it is."""
    if image.mode == "P":
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    return image.convert(COLOURS[image.mode]) if image.mode in COLOURS else image


def _bytes(array: np.ndarray, shown: Levels) -> np.ndarray:
    plain = array[..., 0] if array.ndim == 3 and array.shape[-1] == 1 else array
    if plain.dtype == np.uint8:
        return plain
    low, high = shown
    return (
        np.clip((np.nan_to_num(plain.astype(np.float64)) - low) * (255 / (high - low)), 0, 255).round().astype(np.uint8)
    )


class Images(Sequence[Image.Image]):
    """Images of a pool, each opened when it is reached, so that more than fits into memory can be gone through.

    Parameters
    ----------
    opener : callable
        From a position to the image there.
    positions : range
        Which positions these are.
    """

    def __init__(self, opener: Callable[[int], Image.Image], positions: range) -> None:
        self._opener, self._positions = opener, positions

    def __len__(self) -> int:
        return len(self._positions)

    def __iter__(self) -> Iterator[Image.Image]:
        for position in self._positions:  # in a frame of ours, so that a warning points at the user's line
            yield self._opener(position)

    @overload
    def __getitem__(self, place: int) -> Image.Image: ...
    @overload
    def __getitem__(self, place: slice) -> Images: ...
    def __getitem__(self, place: int | slice) -> Image.Image | Images:
        """Open the image at `place`; a slice is opened later."""
        found = self._positions[place]
        return Images(self._opener, found) if isinstance(found, range) else self._opener(found)


class Forgiving:
    """Opens images of a pool; one that cannot be opened is blank, and named once."""

    def __init__(self, images: Images) -> None:
        self._images = images
        self._lost: set[int] = set()

    def __call__(self, place: int) -> Image.Image:
        try:
            return self._images[place]
        except DataError as error:
            if place not in self._lost and len(self._lost) < NAMED:
                self._lost.add(place)
                more = "; further ones are not named" if len(self._lost) == NAMED else ""
                warn_of_data(f"{error}; for features its pixels count as blank{more}. Mend or leave out the file.")
            return Image.new("L", (1, 1))
