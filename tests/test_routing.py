"""What the model and plain functions decide alone, with a guarantee; what people are swayed by."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.linear_model import LogisticRegression

import nbloop
from nbloop.errors import DataError, NotTrained, UnknownLabel
from nbloop.quality.routing import accept_above, expert_below
from nbloop.schema import Annotate, Routed, Said

DIGITS = load_digits()
ORDER = np.random.default_rng(0).permutation(len(DIGITS.target))  # its last third is of other writers: a drift
X, Y = (DIGITS.data[ORDER] / 16).astype(np.float32), DIGITS.target[ORDER].astype(str)
TRUTH = dict(enumerate(Y.tolist()))


def loop_of(rows: int = 1200, golden: float | None = 0.4, **options) -> nbloop.Loop:
    names = [f"digit {i}" for i in range(rows)]
    data = nbloop.Dataset(
        names, id=range(rows), task=nbloop.Classification(range(10)), features=X[:rows], golden=golden, truth=TRUTH,
        store=":memory:",
    )  # fmt: skip
    return nbloop.Loop(data, **options)


# -- the guarantee -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("load", [load_digits, load_breast_cancer, load_iris])
def test_what_is_accepted_is_seldom_wrong_more_often_than_borne(load) -> None:
    """Replays: fresh golden samples each time, the accepted error measured on all others that are not trained on."""
    found = load()
    rng = np.random.default_rng(0)
    order = rng.permutation(len(found.target))
    learned, rest = np.split(order, [len(order) // 10])
    model = LogisticRegression(max_iter=5000).fit(found.data[learned], found.target[learned])
    proba = model.predict_proba(found.data[rest])
    sure, wrong = proba.max(axis=1), model.classes_[proba.argmax(axis=1)] != found.target[rest]
    broken, accepted = 0, 0
    for _ in range(200):
        places = rng.permutation(len(rest))
        golden, new = places[: len(rest) // 2], rng.choice(len(rest), 2000)  # the population is all that is left
        value = accept_above(sure[golden], wrong[golden], sure[new], 0.1).value
        beyond = sure >= (np.inf if value is None else value)
        accepted += beyond.sum()
        broken += beyond.any() and wrong[beyond].mean() > 0.1
    assert broken <= 0.05 * 200 + 5
    assert accepted > 0


def test_the_bound_is_nearly_used_up_when_every_threshold_is_as_bad_as_borne() -> None:
    rng = np.random.default_rng(1)
    passed = [
        accept_above(rng.random(300), rng.random(300) < 0.1, rng.random(1000), 0.1).value is not None
        for _ in range(1000)
    ]
    assert 0.01 < np.mean(passed) <= 0.065


def test_too_few_golden_samples_prove_nothing() -> None:
    assert accept_above(np.ones(20), np.zeros(20, bool), np.ones(100), 0.01).value is None
    assert expert_below(np.ones(3), np.ones(3, bool), np.ones(100), 0.5).value is None


def test_where_the_model_is_mostly_wrong_an_expert_is_needed() -> None:
    sure = np.linspace(0, 1, 400)
    found = expert_below(sure, sure < 0.2, sure, 0.5)
    assert found.value is not None
    assert 0.2 <= found.value < 0.4
    assert found.wrong / found.n > found.bound >= 0.5


# -- routing -----------------------------------------------------------------------------------------------------------


def test_new_samples_are_accepted_asked_or_sent_to_an_expert_and_the_reason_is_journalled() -> None:
    loop = loop_of()
    loop.simulate(n=150, batch=25)
    routes = loop.route(X[1200:], ids=range(5000, 5597), audit=0.05)
    decisions = routes.frame["decision"].value_counts().to_dict()
    assert decisions["accept"] > 200
    assert decisions["ask"] > 10
    accepted = routes.frame[routes.frame["decision"] == "accept"]
    assert (accepted["label"].to_numpy() != Y[1200:][accepted.index - 5000]).mean() < 0.05
    assert accepted["audit"].sum() == np.ceil(0.05 * len(accepted))
    assert not routes.frame.loc[routes.frame["decision"] != "accept", "audit"].any()
    event = loop.data.noted(Routed)[0].action
    assert (event.accepted, event.asked) == (decisions["accept"], decisions["ask"])
    assert event.reason == str(routes)
    assert "certainty" in str(routes)


def test_thresholds_are_tuned_as_the_model_improves() -> None:
    loop = loop_of()
    loop.simulate(n=60, batch=20)
    before = int(loop.route(X[1200:]).frame["decision"].eq("accept").sum())
    loop.simulate(n=250, batch=50)
    assert int(loop.route(X[1200:]).frame["decision"].eq("accept").sum()) > before
    assert len(loop.data.noted(Routed)) == 2


def test_what_is_routed_to_people_is_asked_next_and_audits_measure_what_was_accepted() -> None:
    loop = loop_of()
    loop.simulate(n=150, batch=25)
    pool = loop.data.pool.index[:300].to_numpy()
    routes = loop.route(X[pool], ids=pool, audit=0.03)
    people = routes.frame.index[(routes.frame["decision"] != "accept") | routes.frame["audit"]]
    assert {sample.id for sample in loop.ask(len(people))} == set(people)
    audited = routes.frame.index[routes.frame["audit"]]
    loop.tell(audited[0], routes.frame.loc[audited[0], "label"])
    loop.tell(audited[1], (int(routes.frame.loc[audited[1], "label"]) + 1) % 10)
    assert loop.routed_audits.loc[audited[:2], "wrong"].tolist() == [False, True]
    assert int(loop.routed_audits["wrong"].isna().sum()) == len(audited) - 2


def test_routing_without_golden_samples_or_with_a_strange_share_says_so() -> None:
    loop = loop_of(golden=None)
    loop.simulate(TRUTH, n=30, batch=10)
    with pytest.raises(NotTrained, match="golden"):
        loop.route(X[1200:])
    with pytest.raises(DataError, match="error= is a share"):
        loop.route(X[1200:], error=5)
    good = loop_of()
    good.simulate(n=30, batch=10)
    with pytest.raises(DataError, match="ids= names"):
        good.route(X[1200:], ids=[1])


# -- blind -------------------------------------------------------------------------------------------------------------


def test_a_share_is_asked_blind_and_always_the_same_samples() -> None:
    loop = loop_of(blind=0.25)
    loop.simulate(n=30, batch=10)
    asked = loop.ask(200)
    blind = {sample.id for sample in asked if sample.blind}
    assert 25 <= len(blind) <= 80
    assert blind == {sample.id for sample in loop.ask(200) if sample.blind}
    from nbloop.widgets.labeler import card

    cards = [card(sample, []) for sample in asked]
    assert {one.sample for one in cards if one.proba is None} == {str(id) for id in blind}
    assert all(not one.why.parts for one in cards if one.proba is None)


def test_the_sway_of_a_suggestion_is_measured() -> None:
    loop = loop_of()
    rng = np.random.default_rng(0)
    marks = []
    for place in range(200):
        shown, said = place % 2 == 0, Said("auto", prediction="3", model="v")
        value = "3" if rng.random() < (0.9 if shown else 0.6) else "4"
        marks.append(Annotate(str(place), value, shown=shown, said=said))
    loop.data.record([loop.data.event(mark) for mark in marks])
    found = loop.influence()
    assert found.sway.low > 0
    assert found.sway.value == pytest.approx(found.shown.value - found.blind.value)
    assert "points" in str(found)
    with pytest.raises(DataError, match=r"blind=0\.2"):
        loop_of().influence()


# -- labeling functions ------------------------------------------------------------------------------------------------

TEXTS = [f"free prize number {i}" if i % 3 == 0 else f"see you at {i} o'clock" for i in range(300)]
SPAM = ["spam" if i % 3 == 0 else "ham" for i in range(300)]


def free(text: str) -> str | None:
    return "spam" if "free" in text else None


def clock(text: str) -> str | None:
    return "ham" if "clock" in text else None


def sevens(text: str) -> str | None:
    return "ham" if "7" in text else None


def texts_loop() -> nbloop.Loop:
    task = nbloop.Classification(["ham", "spam"])
    golden = nbloop.Golden(0.5, near=None)
    return nbloop.Loop(nbloop.Dataset(TEXTS, task=task, golden=golden, truth=SPAM, id=range(300), store=":memory:"))


def test_functions_that_golden_samples_prove_right_spare_people_the_routine() -> None:
    loop = texts_loop()
    found = loop.delegate([free, clock])
    assert found.delegated == 150
    assert loop.data.counts().pool == 0
    assert loop.data.labels.empty
    assert found.table.loc["free", "accuracy"] == 1
    assert found.table.loc["free", "coverage"] + found.table.loc["clock", "coverage"] == pytest.approx(1)
    assert (found.labels == pd.Series(SPAM)[found.labels.index]).all()


def test_functions_that_conflict_or_are_wrong_are_shown_and_spare_nobody() -> None:
    loop = texts_loop()
    found = loop.delegate([free, sevens])
    assert found.delegated == 0
    assert found.table.loc["sevens", "conflicts"] > 0.2
    assert found.table.loc["sevens", "accuracy"] < 0.9
    assert loop.data.counts().pool == 150
    assert "asked all the same" in found.reason


def test_a_function_that_raises_or_answers_nonsense_is_named() -> None:
    loop = texts_loop()

    def broken(text: str) -> float:
        return len(text) / 0

    with pytest.raises(DataError, match="broken raised ZeroDivisionError"):
        loop.delegate([broken])
    with pytest.raises(UnknownLabel, match="eggs"):
        loop.delegate([lambda _: "eggs"])
    with pytest.raises(DataError, match="a name of its own"):
        loop.delegate([free, free])
