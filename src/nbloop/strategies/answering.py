"""What strategies of other libraries ask of a model, answered from a `Query`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from scipy.sparse import issparse

from nbloop.errors import NotTrained, StrategyError
from nbloop.strategies.query import Query


class Rows:
    """Finds rows of the pool by their features: others hand features where `Query` wants positions."""

    def __init__(self, X: Any) -> None:
        self._dtype = X.dtype
        self._places = {key: place for place, key in enumerate(self._keys(X))}

    def positions(self, X: Any) -> np.ndarray:
        """Return a position with the same features, for each row."""
        try:
            return np.fromiter((self._places[key] for key in self._keys(X)), dtype=np.intp, count=X.shape[0])
        except KeyError:
            raise AttributeError("it asks for probabilities of features that no sample has.") from None

    def _keys(self, X: Any) -> Iterator[bytes]:
        if issparse(X):
            for row in X.tocsr():
                yield row.indices.tobytes() + row.data.astype(self._dtype).tobytes()
        else:
            yield from (row.tobytes() for row in np.ascontiguousarray(X, dtype=self._dtype))


class Model:
    """What modAL and small-text ask of a classifier or committee."""

    on_transformed = False

    def __init__(self, query: Query, strategy: Any) -> None:
        self._query, self._strategy, self._rows = query, strategy, Rows(query.X)
        self.classes_ = np.arange(query.classes)
        self.X_training, self.y_training = query.X[query.labelled], query.y

    def __len__(self) -> int:
        return members_of(self._query, self._strategy)

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self)))

    def predict_proba(self, data: Any, dropout_sampling: int = 1) -> np.ndarray:
        if dropout_sampling > 1:  # what they draw by dropout, a committee's members say
            return self.vote_proba(data)
        return proba_of(self._query)(self._positions(data))

    def predict(self, data: Any) -> np.ndarray:
        return self.predict_proba(data).argmax(axis=1)

    def vote_proba(self, X: Any) -> np.ndarray:
        """Return probabilities (m, members, classes)."""
        members_of(self._query, self._strategy)
        assert self._query.members_of is not None
        return self._query.members_of(self._positions(X)).transpose(1, 0, 2)

    def vote(self, X: Any) -> np.ndarray:
        return self.vote_proba(X).argmax(axis=2)

    def embed(self, data: Any, return_proba: bool = False, **_: Any) -> Any:
        X = data.x.toarray() if issparse(data.x) else data.x
        return (X, self.predict_proba(data)) if return_proba else X

    def _positions(self, data: Any) -> np.ndarray:
        return self._rows.positions(getattr(data, "x", data))


def proba_of(query: Query) -> Callable[[np.ndarray], np.ndarray]:
    if query.proba_of is None:
        raise NotTrained("there is no model yet: it takes labels of two classes.")
    return query.proba_of


def members_of(query: Query, strategy: Any) -> int:
    """Return the size of the committee."""
    proba_of(query)
    if query.members_of is None:
        raise StrategyError(f"{name_of(strategy)} needs a committee: use learner='committee', or one of your own.")
    return len(query.members_of(query.candidates[:1]))


def member(query: Query, i: int, positions: np.ndarray) -> np.ndarray:
    assert query.members_of is not None
    return query.members_of(positions)[i]


def name_of(strategy: Any) -> str:
    function = strategy.func if isinstance(strategy, partial) else strategy
    return str(getattr(function, "__name__", type(function).__name__))
