"""Data sets of the browser tests, made alike in the kernel and in the test that checks what came to the disk."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image
from sklearn.datasets import load_breast_cancer, load_digits

import nbloop
from naughty import naughty
from nbloop.examples import INTENTS, tickets

ROWS = 400
PIXELS, SHOWN = load_digits(return_X_y=True)
TRUTH = {str(i): str(digit) for i, digit in enumerate(SHOWN[:ROWS])}
"""Key of a digit -> what it shows."""


def busy(seconds: float) -> None:
    """Keep the cell running, in short steps: an interrupt may reach another thread, and then wakes no long sleep."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.1)


def digits(store: str | Path, truth: str | None = "digit") -> nbloop.Dataset:
    """Return images whose labels are their keys, with a golden set that `truth` verifies."""
    papers = (255 - PIXELS[:ROWS] * 255 / 16).astype("uint8").reshape(-1, 8, 8)
    images = [Image.fromarray(paper).resize((96, 96)) for paper in papers]
    frame = pd.DataFrame({"id": range(ROWS), "image": images, "digit": SHOWN[:ROWS]})
    return nbloop.Dataset(
        frame,
        id="id",
        content="image",
        task=nbloop.Classification(range(10)),
        features=PIXELS[:ROWS] / 16,
        golden=0.25,
        truth=truth,
        store=store,
    )


def inbox(store: str | Path) -> nbloop.Dataset:
    """Return support tickets, with guidelines."""
    guidelines = "What does the writer want *us to do*?\n\n- **refund request**: money back\n- **other**: also praise"
    return nbloop.Dataset(
        tickets(600),
        id="ticket",
        content="text",
        task=nbloop.Classification(INTENTS, guidelines=guidelines),
        golden=0.2,
        truth="intent",
        store=store,
    )


def cells(store: str | Path) -> nbloop.Dataset:
    """Return rows of a table."""
    source: Any = load_breast_cancer(as_frame=True)
    frame = source.frame.round(4).replace({"target": {0: "malignant", 1: "benign"}})
    return nbloop.Dataset(
        frame,
        content=list(frame.columns[:10]),
        task=nbloop.Classification(["malignant", "benign"]),
        golden=0.25,
        truth="target",
        store=store,
    )


def hostile(store: str | Path) -> nbloop.Dataset:
    """Return texts that want to be markup; ids are places in `naughty`."""
    texts = naughty()
    frame = pd.DataFrame({"id": range(len(texts)), "text": texts})
    task = nbloop.Classification(["harmless", "hostile"])
    return nbloop.Dataset(frame, id="id", content="text", task=task, store=store)


def shared(store: str, annotator: str | None) -> nbloop.Dataset:
    """Return a few support tickets that two people label each."""
    return nbloop.Dataset(
        tickets(40),
        id="ticket",
        content="text",
        task=nbloop.Classification(INTENTS),
        golden=None,
        store=store,
        annotator=annotator,
        raters=2,
    )
