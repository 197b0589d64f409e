"""Crowd sets and published tables that the tests of agreement and consensus share."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

FOUR_OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
)
"""Krippendorff (2011), example C: 0 is missing. Nominal 0.743, ordinal 0.815, interval 0.849."""


def counts_of(table: np.ndarray) -> np.ndarray:
    """Return how often each unit (column) was given each code 1, 2, ..."""
    return np.stack([(table == code).sum(axis=0) for code in range(1, table.max() + 1)], axis=1)


def folder(name: str) -> Path:
    path = Path(os.environ.get("NBLOOP_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")) / name
    if not path.exists():
        pytest.skip(f"{path} is not on this machine")
    return path


def rte() -> tuple[pd.DataFrame, dict[str, str]]:
    """Return votes (sample, annotator, label) and the truth of each sample."""
    table = pd.read_csv(folder("crowd_rte_snow") / "rte.labels.csv", dtype=str)
    truth = dict(zip(table["item"], table["gold"], strict=True))
    frame = pd.DataFrame({"sample": table["item"], "annotator": table["annotator"], "label": table["label"]})
    return frame, truth


def bluebird() -> tuple[pd.DataFrame, dict[str, str]]:
    """Return votes (sample, annotator, label) and the truth of each sample."""
    where = folder("crowd_bluebird_cubam")
    votes = yaml.safe_load((where / "labels.yaml").read_text())
    rows = [(str(item), str(rater), str(label)) for rater, said in votes.items() for item, label in said.items()]
    truth = yaml.safe_load((where / "gt.yaml").read_text())
    frame = pd.DataFrame(rows, columns=["sample", "annotator", "label"])
    return frame, {str(item): str(label) for item, label in truth.items()}
