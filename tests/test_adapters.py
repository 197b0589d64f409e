"""Strategies of other libraries, as they come, inside nbloop."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from nbloop.errors import MissingExtra, StrategyError
from nbloop.strategies import make_strategy
from nbloop.strategies.adapters import scikit_activeml, small_text
from test_strategies import CLASSES, POINTS, make_query

pool = pytest.importorskip("skactiveml.pool", reason="scikit-activeml is in the test extra")
modal = pytest.importorskip("modAL", reason="modAL-python is in the test extra")
texts = pytest.importorskip("small_text", reason="small-text is in the test extra")

from modAL.batch import uncertainty_batch_sampling  # noqa: E402 - after the skips
from modAL.disagreement import (  # noqa: E402
    consensus_entropy_sampling,
    max_disagreement_sampling,
    vote_entropy_sampling,
)
from modAL.uncertainty import entropy_sampling, margin_sampling, uncertainty_sampling  # noqa: E402
from skactiveml.classifier import SklearnClassifier  # noqa: E402

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


def test_a_strategy_that_trains_classifiers_runs_with_one_of_theirs() -> None:
    query = make_query(n=2)
    with pytest.raises(StrategyError, match="adapt it with clf="):
        make_strategy(pool.MonteCarloEER())(query)
    theirs = SklearnClassifier(LogisticRegression(), classes=np.unique(CLASSES))
    choice = make_strategy(scikit_activeml(pool.MonteCarloEER(), clf=theirs))(query)
    assert np.isin(choice.positions, query.candidates).all()


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
