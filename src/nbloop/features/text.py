"""Text: TF-IDF of words and characters, reduced by SVD, and the way back to the words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, cast

import numpy as np
from scipy.sparse import hstack
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from nbloop.errors import FeatureError
from nbloop.features.features import Matrix, Parts
from nbloop.features.scale import LENGTH

FITTED_ON = 10_000
"""Texts that the SVD is fitted on: more change it little and cost time."""


class TextFeatures:
    """Words, pairs of words and characters within words, weighted by TF-IDF and reduced to `dimensions`.

    A linear learner on a few hundred labels is better and ten times faster on reduced text. The reduction is linear, so
    what each word adds is exact: characters count for the words they stand in.

    Parameters
    ----------
    dimensions : int
    seed : int

    References
    ----------
    Deerwester et al., "Indexing by latent semantic analysis", 1990.
    """

    def __init__(self, *, dimensions: int = 128, seed: int = 0) -> None:
        self.dimensions = dimensions
        self.seed = seed
        self._words: Any = TfidfVectorizer(
            ngram_range=(1, 2),
            sublinear_tf=True,
            token_pattern=r"(?u)\b\w+\b",
            max_features=50_000,
            dtype=cast("Any", np.float32),
        )
        self._chars: Any = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(3, 4),
            sublinear_tf=True,
            max_features=50_000,
            dtype=cast("Any", np.float32),
        )

    def fit_transform(self, values: Sequence[str]) -> np.ndarray:
        """Learn words and directions from the texts; return shape (n, at most `dimensions`)."""
        texts = _texts(values)
        try:
            sparse: Matrix = hstack([self._words.fit_transform(texts), self._chars.fit_transform(texts)], format="csr")
        except ValueError as error:
            raise FeatureError(f"no words were found in {len(texts)} texts: {error}.") from error
        rng = np.random.default_rng(self.seed)
        rows = sparse if len(texts) <= FITTED_ON else sparse[rng.choice(len(texts), FITTED_ON, replace=False)]
        dimensions = min(self.dimensions, rows.shape[0], rows.shape[1] - 1) or 1
        with np.errstate(invalid="ignore"):  # texts all alike have no variance to share out
            svd: Any = TruncatedSVD(dimensions, n_iter=2, random_state=self.seed).fit(rows)
        self._down = np.ascontiguousarray(svd.components_.T)  # else every product would copy all of it
        return self._reduce(sparse)

    def transform(self, values: Sequence[str]) -> np.ndarray:
        """Return the features of new texts."""
        texts = _texts(values)
        return self._reduce(self._sparse(texts))

    def parts(self, value: str, made: Any, direction: np.ndarray) -> Parts:  # noqa: ARG002  words are not in it
        """Return what each word of a text adds along `direction`."""
        text = _texts([value])[0]
        row = self._sparse([text])
        down = self._down[row.indices]
        weights = down @ direction * (LENGTH / (np.linalg.norm(row.data @ down) or 1.0))
        grams = dict(zip(row.indices.tolist(), (weights * row.data).tolist(), strict=True))
        return self._to_words(text, grams)

    def _sparse(self, texts: Sequence[str]) -> Matrix:
        return hstack([self._words.transform(texts), self._chars.transform(texts)], format="csr")

    def _reduce(self, sparse: Matrix) -> np.ndarray:
        reduced = sparse @ self._down
        norms = np.linalg.norm(reduced, axis=1, keepdims=True)
        return np.divide(reduced * LENGTH, norms, out=reduced, where=norms > 0)

    def _to_words(self, text: str, grams: dict[int, float]) -> Parts:
        """Share what each gram adds equally among the places where it stands, and sum by word."""
        places: dict[int, list[str]] = defaultdict(list)
        for gram, words in self._occurrences(text):
            if gram in grams:
                places[gram].extend(words)
        added: dict[str, float] = defaultdict(float)
        for gram, words in places.items():
            for word in words:
                added[word] += grams[gram] / len(words)
        return list(added.items())

    def _occurrences(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """Yield each known gram of a text with the words it stands in."""
        known, offset = self._words.vocabulary_, len(self._words.vocabulary_)
        words = re.findall(r"(?u)\b\w+\b", text.lower())
        for gram in [(word,) for word in words] + list(pairwise(words)):
            if " ".join(gram) in known:
                yield known[" ".join(gram)], list(gram)
        grams_of = self._chars.build_analyzer()
        for word in text.lower().split():
            for gram in grams_of(word):
                if gram in self._chars.vocabulary_:
                    yield offset + self._chars.vocabulary_[gram], [word.strip(".,;:!?\"'()[]") or word]


def _texts(values: Sequence[str]) -> list[str]:
    """Return texts; what is missing is an empty one."""
    return [
        value if isinstance(value, str) else "" if value is None or value != value else str(value) for value in values
    ]
