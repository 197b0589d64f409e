"""Query strategies of scikit-activeml, modAL and small-text, unchanged: what they ask of a model, `Query` answers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from nbloop.errors import MissingExtra, NotTrained, StrategyError
from nbloop.strategies.query import Choice, Query

BATCH = 50
"""How many are asked for at most: many of their batches cost a pass for each."""

PACKAGES = {"skactiveml": "scikit-activeml", "modAL": "modAL-python", "small_text": "small-text"}
"""What to import, and what pip calls it."""

Ask = Callable[[Query], Choice]


def adapted(spec: Any) -> Ask | None:
    """Return a function of a query that asks a strategy of another library; None where `spec` is none of theirs."""
    owners = {kind.__module__.partition(".")[0] for kind in type(spec).__mro__}
    function = spec.func if isinstance(spec, partial) else spec
    if "skactiveml" in owners:
        return scikit_activeml(spec)
    if "small_text" in owners:
        return small_text(spec)
    return modal(spec) if str(getattr(function, "__module__", "")).startswith("modAL.") else None


def scikit_activeml(strategy: Any, **given: Any) -> Ask:
    """Adapt a pool-based strategy of scikit-activeml.

    Parameters
    ----------
    strategy : skactiveml.base.SingleAnnotatorPoolQueryStrategy
        Never changed; a `random_state` left open follows the loop's seed.
    **given
        Further arguments of its `query`: ``discriminator=``, or ``clf=`` for one that trains classifiers of its own.

    Raises
    ------
    MissingExtra
        scikit-activeml is not installed.
    """
    answering = _answering(strategy)
    wanted = inspect.signature(strategy.query).parameters.keys() - given.keys()

    def ask(query: Query) -> Choice:
        y = np.full(query.X.shape[0], np.nan)
        y[query.labelled] = query.y
        seeded: Any = clone(strategy)
        if seeded.get_params().get("random_state", 0) is None:
            seeded.set_params(random_state=int(query.rng.integers(2**31)))
        arguments = (
            {"candidates": query.candidates, "batch_size": _wanted(query)}
            | _asked(query, strategy, wanted, answering)
            | given
        )
        with _chance(query.rng):  # some of the clusterings that they use take no seed of theirs
            return _choice(seeded.query(query.X, y, **arguments), strategy)

    return _named(ask, strategy)


def modal(strategy: Callable[..., Any]) -> Ask:
    """Adapt a query strategy of modAL: a function of a classifier (or committee), the pool and `n_instances`."""

    def ask(query: Query) -> Choice:
        _proba_of(query)
        with _chance(query.rng):
            found = strategy(_Model(query), query.X[query.candidates], n_instances=_wanted(query))
        places = found[0] if isinstance(found, tuple) else found  # modAL 0.4.2 returns scores too, older ones do not
        return _choice(query.candidates[np.asarray(places, dtype=np.intp)], strategy)

    return _named(ask, strategy)


def small_text(strategy: Any) -> Ask:
    """Adapt a query strategy of small-text; features are the embeddings it may ask for.

    Raises
    ------
    MissingExtra
        small-text is not installed.
    """
    dataset = _package("small_text").SklearnDataset

    def ask(query: Query) -> Choice:
        y = np.zeros(query.X.shape[0], dtype=int)  # theirs has no mark for no label here, and reads only the labelled
        y[query.labelled] = query.y
        data = dataset(query.X, y, target_labels=np.arange(query.classes))
        with _chance(query.rng):
            found = strategy.query(_Model(query), data, query.candidates, query.labelled, query.y, n=_wanted(query))
        return _choice(found, strategy)

    return _named(ask, strategy)


def _asked(query: Query, strategy: Any, wanted: set[str], answering: Any) -> dict[str, Any]:
    """Return the models that their `query` wants."""
    if {"ignore_partial_fit", "clf"} <= wanted:
        raise _trains(strategy)
    rows, classes = _Rows(query.X), np.arange(query.classes)
    found: dict[str, Any] = {}
    for name in {"clf", "estimator"} & wanted:
        found |= {name: answering(rows, _proba_of(query), classes), f"fit_{name}": False}
    if "ensemble" in wanted:
        members = [partial(_member, query, i) for i in range(_members(query, strategy))]
        found |= {"ensemble": [answering(rows, member, classes) for member in members], "fit_ensemble": False}
    if "discriminator" in wanted:
        wrapped = _package("skactiveml.classifier").SklearnClassifier
        found["discriminator"] = wrapped(LogisticRegression(), classes=[0, 1])
    return found


def _answering(strategy: Any) -> Any:
    """Return a class that can only be made where scikit-activeml is."""
    base = _package("skactiveml.base").SkactivemlClassifier

    class Answering(base):
        """Their kind of classifier, fitted, with our probabilities."""

        def __init__(self, rows: _Rows, proba_of: Callable[[np.ndarray], np.ndarray], classes: np.ndarray) -> None:
            super().__init__(classes=classes)
            self.rows, self.proba_of, self.classes_ = rows, proba_of, classes

        def fit(self, *_: Any, **__: Any) -> Any:
            raise _trains(strategy)

        def predict_proba(self, X: Any) -> np.ndarray:
            return self.proba_of(self.rows.positions(X))

    return Answering


class _Rows:
    """Finds rows of the pool by their features: others hand features where `Query` wants positions."""

    def __init__(self, X: Any) -> None:
        self._dtype = X.dtype
        self._places = {key: place for place, key in enumerate(self._keys(X))}

    def positions(self, X: Any) -> np.ndarray:
        """Return a position with the same features, for each row."""
        try:
            return np.fromiter((self._places[key] for key in self._keys(X)), dtype=np.intp, count=X.shape[0])
        except KeyError:
            raise StrategyError("the strategy asks for probabilities of features that no sample has.") from None

    def _keys(self, X: Any) -> Iterator[bytes]:
        if issparse(X):
            for row in X.tocsr():
                yield row.indices.tobytes() + row.data.astype(self._dtype).tobytes()
        else:
            yield from (row.tobytes() for row in np.ascontiguousarray(X, dtype=self._dtype))


class _Model:
    """What modAL and small-text ask of a classifier or committee."""

    on_transformed = False

    def __init__(self, query: Query) -> None:
        self._query, self._rows = query, _Rows(query.X)
        self.classes_ = np.arange(query.classes)
        self.X_training, self.y_training = query.X[query.labelled], query.y

    def __len__(self) -> int:
        return _members(self._query, self)

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self)))

    def predict_proba(self, data: Any) -> np.ndarray:
        return _proba_of(self._query)(self._positions(data))

    def predict(self, data: Any) -> np.ndarray:
        return self.predict_proba(data).argmax(axis=1)

    def vote_proba(self, X: Any) -> np.ndarray:
        _members(self._query, self)
        assert self._query.members_of is not None
        return self._query.members_of(self._positions(X)).transpose(1, 0, 2)

    def vote(self, X: Any) -> np.ndarray:
        return self.vote_proba(X).argmax(axis=2)

    def embed(self, data: Any, return_proba: bool = False, **_: Any) -> Any:
        X = data.x.toarray() if issparse(data.x) else data.x
        return (X, self.predict_proba(data)) if return_proba else X

    def _positions(self, data: Any) -> np.ndarray:
        return self._rows.positions(getattr(data, "x", data))


def _proba_of(query: Query) -> Callable[[np.ndarray], np.ndarray]:
    if query.proba_of is None:
        raise NotTrained("there is no model yet: it takes labels of two classes.")
    return query.proba_of


def _members(query: Query, strategy: Any) -> int:
    """Return the size of the committee."""
    _proba_of(query)
    if query.members_of is None:
        raise StrategyError(f"{_name(strategy)} needs a committee: use learner='committee', or one of your own.")
    return len(query.members_of(query.candidates[:1]))


def _member(query: Query, i: int, positions: np.ndarray) -> np.ndarray:
    assert query.members_of is not None
    return query.members_of(positions)[i]


def _wanted(query: Query) -> int:
    return min(query.n, BATCH, len(query.candidates))


def _choice(found: Any, strategy: Any) -> Choice:
    positions = np.asarray(found).ravel()
    return Choice(positions, np.linspace(1, 0, len(positions)), f"chosen by {_name(strategy)}")


def _trains(strategy: Any) -> StrategyError:
    return StrategyError(f"{_name(strategy)} trains classifiers of its own: adapt it with clf=, one of theirs.")


def _named(ask: Ask, strategy: Any) -> Ask:
    ask.__name__ = _name(strategy)
    return ask


def _name(strategy: Any) -> str:
    function = strategy.func if isinstance(strategy, partial) else strategy
    return str(getattr(function, "__name__", type(function).__name__))


@contextmanager
def _chance(rng: np.random.Generator) -> Iterator[None]:
    """Seed numpy's global chance, which they draw from, and put it back."""
    before = np.random.get_state()
    np.random.seed(int(rng.integers(2**31)))
    try:
        yield
    finally:
        np.random.set_state(before)


def _package(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        name = PACKAGES[module.partition(".")[0]]
        raise MissingExtra(f"this strategy needs {name}, which is not installed: pip install {name}") from error
