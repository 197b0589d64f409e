"""Near-duplicates: samples so much like a golden one that training on them would be training on it."""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from nbloop.errors import DataError
from nbloop.pool import Pool

BANDS, ROWS = 16, 4
"""64 minima in 16 bands of 4: texts that share 80 % of their shingles meet in a band in 99.98 % of all cases."""

SHINGLE, ENOUGH = 4, 20
"""Letters in a piece of text; texts of fewer pieces are near-duplicates only when equal: “room 12” is not “room 13”."""

PLAIN = bytes(ord(chr(code).lower()) if re.match(r"\w", chr(code), re.ASCII) else ord(" ") for code in range(256))
"""What becomes of an ASCII character: texts of nothing else, the most, are made plain in a fifth of the time."""

PLAIN_APART = b"\0" + PLAIN[1:]
"""The same, where a zero is between texts."""

CHUNK = 4096

MOST_TEXTS = 200_000
"""Beyond this many texts only equal ones (but for case, accents' form, blanks and signs) are found at opening: 50 µs
each.

The others are found as they are labelled (`nbloop.dataset.withheld`)."""

SIDE, APART = 16, 4.0
"""Images are compared as 16 × 16 grey values; the same picture written or scaled anew differs by about 1 of 255."""


def near_duplicates(pool: Pool, golden: np.ndarray, threshold: float) -> np.ndarray:
    """Return the positions, ascending, of samples that are near-duplicates of those at `golden`, without these.

    Equal after normalising (case, blanks, signs), and besides: texts that share `threshold` of their four-letter
    shingles (MinHash finds the candidates, the exact Jaccard index decides), images that look the same.

    References
    ----------
    Broder, "On the resemblance and containment of documents", 1997 (shingles and MinHash).
    """
    if not len(golden) or pool.kind == "object":
        return np.empty(0, np.intp)
    is_golden = np.zeros(len(pool), bool)
    is_golden[golden] = True
    if pool.kind == "image":
        near = _same_pictures(_thumbnails(pool), is_golden)
    elif pool.kind == "text":
        texts = all_normalised([*map(str, pool.frame[pool.columns[0]])])
        near = _equal(texts, is_golden)
        if len(texts) <= MOST_TEXTS:
            near |= Alike([texts[place] for place in golden], threshold).of(texts) >= 0
    else:
        near = _equal(row_names(pool.frame[pool.columns]), is_golden)
    return np.flatnonzero(near & ~is_golden)


def normalised(text: str) -> str:
    """Return `text` without case, signs and superfluous blanks; the text itself where nothing else is in it.

    >>> normalised("  WIN a prize!!")
    'win a prize'
    """
    if text.isascii():
        plain = b" ".join(text.encode().translate(PLAIN).split()).decode()
    else:
        plain = " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))
    return plain or text.strip()


def all_normalised(texts: Sequence[str]) -> list[str]:
    """Return `normalised` of each: of short ASCII texts in a quarter of the time, as many are made plain together."""
    chunks = (texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK))
    return [text for chunk in chunks for text in _normalised_together(chunk)]


def _normalised_together(texts: Sequence[str]) -> list[str]:
    together = "\0".join(texts)
    if not together.isascii() or together.count("\0") != len(texts) - 1:
        return [*map(normalised, texts)]
    plain = together.encode().translate(PLAIN_APART)
    while b"  " in plain:
        plain = plain.replace(b"  ", b" ")
    found = plain.replace(b" \0", b"\0").replace(b"\0 ", b"\0").strip(b" ").decode().split("\0")
    return [one or text.strip() for one, text in zip(found, texts, strict=True)] if "" in found else found


def shingles(texts: Sequence[str]) -> Any:
    """Return which four-letter pieces each text has, as a binary CSR matrix of hashed columns."""
    from sklearn.feature_extraction.text import HashingVectorizer

    options: dict[str, Any] = {"norm": None, "binary": True, "lowercase": False, "alternate_sign": False}
    hashing = HashingVectorizer(analyzer="char", ngram_range=(SHINGLE, SHINGLE), n_features=2**26, **options)
    found: Any = hashing.transform([f"{text:<{SHINGLE}}" for text in texts])
    found.sort_indices()
    return found


def signatures(found: Any) -> np.ndarray:
    """Return the least value of each of 64 hash functions over the shingles of each row, shape (n, 64)."""
    rng = np.random.default_rng(64)
    factors = rng.integers(1, 2**63, size=BANDS * ROWS, dtype=np.uint64) | np.uint64(1)
    added = rng.integers(0, 2**63, size=BANDS * ROWS, dtype=np.uint64)
    columns = np.append(found.indices, 0).astype(np.uint64)  # the last row may have no shingle: it begins here
    columns = (columns + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    least = [
        np.minimum.reduceat(_mixed(columns * a + b), found.indptr[:-1]) for a, b in zip(factors, added, strict=True)
    ]
    return np.stack(least, axis=1)


def _mixed(values: np.ndarray) -> np.ndarray:
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    return values ^ (values >> np.uint64(31))


def jaccard(a: np.ndarray, b: np.ndarray) -> float:
    """Return the share of two sorted sets of columns that they have in common."""
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / max(1, len(a) + len(b) - shared)


def _equal(names: Sequence[Hashable], is_golden: np.ndarray) -> np.ndarray:
    golden = {name for name, gold in zip(names, is_golden, strict=True) if gold}
    return np.array([name in golden for name in names])


class Alike:
    """Golden texts, cut into shingles, and which of them another text nearly is.

    Parameters
    ----------
    golden : sequence of str
        Normalised.
    threshold : float
        The share of shingles from which two texts count as one.
    """

    def __init__(self, golden: Sequence[str], threshold: float) -> None:
        self._threshold = threshold
        self._ours = shingles(golden)
        self._buckets: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        for number, keys in enumerate(_bands(signatures(self._ours))):
            for key in keys:
                self._buckets[key].append(number)

    def of(self, texts: Sequence[str]) -> np.ndarray:
        """Return for each normalised text the place of a golden one that it nearly is; -1 where there is none."""
        found = np.full(len(texts), -1)
        for start in range(0, len(texts), CHUNK):
            theirs = shingles(texts[start : start + CHUNK])
            for row, keys in enumerate(_bands(signatures(theirs))):
                met = {number for key in keys for number in self._buckets.get(key, ())}
                pieces = _row(theirs, row)
                if met and len(pieces) >= ENOUGH:
                    found[start + row] = self._first(pieces, sorted(met))
        return found

    def _first(self, pieces: np.ndarray, met: Sequence[int]) -> int:
        alike = (number for number in met if jaccard(pieces, _row(self._ours, number)) >= self._threshold)
        return next(alike, -1)


def _bands(found: np.ndarray) -> Iterator[list[tuple[int, int]]]:
    """Yield for each row its buckets: the number of the band and a hash of the minima in it."""
    weights = np.random.default_rng(4).integers(1, 2**63, size=ROWS, dtype=np.uint64) | np.uint64(1)
    keys = (found.reshape(len(found), BANDS, ROWS) * weights).sum(axis=2, dtype=np.uint64)
    for row in keys.tolist():
        yield list(enumerate(row))


def _row(matrix: Any, row: int) -> np.ndarray:
    return matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]


def row_names(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return each row as what its cells mean: texts without case and signs, numbers as they are."""
    plain = [
        [normalised(cell) if isinstance(cell, str) else None if pd.isna(cell) else cell for cell in frame[name]]
        if frame[name].dtype.kind not in "biuf"
        else frame[name].astype(float).fillna(np.inf).tolist()
        for name in frame
    ]
    return list(zip(*plain, strict=True))


def _thumbnails(pool: Pool) -> np.ndarray:
    """Return small grey versions, shape (n, 256); one that cannot be opened is NaN and like no other."""
    found = np.full((len(pool), SIDE * SIDE), np.nan, np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what cannot be opened is told where features are made
        for place, image in enumerate(pool.values()):
            try:
                small = image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
            except (DataError, OSError):
                continue
            found[place] = np.asarray(small, dtype=np.float32).ravel()
    return found


def _same_pictures(small: np.ndarray, is_golden: np.ndarray) -> np.ndarray:
    golden = small[is_golden]
    golden = golden[np.isfinite(golden[:, 0])]
    if not len(golden):
        return np.zeros(len(small), bool)
    squares = (golden**2).sum(axis=1)
    near = [
        ((chunk**2).sum(axis=1)[:, None] - 2 * chunk @ golden.T + squares).min(axis=1) <= APART**2 * SIDE * SIDE
        for chunk in np.array_split(small, max(1, len(small) // CHUNK))
    ]
    return np.concatenate(near)
