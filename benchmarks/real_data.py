"""Public data for the benchmarks: arrays of features and labels, with the test half apart.

Read from the folder that ``NBLOOP_DATA`` names, or ``../shared/data`` beside the checkout.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_digits

from nbloop.features import fit_features
from nbloop.features.fitting import Kind


class DataAbsent(Exception):
    """A data set is not on this machine."""


@dataclass(frozen=True)
class Data:
    """Features and labels: a pool to ask from, and a test half that nobody asks."""

    name: str
    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    classes: tuple[str, ...]


Raw = tuple[Kind, Any, np.ndarray, int | None]
"""Kind, values, labels, and how many of the last ones are the test half (None: draw them)."""


def folder() -> Path:
    """Return where the data is."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("NBLOOP_DATA", beside))


def load(name: str, *, seed: int = 0) -> Data:
    """Return one data set with ``features="auto"``.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    seed : int
        Draws the test half (30 %) where a data set has none of its own.

    Raises
    ------
    DataAbsent
        It is not on this machine; the message says where it was looked for.
    """
    kind, values, labels, tests = LOADERS[name]()
    classes, y = np.unique(labels, return_inverse=True)
    X = fit_features("auto", kind, values).matrix  # of the whole set: features know no labels
    order = np.arange(len(y)) if tests else np.random.default_rng(seed).permutation(len(y))
    pool = order[: len(y) - (tests or int(0.3 * len(y)))]
    test = order[len(pool) :]
    return Data(name, X[pool], y[pool], X[test], y[test], tuple(map(str, classes)))


def _path(*parts: str) -> Path:
    path = folder().joinpath(*parts)
    if not path.exists():
        raise DataAbsent(f"{path} is not there; set NBLOOP_DATA to the folder that holds {parts[0]}/.")
    return path


def _digits() -> Raw:
    data: Any = load_digits()
    return "image", list(data.images), data.target, None


def _breast_cancer() -> Raw:
    data: Any = load_breast_cancer(as_frame=True)
    return "row", data.data, data.target.to_numpy(), None


def _sms_spam() -> Raw:
    lines = _path("sms_spam", "sms.tsv").read_text(encoding="utf8").splitlines()
    labels, texts = zip(*(line.split("\t", 1) for line in lines), strict=True)
    return "text", list(texts), np.array(labels), None


def _fashion() -> Raw:
    data = np.load(_path("fashion_mnist_dev", "fashion_mnist_dev.npz"))
    images = np.concatenate([data["train_images"], data["test_images"]])
    return "image", list(images), np.concatenate([data["train_labels"], data["test_labels"]]), len(data["test_labels"])


def _banking77() -> Raw:
    train, test = (pd.read_csv(_path("banking77", part)) for part in ("train.csv", "test.csv"))
    both = pd.concat([train, test], ignore_index=True)
    return "text", both["text"].tolist(), both["category"].to_numpy(dtype=str), len(test)


def _clinc150() -> Raw:
    """In scope only: 150 intents."""
    parts = json.loads(_path("clinc150", "data_full.json").read_text(encoding="utf8"))
    texts, labels = zip(*(parts["train"] + parts["val"] + parts["test"]), strict=True)
    return "text", list(texts), np.array(labels), len(parts["test"])


def _adult() -> Raw:
    parts = [_path("adult", f"adult-{half}.csv") for half in ("train", "test")]
    train, test = (pd.read_csv(part, header=None, skipinitialspace=True, na_values="?") for part in parts)
    both = pd.concat([train, test], ignore_index=True)
    labels = both.pop(both.columns[-1]).str.rstrip(".")
    return "row", both.rename(columns=str), labels.to_numpy(dtype=str), len(test)


def _credit_default() -> Raw:
    frame = pd.read_csv(_path("credit_default", "UCI_Credit_Card.csv")).drop(columns="ID")
    return "row", frame.drop(columns="Y"), frame["Y"].to_numpy(), None


def _penguins() -> Raw:
    frame = pd.read_csv(_path("penguins", "penguins.csv")).drop(columns=["rowid"], errors="ignore")
    return "row", frame.drop(columns="species"), frame["species"].to_numpy(dtype=str), None


LOADERS: dict[str, Callable[[], Raw]] = {
    "digits": _digits,
    "sms_spam": _sms_spam,
    "fashion_mnist_dev": _fashion,
    "breast_cancer": _breast_cancer,
    "banking77": _banking77,
    "penguins": _penguins,
    "clinc150": _clinc150,
    "adult": _adult,
    "credit_default": _credit_default,
}
NAMES = list(LOADERS)
