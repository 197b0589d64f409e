"""The generated support tickets: enough, varied, and hard where they say they are."""

from __future__ import annotations

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline

from nbloop.errors import DataError
from nbloop.examples import INTENTS, tickets


def test_no_two_tickets_are_alike_and_every_intent_has_many():
    frame = tickets()
    assert len(frame) == 2400
    assert frame["text"].is_unique
    assert frame["ticket"].is_unique
    assert frame["intent"].value_counts()[list(INTENTS)].min() >= 100


def test_the_same_seed_makes_the_same_tickets_and_another_seed_others():
    assert tickets(50, seed=3).equals(tickets(50, seed=3))
    assert not tickets(50, seed=3).equals(tickets(50, seed=4))


def test_no_slot_is_left_unfilled():
    assert not tickets(1000)["text"].str.contains("[{}]").any()


def test_ambiguous_tickets_are_harder_than_the_others():
    frame = tickets(1500)
    model = make_pipeline(TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=10, max_iter=500))
    right = cross_val_predict(model, frame["text"], frame["intent"], cv=3) == frame["intent"]
    assert 0.85 < right.mean() < 0.97
    assert right[frame["ambiguous"]].mean() < right[~frame["ambiguous"]].mean() - 0.1


def test_a_set_without_tickets_is_refused_with_what_was_found():
    with pytest.raises(DataError, match="n=0"):
        tickets(0)
