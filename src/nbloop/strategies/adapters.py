"""Query strategies of scikit-activeml, modAL and small-text, unchanged: what they ask of a model, `Query` answers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from nbloop.errors import MissingExtra, NbloopError, StrategyError
from nbloop.strategies.answering import Model, Rows, member, members_of, name_of, proba_of
from nbloop.strategies.order import top
from nbloop.strategies.query import Choice, Query

BATCH = 50
"""How many are asked for at most: many of their batches cost a pass for each."""

PACKAGES = {"skactiveml": "scikit-activeml", "modAL": "modAL-python", "small_text": "small-text"}
"""What to import, and what pip calls it."""

CLASSIFIER = ". Adapt it with a classifier of theirs: nbloop.strategies.adapters.scikit_activeml(strategy, clf=...)."
"""What helps where a strategy of scikit-activeml wants a certain model."""

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
    StrategyError
        It is for regression, or, when asked, wants a model of its own kind and was given none.
    """
    answering, wrapped = _answering(strategy), getattr(strategy, "query_strategy", None)
    wanted = inspect.signature((wrapped or strategy).query).parameters.keys() - given.keys()
    if "reg" in wanted:
        raise StrategyError(f"{name_of(strategy)} is for regression: it asks a regressor for numbers.")

    def ask(query: Query) -> Choice:
        y = np.full(query.X.shape[0], np.nan)
        y[query.labelled] = query.y
        seeded: Any = clone(strategy)
        unseeded = [name for name, value in seeded.get_params().items() if _is_seed(name) and value is None]
        seeded.set_params(**{name: int(query.rng.integers(2**31)) for name in sorted(unseeded)})
        models = _asked(query, strategy, wanted, answering) | given
        with _chance(query.rng), _explained(strategy, CLASSIFIER):  # some clusterings that they use take no seed
            return _choice(_queried(seeded, query, y, models), strategy)

    return _named(ask, strategy)


def modal(strategy: Callable[..., Any]) -> Ask:
    """Adapt a query strategy of modAL: a function of a classifier (or committee), the pool and `n_instances`."""

    def ask(query: Query) -> Choice:
        proba_of(query)
        with _chance(query.rng), _explained(strategy):
            found = strategy(Model(query, strategy), query.X[query.candidates], n_instances=_wanted(query))
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
        with _chance(query.rng), _explained(strategy):
            found = strategy.query(
                Model(query, strategy), data, query.candidates, query.labelled, query.y, n=_wanted(query)
            )
        return _choice(found, strategy)

    return _named(ask, strategy)


def _asked(query: Query, strategy: Any, wanted: set[str], answering: Any) -> dict[str, Any]:
    """Return the models that their `query` wants."""
    if {"ignore_partial_fit", "clf"} <= wanted:
        raise _trains(strategy)
    rows, classes = Rows(query.X), np.arange(query.classes)
    found: dict[str, Any] = {}
    for name in {"clf", "estimator"} & wanted:
        found |= {name: answering(rows, proba_of(query), classes), f"fit_{name}": False}
    if "ensemble" in wanted:
        members = [partial(member, query, i) for i in range(members_of(query, strategy))]
        found |= {"ensemble": [answering(rows, one, classes) for one in members], "fit_ensemble": False}
    if "discriminator" in wanted:
        wrapped = _package("skactiveml.classifier").SklearnClassifier
        found["discriminator"] = wrapped(LogisticRegression(), classes=[0, 1])
    return found


def _queried(seeded: Any, query: Query, y: np.ndarray, models: dict[str, Any]) -> Any:
    """Return what theirs chooses; one that chooses a single sample says what the others are worth."""
    candidates, n = query.candidates, _wanted(query)
    if not isinstance(seeded, _package("skactiveml.pool").ParallelUtilityEstimationWrapper):
        return seeded.query(query.X, y, candidates=candidates, batch_size=n, **models)
    _, utilities = seeded.query(query.X, y, candidates=candidates, batch_size=1, return_utilities=True, **models)
    return candidates[top(utilities[0, candidates], n, query.rng)]


def _answering(strategy: Any) -> Any:
    """Return a class that can only be made where scikit-activeml is."""
    base = _package("skactiveml.base").SkactivemlClassifier

    class Answering(base):
        """Their kind of classifier, fitted, with our probabilities."""

        def __init__(self, rows: Rows, proba: Callable[[np.ndarray], np.ndarray], classes: np.ndarray) -> None:
            super().__init__(classes=classes)
            self.rows, self.proba, self.classes_ = rows, proba, classes

        def fit(self, *_: Any, **__: Any) -> Any:
            raise _trains(strategy)

        def predict_proba(self, X: Any) -> np.ndarray:
            return self.proba(self.rows.positions(X))

        def predict(self, X: Any) -> np.ndarray:
            return self.classes_[self.predict_proba(X).argmax(axis=1)]

    return Answering


def _wanted(query: Query) -> int:
    return min(query.n, BATCH, len(query.candidates))


def _choice(found: Any, strategy: Any) -> Choice:
    positions = np.asarray(found).ravel()
    return Choice(positions, np.linspace(1, 0, len(positions)), f"chosen by {name_of(strategy)}")


@contextmanager
def _explained(strategy: Any, cure: str = "") -> Iterator[None]:
    """Say what would do where theirs wants a model that a query is not."""
    try:
        yield
    except NbloopError:
        raise
    except (AttributeError, NotImplementedError, RuntimeError, TypeError) as error:
        raise StrategyError(
            f"{name_of(strategy)} needs more of a model than its probabilities: {error}{cure}"
        ) from error


def _is_seed(name: str) -> bool:
    return name.rpartition("__")[2] == "random_state"


def _trains(strategy: Any) -> StrategyError:
    return StrategyError(f"{name_of(strategy)} trains classifiers of its own: adapt it with clf=, one of theirs.")


def _named(ask: Ask, strategy: Any) -> Ask:
    ask.__name__ = name_of(strategy)
    return ask


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
