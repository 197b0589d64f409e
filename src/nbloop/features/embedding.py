"""Features that a pretrained model makes: any function from texts or images to a matrix, kept on disk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import numpy as np
from PIL.Image import Image
from sklearn.base import BaseEstimator, TransformerMixin

from nbloop.errors import FeatureError, MissingExtra
from nbloop.features.features import as_matrix
from nbloop.features.vectors import Vectors

CACHE = ".nbloop"
"""The folder of the caches, beside the notebook."""


class Embedding(TransformerMixin, BaseEstimator):
    """What `embed` returns: a transformer from samples to the rows that a function makes of them.

    Attributes
    ----------
    calls : int
        How many samples the function was given; the others came from the cache.
    """

    def __init__(
        self, function: Callable[[list[Any]], Any], name: str, version: str, cache: Path | None, batch: int, probe: bool
    ) -> None:
        self.function = function
        self.name = name
        self.version = version
        self.cache = cache
        self.batch = batch
        self.probe = probe
        self.calls = 0

    def __sklearn_clone__(self) -> Embedding:
        """Return itself: it learns nothing, and a copy of the model behind it would cost its memory twice."""
        return self

    def fit(self, values: Any, y: Any = None) -> Self:  # noqa: ARG002  scikit-learn's signature
        """Learn nothing."""
        return self

    def transform(self, values: Any) -> np.ndarray:
        """Return one row a sample, shape (n, d), float32; equal samples are embedded once.

        Raises
        ------
        FeatureError
            The function answers with something else than one finite row a sample, or no longer with the rows that the
            cache has of it; or a sample is neither text, image nor array.
        """
        if hasattr(values, "columns"):
            raise FeatureError(
                "embed() is for texts, images and arrays; found a table. Give features= a matrix instead."
            )
        values = values.tolist() if hasattr(values, "iloc") else values
        digests = [digest(value) for value in values]
        known = self._kept.find(digests) if self._kept else {}
        missing = {key: place for place, key in enumerate(digests) if key not in known}
        self._check_kept(known, values, digests)
        for some in _batches(list(missing.items()), self.batch):
            rows = self._rows([values[place] for _, place in some])
            fresh = {key: row for (key, _), row in zip(some, rows, strict=True)}
            if self._kept:
                self._kept.add(fresh)
            known |= fresh
        return self._stacked([known[key] for key in digests])

    @cached_property
    def _kept(self) -> Vectors | None:
        if self.cache is None:
            return None
        slug = re.sub(r"[^A-Za-z0-9.]+", "-", self.name).strip("-")[:60]
        key = blake2b(f"{self.name}\0{self.version}".encode(), digest_size=6).hexdigest()
        return Vectors(self.cache / f"{slug}-{key}.sqlite")

    def _check_kept(self, known: dict[bytes, np.ndarray], values: Any, digests: Sequence[bytes]) -> None:
        """Embed one kept sample again, once a session: a function that changed must not be mixed with what it was."""
        place = next((i for i, key in enumerate(digests) if key in known), None)
        if not self.probe or place is None:
            return
        row, kept = self._rows([values[place]])[0], known[digests[place]]
        if row.shape != kept.shape or not np.allclose(row, kept, rtol=0.02, atol=0.02 * float(np.abs(kept).max())):
            raise FeatureError(
                f"{self.name} (version {self.version!r}) no longer makes the vectors that are kept in {self.cache}. "
                "Give the changed one another version=, such as version='2'; or delete the cache."
            )
        self.probe = False

    def _rows(self, values: list[Any]) -> np.ndarray:
        self.calls += len(values)
        try:
            found = self.function(values)
        except MissingExtra:
            raise
        except Exception as error:
            raise FeatureError(f"the embedding {self.name} raised {type(error).__name__}: {error}") from error
        found = found.detach().cpu().float().numpy() if hasattr(found, "detach") else found  # a torch tensor
        try:
            return as_matrix(found, len(values))
        except FeatureError as error:
            raise FeatureError(f"the embedding {self.name}: {error}") from error

    def _stacked(self, rows: list[np.ndarray]) -> np.ndarray:
        widths = {len(row) for row in rows}
        if len(widths) > 1:
            raise FeatureError(f"the embedding {self.name} must make rows of one width; found {sorted(widths)}.")
        return np.stack(rows)


def embed(
    function: Callable[[list[Any]], Any],
    *,
    name: str | None = None,
    version: str = "",
    cache: str | Path | None = CACHE,
    batch: int = 64,
) -> Embedding:
    """Make features of any function from a list of texts or images to a matrix, each sample embedded once for ever.

    Rows are kept in the folder `cache`, one file a name and version, found again by the content of the sample. Once a
    session one kept sample is embedded again and compared: a function that changed under its name is noticed.

    Parameters
    ----------
    function : callable
        From a list of str, PIL images or arrays to an array or torch tensor of shape (n, d), one row a sample.
    name : str, optional
        Names the cache; by default the module and name of the function. What has no name of its own needs one.
    version : str
        Another version, another cache: give a new one when the function changes.
    cache : str, Path or None
        The folder, ``".nbloop"`` by default; None keeps nothing.
    batch : int
        Samples a call.

    Returns
    -------
    Embedding
        For ``Dataset(features=...)``.

    Raises
    ------
    FeatureError
        `function` cannot be called, or has no name.

    Examples
    --------
    >>> def lengths(texts):
    ...     return [[len(text), text.count("!")] for text in texts]
    >>> embed(lengths, cache=None).fit_transform(["hello", "win!!"]).tolist()
    [[5.0, 0.0], [5.0, 2.0]]
    """
    if not callable(function):
        raise FeatureError(f"embed takes a function from a list of samples to a matrix; found {function!r:.80}.")
    if batch < 1:
        raise FeatureError(f"batch is how many samples a call, at least one; found {batch!r}.")
    name = name or _name_of(function)
    if name is None and cache is not None:
        raise FeatureError(f"{function!r:.80} has no name to find its cache by: give name='...', or cache=None.")
    return Embedding(function, name or repr(function), version, _folder(cache), batch, probe=True)


def sentences(model: str = "all-MiniLM-L6-v2", *, cache: str | Path | None = CACHE, batch: int = 64) -> Embedding:
    """Make features of texts with a model of sentence-transformers, loaded when the first new text comes.

    Parameters
    ----------
    model : str
        A name on the Hugging Face hub, or a folder.
    cache, batch
        As in `embed`.

    Raises
    ------
    MissingExtra
        sentence-transformers is not installed; said when the first text is embedded.
    """
    loaded: list[Any] = []

    def encode(texts: list[str]) -> Any:
        loaded[:] = loaded or [_sentence_model(model)]
        return loaded[0].encode(texts, batch_size=batch, show_progress_bar=False, convert_to_numpy=True)

    return Embedding(encode, f"sentences:{model}", "", _folder(cache), batch, probe=False)


def _folder(cache: str | Path | None) -> Path | None:
    return None if cache is None else Path(cache)


def digest(value: Any) -> bytes:
    """Return the hash of one text, image or array: equal content, equal hash, on every machine."""
    if isinstance(value, str):
        return _hash("text", [value.encode("utf8", "surrogatepass")])
    if isinstance(value, Image):
        return _hash(f"image {value.mode} {value.size}", [value.tobytes(), bytes(str(value.getpalette()), "ascii")])
    if isinstance(value, np.ndarray) and value.dtype != object:
        return _hash(f"array {value.dtype.str} {value.shape}", [np.ascontiguousarray(value).tobytes()])
    raise FeatureError(f"only texts, images and arrays can be embedded; found {type(value).__name__}.")


def _hash(kind: str, parts: Iterable[bytes]) -> bytes:
    made = blake2b(kind.encode(), digest_size=16)
    for part in parts:
        made.update(b"\0" + part)
    return made.digest()


def _batches(items: list[Any], size: int) -> Iterable[list[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _name_of(function: Any) -> str | None:
    name = getattr(function, "__qualname__", None)
    return None if name is None or "<lambda>" in name else f"{function.__module__}.{name}"


def _sentence_model(model: str) -> Any:
    try:
        library: Any = import_module("sentence_transformers")  # by name: type checkers would read all of transformers
    except ImportError as error:
        raise MissingExtra(
            "sentences() needs sentence-transformers: pip install 'nbloop[embeddings]'; or use embed() with any model."
        ) from error
    return library.SentenceTransformer(model)
