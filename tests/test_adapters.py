"""Strategies of other libraries, as they come, inside nbloop."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from nbloop.errors import MissingExtra, StrategyError
from nbloop.strategies import Choice, Query, make_strategy
from nbloop.strategies.adapters import scikit_activeml, small_text
from test_strategies import POINTS, make_query

pool = pytest.importorskip("skactiveml.pool", reason="scikit-activeml is in the test extra")
modal = pytest.importorskip("modAL", reason="modAL-python is in the test extra")
texts = pytest.importorskip("small_text", reason="small-text is in the test extra")

import modAL.batch  # noqa: E402 - after the skips
import modAL.disagreement  # noqa: E402
import modAL.uncertainty  # noqa: E402
from modAL.batch import uncertainty_batch_sampling  # noqa: E402 - after the skips
from modAL.disagreement import (  # noqa: E402
    consensus_entropy_sampling,
    max_disagreement_sampling,
    vote_entropy_sampling,
)
from modAL.uncertainty import entropy_sampling, margin_sampling, uncertainty_sampling  # noqa: E402
from skactiveml.base import SingleAnnotatorPoolQueryStrategy  # noqa: E402
from skactiveml.classifier import MixtureModelClassifier, ParzenWindowClassifier, SklearnClassifier  # noqa: E402

THEIRS = {
    "least confident": lambda: pool.UncertaintySampling(method="least_confident"),
    "margin": lambda: pool.UncertaintySampling(method="margin_sampling"),
    "random": pool.RandomSampling,
    "typiclust": pool.TypiClust,
    "core set": pool.CoreSet,
    "max herding": pool.MaxHerding,
    "prob cover": pool.ProbCover,
    "badge": pool.Badge,
    "falcun": pool.Falcun,
    "clue": pool.Clue,
    "contrastive": pool.ContrastiveAL,
    "committee": pool.QueryByCommittee,
    "greedy bald": pool.GreedyBALD,
    "batch bald": pool.BatchBALD,
    "discriminative": pool.DiscriminativeAL,
    "greedy sampling": pool.GreedySamplingX,
    "modAL margin": lambda: margin_sampling,
    "modAL entropy": lambda: entropy_sampling,
    "modAL uncertainty": lambda: partial(uncertainty_sampling, random_tie_break=True),
    "modAL batch": lambda: uncertainty_batch_sampling,
    "modAL vote entropy": lambda: vote_entropy_sampling,
    "modAL consensus entropy": lambda: consensus_entropy_sampling,
    "modAL disagreement": lambda: max_disagreement_sampling,
    "small-text random": texts.RandomSampling,
    "small-text breaking ties": texts.BreakingTies,
    "small-text least confidence": texts.LeastConfidence,
    "small-text entropy": texts.PredictionEntropy,
    "small-text k-means": texts.EmbeddingKMeans,
    "small-text greedy core set": texts.GreedyCoreset,
    "small-text lightweight core set": texts.LightweightCoreset,
    "small-text contrastive": lambda: texts.ContrastiveActiveLearning(pbar=None),
    "small-text subsampling": lambda: texts.SubsamplingQueryStrategy(texts.BreakingTies(), subsample_size=50),
}


@pytest.mark.parametrize("name", THEIRS)
def test_their_strategy_chooses_what_may_be_asked_and_the_same_under_a_seed(name: str) -> None:
    strategy, query = make_strategy(THEIRS[name]()), make_query(n=7)
    choice = strategy(query)
    assert len(set(choice.positions.tolist())) == len(choice.positions) == 7
    assert np.isin(choice.positions, query.candidates).all()
    again = make_strategy(THEIRS[name]())(make_query(n=7))
    assert again.positions.tolist() == choice.positions.tolist()


@pytest.mark.parametrize("name", THEIRS)
def test_without_a_model_their_strategy_works_or_a_cold_start_does(name: str) -> None:
    query = make_query(labels=2, n=5, trained=False)
    choice = make_strategy(THEIRS[name]())(query)
    assert len(choice.positions) == 5
    assert np.isin(choice.positions, query.candidates).all()


@pytest.mark.parametrize("name", ["margin", "modAL margin", "small-text breaking ties"])
def test_three_libraries_and_ours_agree_on_the_closest_calls(name: str) -> None:
    ours = make_strategy("margin")(make_query(n=10)).positions
    assert sorted(make_strategy(THEIRS[name]())(make_query(n=10)).positions) == sorted(ours)


@pytest.mark.parametrize("name", ["modAL margin", "small-text breaking ties", "small-text greedy core set"])
def test_sparse_features_are_handed_on(name: str) -> None:
    dense, sparse = (make_strategy(THEIRS[name]())(make_query(n=6, X=X)) for X in (POINTS, csr_matrix(POINTS)))
    assert sorted(dense.positions) == sorted(sparse.positions)


def test_numpys_own_chance_is_left_as_it_was() -> None:
    before: Any = np.random.get_state()
    make_strategy(texts.RandomSampling())(make_query())
    assert (before[1] == np.random.get_state()[1]).all()


@pytest.mark.parametrize("name", ["committee", "modAL vote entropy"])
def test_a_committee_is_asked_for_where_there_is_none(name: str) -> None:
    with pytest.raises(StrategyError, match="learner='committee'"):
        make_strategy(THEIRS[name]())(replace(make_query(), members_of=None))


@pytest.mark.parametrize(
    ("adapt", "module", "command"),
    [
        (scikit_activeml, "skactiveml.base", "pip install scikit-activeml"),
        (small_text, "small_text", "pip install small-text"),
    ],
)
def test_an_absent_library_is_named_with_the_command(
    adapt: Any, module: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra, match=command):
        adapt(object())


# -- every strategy that the installed versions export


ACTIVEML_NEED: dict[str, Callable[[], Any]] = {
    "ProbabilisticAL": lambda: ParzenWindowClassifier(classes=range(4)),
    "FourDs": lambda: MixtureModelClassifier(classes=range(4), random_state=0),
    "MonteCarloEER": lambda: ParzenWindowClassifier(classes=range(4)),
    "ValueOfInformationEER": lambda: ParzenWindowClassifier(classes=range(4)),
    "DropQuery": lambda: SklearnClassifier(LogisticRegression(), classes=range(4)),
}
"""Strategies that want more of a classifier than probabilities, and one of theirs that has it."""

ACTIVEML_MADE: dict[str, Callable[[Any], Any]] = {
    "Quire": lambda kind: kind(classes=range(4)),
    "CostEmbeddingAL": lambda kind: kind(classes=range(4)),
    "SubSamplingWrapper": lambda kind: kind(pool.UncertaintySampling(), max_candidates=0.5),
    "ParallelUtilityEstimationWrapper": lambda kind: kind(pool.UncertaintySampling(), n_jobs=1),
}
"""How those are made that take arguments."""

ACTIVEML_NOT = {
    "ExpectedErrorReduction": "the base of two others, which estimates nothing itself",
    "EpistemicUncertaintySampling": "for two classes: tested apart",
}
ACTIVEML = [
    name
    for name in pool.__all__
    if isinstance(kind := getattr(pool, name), type)
    and issubclass(kind, SingleAnnotatorPoolQueryStrategy)
    and name not in ACTIVEML_NOT
]
REGRESSION = [name for name in ACTIVEML if "reg" in inspect.signature(getattr(pool, name).query).parameters]


def few(**options: Any) -> Query:
    """Return a query with thirty candidates: some of theirs train a classifier for each candidate and class."""
    query = make_query(n=3, **options)
    return replace(query, candidates=query.candidates[:30])


def fine(choice: Choice, query: Query) -> bool:
    return len(set(choice.positions.tolist())) == query.n and bool(np.isin(choice.positions, query.candidates).all())


@pytest.mark.parametrize("name", [name for name in ACTIVEML if name not in REGRESSION])
def test_every_classification_strategy_of_scikit_activeml_runs(name: str) -> None:
    strategy = ACTIVEML_MADE.get(name, lambda kind: kind())(getattr(pool, name))
    given = {"clf": ACTIVEML_NEED[name]()} if name in ACTIVEML_NEED else {}
    first, second = (make_strategy(scikit_activeml(strategy, **given))(few()) for _ in range(2))
    assert fine(first, few())
    assert first.positions.tolist() == second.positions.tolist()


def test_epistemic_uncertainty_which_knows_two_classes_only_runs_for_two() -> None:
    query = replace(few(), y=few().y % 2, classes=2)
    theirs = scikit_activeml(pool.EpistemicUncertaintySampling(), clf=ParzenWindowClassifier(classes=[0, 1]))
    assert fine(make_strategy(theirs)(query), query)


@pytest.mark.parametrize("name", REGRESSION)
def test_a_strategy_for_regression_says_so(name: str) -> None:
    with pytest.raises(StrategyError, match=f"{name} is for regression"):
        make_strategy(getattr(pool, name)())


@pytest.mark.parametrize("name", ACTIVEML_NEED)
def test_a_strategy_that_wants_a_classifier_of_theirs_says_so(name: str) -> None:
    with pytest.raises(StrategyError, match=rf"{name} (needs more of a model|trains classifiers).*clf="):
        make_strategy(getattr(pool, name)())(few())


MODAL = {
    name: function
    for room in (modAL.batch, modAL.disagreement, modAL.uncertainty)
    for name, function in vars(room).items()
    if inspect.isfunction(function) and {"X", "n_instances"} <= inspect.signature(function).parameters.keys()
}
"""modAL.expected_error, cluster and dropout cannot be imported beside this numpy and scikit-learn; density ranks
nothing, multilabel and acquisition are for other tasks."""

MODAL_NOT = {
    "max_std_sampling": "for committees of regressors",
}


@pytest.mark.parametrize("name", [name for name in MODAL if name not in MODAL_NOT])
def test_every_classification_strategy_of_modal_runs(name: str) -> None:
    assert fine(make_strategy(MODAL[name])(few()), few())


def test_a_committee_of_regressors_is_refused_with_a_reason() -> None:
    with pytest.raises(StrategyError, match=r"max_std_sampling needs more of a model.*return_std"):
        make_strategy(MODAL["max_std_sampling"])(few())


TEXTS = {
    name: kind
    for name in dir(texts)
    if isinstance(kind := getattr(texts, name), type)
    and issubclass(kind, texts.QueryStrategy)
    and not inspect.isabstract(kind)
}
TEXTS_MADE: dict[str, Callable[[Any], Any]] = {
    "SubsamplingQueryStrategy": lambda kind: kind(texts.BreakingTies(), subsample_size=20),
    "ContrastiveActiveLearning": lambda kind: kind(pbar=None),
    "DiscriminativeActiveLearning": lambda kind: kind(
        texts.SklearnClassifierFactory(LogisticRegression(), 2), 1, pbar=None
    ),
}
TEXTS_NOT: dict[str, tuple[Callable[[Any], Any], str]] = {
    "ExpectedGradientLength": (lambda kind: kind(4, pbar=None), "needs more of a model"),
    "ExpectedGradientLengthLayer": (lambda kind: kind(4, "last"), "needs more of a model"),
    "ExpectedGradientLengthMaxWord": (lambda kind: kind(4, "last"), "needs more of a model"),
    "CategoryVectorInconsistencyAndRanking": (lambda kind: kind(), "multi-label"),
}
"""Gradients of a network of theirs; several labels a sample."""

TEXTS_INDEX = ("AnchorSubsampling", "SEALS")
"""They search with hnswlib, which small-text asks for as an extra."""


@pytest.mark.parametrize("name", [name for name in TEXTS if name not in {*TEXTS_NOT, *TEXTS_INDEX}])
def test_every_classification_strategy_of_small_text_runs(name: str) -> None:
    first, second = (make_strategy(TEXTS_MADE.get(name, lambda k: k())(TEXTS[name]))(few()) for _ in range(2))
    assert fine(first, few())
    assert first.positions.tolist() == second.positions.tolist()


@pytest.mark.parametrize("name", TEXTS_NOT)
def test_a_strategy_of_small_text_that_cannot_work_says_why(name: str) -> None:
    make_it, reason = TEXTS_NOT[name]
    with pytest.raises(StrategyError, match=f"{name}.*{reason}"):
        make_strategy(make_it(TEXTS[name]))(few())


@pytest.mark.parametrize("name", TEXTS_INDEX)
def test_a_strategy_of_small_text_with_an_index_runs_where_its_library_is(name: str) -> None:
    if find_spec("hnswlib") is None:
        with pytest.raises(texts.MissingOptionalDependencyError, match="hnswlib"):
            TEXTS[name](texts.BreakingTies())
    else:
        assert fine(make_strategy(TEXTS[name](texts.BreakingTies()))(few()), few())
