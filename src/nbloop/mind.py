"""One round of the loop: learn the labels, score the golden set, rank the pool. Arrays in, frozen values out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import ThreadpoolController

from nbloop.anchors import Anchors
from nbloop.errors import LearnerError, NbloopError, StrategyError
from nbloop.features import Features
from nbloop.foretold import foretold
from nbloop.learners import Learner, make_learner
from nbloop.model import Model, version_of
from nbloop.outcome import Outcome, Ranking, why_of
from nbloop.quality.golden import Score, score
from nbloop.quality.lots import as_drawn
from nbloop.ranking import ClosestCalls
from nbloop.schema import Part, Problem, Why
from nbloop.snapshot import Snapshot, first
from nbloop.strategies import Query, Strategy
from nbloop.temperature import calibrate

log = logging.getLogger("nbloop")

RANKED = 256
"""How many samples a ranking orders: more than a person answers before the next one is there."""


NOBODY = np.empty(0, dtype=np.intp)
"""What is asked while nobody sits at a page."""


class Stale(Exception):
    """The ranking under way is of no use any more."""


class Space(NamedTuple):
    """Where strategies look at the pool: its features, or what a network makes of them.

    Attributes
    ----------
    X : array or CSR matrix of shape (n, d)
    model : Model or None
        Takes rows of X.
    calls : ClosestCalls
        Of X.
    """

    X: Any
    model: Model | None
    calls: ClosestCalls


class Mind:
    """What turns a snapshot into a model, a score and a ranking.

    Parameters
    ----------
    features : Features
        Of the whole pool.
    learner : str, Learner or scikit-learn classifier
    strategy : Strategy
    seed : int
        Ties and draws follow from it and from the number of labels, never from the clock.
    calibrates : bool
        Whether the probabilities that a person reads get a temperature from the golden set.

    Attributes
    ----------
    weight : int
        How often a label counts that overruled the model or an earlier answer.
    """

    learns = True

    def __init__(
        self, features: Features, learner: Any, strategy: Strategy, seed: int, *, calibrates: bool = False
    ) -> None:
        self.features = features
        self.X = features.matrix
        self.strategy = strategy
        self.learner = learner
        self.guard: Callable[[Snapshot], None] | None = None
        self._seed = seed
        self._calibrates = calibrates
        self._make: Callable[[], Learner] = lambda: make_learner(learner)
        self._spec = repr(self._make())
        self.weight = 1
        self._threads = ThreadpoolController()
        self._space = Space(self.X, None, ClosestCalls(self.X))
        self._embedded: Space | None = None
        self._anchors = Anchors(self._make, features.matrix)

    def round(
        self, snapshot: Snapshot, told: int, last: Outcome | None, stale: Callable[[], bool], asked: np.ndarray = NOBODY
    ) -> Outcome:
        """Learn, score and rank; a part that fails leaves its problem and what it made last.

        `asked`, shape (a,), are the samples that a person is being asked meanwhile.

        Raises
        ------
        Stale
            Something newer is wanted.
        """
        with self._threads.limit(limits=1):  # more would take the cores from the kernel's other threads
            last = last if last and last.model and last.model.names == snapshot.names else None
            model, scored, problem = self._learn_and_measure(snapshot, told, last)
            try:
                ranking = self.rank(snapshot, model, stale, asked)
            except NbloopError as error:
                problem, ranking = _report(error), self.at_random(snapshot)
                if isinstance(error, LearnerError):
                    model, scored = last and last.model, last and last.score
        return Outcome(ranking, model, scored, problem, told)

    def _learn_and_measure(
        self, snapshot: Snapshot, told: int, last: Outcome | None
    ) -> tuple[Model | None, Score | None, Problem | None]:
        try:
            model = self.calibrated(self.learn(snapshot, told), snapshot)
            return model, self.measure(snapshot, model), None
        except NbloopError as error:
            return last and last.model, last and last.score, _report(error)

    def learn(self, snapshot: Snapshot, told: int) -> Model | None:
        """Return the model of these labels; None while fewer than two classes were seen."""
        if len(np.unique(snapshot.codes)) < 2:
            return None
        if self.guard is not None:
            self.guard(snapshot)
        version = self.version(snapshot)
        with _blaming(LearnerError, "the learner", self.spec):
            learner = self._anchors.train(snapshot.labelled, snapshot.codes, _times(snapshot, self.weight))
        model = Model(learner, snapshot.names, version, len(snapshot.labelled), told)
        model.predict_proba(self.X[snapshot.labelled[:1]])  # one that cannot predict is none
        return model

    def version(self, snapshot: Snapshot) -> str:
        """Name the model of these labels."""
        return version_of(self._named(snapshot, self.weight), snapshot, len(snapshot.labelled))

    def rebuild(self, snapshot: Snapshot, labels: int, version: str) -> Model | None:
        """Return the model that knew the first `labels` labels; None when those labels are no longer what they were."""
        if labels > len(snapshot.labelled):
            return None
        known = first(snapshot, labels)
        for weight in dict.fromkeys((self.weight, 1)):
            if version_of(self._named(known, weight), snapshot, labels) == version:
                learner = Anchors(self._make, self.X).train(known.labelled, known.codes, _times(known, weight))
                return Model(learner, snapshot.names, version, labels, -1)
        return None

    def fit_final(self, snapshot: Snapshot) -> Model:
        """Return a model fitted once, from scratch, on all labels."""
        if self.guard is not None:
            self.guard(snapshot)
        labels, (places, codes) = len(snapshot.labelled), self.counted(snapshot)
        with _blaming(LearnerError, "the learner", self.spec):
            learner = self._make().fit(self.X[places], codes)
        version = version_of(f"final:{self._named(snapshot, self.weight)}", snapshot, labels)
        return Model(learner, snapshot.names, version, labels, -1)

    def counted(self, snapshot: Snapshot, labels: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return positions and codes of the first `labels` labels, corrections as often as they count."""
        known = first(snapshot, labels if labels is not None else len(snapshot.labelled))
        rows = np.repeat(np.arange(len(known.codes)), _times(known, self.weight))
        return known.labelled[rows], known.codes[rows]

    @property
    def spec(self) -> str:
        """What learns, and how often corrections count."""
        return self._spec if self.weight == 1 else f"{self._spec}, corrections counted {self.weight} times"

    def _named(self, snapshot: Snapshot, weight: int) -> str:
        """Name what learns, and which of the labels are corrections where that counts."""
        if weight == 1:
            return self._spec
        return f"{self._spec}:{weight}:{np.packbits(snapshot.corrected).tobytes().hex()}"

    def fitted(self, labelled: np.ndarray, codes: np.ndarray) -> Model:
        """Return a model fitted from scratch on these positions and codes, for a comparison; it serves nobody."""
        with _blaming(LearnerError, "the learner", self.spec):
            learner = self._make().fit(self.X[labelled], codes)
        names = tuple(map(str, range(int(codes.max()) + 1)))  # columns are codes, whatever they are called
        return Model(learner, names, "compared", len(labelled), -1)

    def fit_labels(self, places: np.ndarray, codes: np.ndarray, names: tuple[str, ...], version: str) -> Model:
        """Return a model fitted from scratch on labels that may come more than once."""
        with _blaming(LearnerError, "the learner", self.spec):
            learner = self._make().fit(self.X[places], codes)
        return Model(learner, names, version, len(np.unique(places)), -1)

    def measure(self, snapshot: Snapshot, model: Model | None) -> Score | None:
        """Score `model` on the verified golden samples; None without a model or without such samples."""
        if model is None or not len(snapshot.golden):
            return None
        proba = model.predict_proba(self.X[snapshot.golden])
        drawn = as_drawn(snapshot.groups, snapshot.golden)
        return score(snapshot.golden_codes, proba, snapshot.names, **drawn)

    def calibrated(self, model: Model | None, snapshot: Snapshot) -> Model | None:
        """Return `model` with the temperature that the golden set gives it, where that is asked for."""
        if model is None or not self._calibrates:
            return model
        known = np.isin(snapshot.golden_codes, model.learner.classes_)
        golden, codes = snapshot.golden[known], snapshot.golden_codes[known]
        proba = model.predict_proba(self.X[golden]) if len(golden) else np.empty((0, len(snapshot.names)))
        return replace(model, calibration=calibrate(codes, proba, self._seed))

    def rank(
        self, snapshot: Snapshot, model: Model | None, stale: Callable[[], bool], asked: np.ndarray = NOBODY
    ) -> Ranking:
        """Order the samples that may be asked.

        Raises
        ------
        Stale
            Something newer is wanted, seen between two chunks.
        StrategyError
            The strategy raised, or chose what may not be asked.
        """
        if not snapshot.eligible.any():
            return Ranking(np.empty(0, dtype=np.intp), np.empty(0), self.strategy.name, "nothing left to ask")
        query = replace(self._query(snapshot, model, stale), asked=asked)
        with _blaming(StrategyError, "the strategy", self.strategy.name):
            choice = self.strategy(query)
        return Ranking(choice.positions, choice.scores, self.strategy.name, choice.phase)

    def settle(
        self, snapshot: Snapshot, outcome: Outcome, stale: Callable[[], bool], asked: np.ndarray = NOBODY
    ) -> None:
        """Prepare the next ranking while nobody waits for this one, until something newer is wanted."""
        if self._embedded is not None:  # the next model sees another pool
            return
        front = np.concatenate([asked, outcome.ranking.positions])[:1].astype(np.intp)
        told = snapshot.labelled, snapshot.codes, _times(snapshot, self.weight)
        learner, check = outcome.model and outcome.model.learner, lambda: _end_if(stale)
        ahead = foretold(self._anchors, learner, told, self.X, front, check)  # trained when it is asked for
        with suppress(Stale), self._threads.limit(limits=1):
            self._space.calls.settle(check, lambda: list(ahead))

    def at_random(self, snapshot: Snapshot) -> Ranking:
        """Return an order that needs no model and no strategy: what serves when the strategy failed."""
        candidates = np.flatnonzero(snapshot.eligible)
        rng = np.random.default_rng((self._seed, len(snapshot.labelled)))
        chosen = rng.permutation(candidates)[:RANKED]
        return Ranking(chosen, np.full(len(chosen), np.nan), "random", "random, as the strategy failed")

    def why(self, place: int, proba: np.ndarray | None, outcome: Outcome) -> Why:
        """Return why this sample is asked: its rank, and for linear models the words or columns that count."""
        parts: list[tuple[str, float]] = []
        if outcome.model is not None and proba is not None:
            direction = outcome.model.direction(proba)
            parts = [] if direction is None else self.features.parts(place, direction)
        return why_of(place, outcome.ranking, tuple(Part(name, weight) for name, weight in parts))

    def _query(self, snapshot: Snapshot, model: Model | None, stale: Callable[[], bool]) -> Query:
        def check() -> None:
            if stale():
                raise Stale

        rng = np.random.default_rng((self._seed, len(snapshot.labelled)))
        space = self._seen_by(model, check)
        return Query(
            X=space.X,
            candidates=np.flatnonzero(snapshot.eligible),
            labelled=snapshot.labelled,
            y=snapshot.codes,
            classes=len(snapshot.names),
            n=RANKED,
            rng=rng,
            **({} if model is None else self._asked_of(model, space, snapshot, rng, check)),
        )

    def _seen_by(self, model: Model | None, check: Callable[[], None]) -> Space:
        """Return the pool as a model sees it: a network's embeddings, made once a model, or the features."""
        if model is None or not model.embeds:
            return self._space._replace(model=model)
        known = self._embedded and self._embedded.model
        if self._embedded is None or known is None or known.version != model.version:
            X = model.embedded(self.X, check)
            self._embedded = Space(X, model.on_embeddings(), ClosestCalls(X))
        return self._embedded

    def _asked_of(
        self, model: Model, space: Space, snapshot: Snapshot, rng: np.random.Generator, check: Callable[[], None]
    ) -> dict[str, Any]:
        """Return what a query may ask of a model; each answer stops where it is stale."""
        seen = space.model or model

        def proba(positions: np.ndarray) -> np.ndarray:
            check()
            return seen.predict_proba(space.X[positions])

        def members(positions: np.ndarray) -> np.ndarray:
            check()
            return model.members_proba(self.X[positions])

        def closest(n: int) -> tuple[np.ndarray, np.ndarray]:
            assert seen.linear is not None
            found = space.calls.find(*seen.linear, n, snapshot.eligible, check)
            order = np.lexsort((rng.random(len(found.gaps)), found.gaps))
            return found.positions[order], 1 - found.gaps[order].astype(np.float64)

        answers: dict[str, Any] = {"proba_of": proba}
        if model.is_committee:
            answers["members_of"] = members
        if seen.linear is not None:
            answers["closest_of"] = closest
        return answers


def _times(snapshot: Snapshot, weight: int) -> np.ndarray:
    """Return how often each label counts."""
    return np.where(snapshot.corrected, weight, 1).astype(np.intp)


def _end_if(stale: Callable[[], bool]) -> None:
    if stale():
        raise Stale


def _report(error: NbloopError) -> Problem:
    """Log with the traceback; what a person reads is the message."""
    log.error("%s", error, exc_info=error)
    return Problem(error.code, str(error))


class _blaming:
    """Turn whatever the user's part raises into an error of ours that names the part."""

    def __init__(self, kind: type[NbloopError], part: str, name: str) -> None:
        self._kind, self._part, self._name = kind, part, name

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, NbloopError | Stale):
            raise self._kind(f"{self._part} {self._name} raised {type(error).__name__}: {error}") from error
