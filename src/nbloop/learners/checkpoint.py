"""What a network learned, and its checkpoints: tensors and names in a file, never code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nbloop.errors import LearnerError
from nbloop.learners.laplace import Curvature
from nbloop.learners.network import torch


class Learned(NamedTuple):
    """What a `TorchLearner` knows: never changed once made."""

    classes: np.ndarray
    n_features: int
    tensors: dict[str, torch.Tensor]
    curvature: Curvature | None


def save(state: Learned, path: str | Path) -> None:
    """Write a checkpoint; an interruption leaves the one that was there."""
    content = {
        "format": 1,
        "classes": state.classes.tolist(),
        "n_features": state.n_features,
        "tensors": state.tensors,
        "curvature": None if state.curvature is None else [torch.as_tensor(one) for one in state.curvature],
    }
    beside = Path(f"{path}.part")
    torch.save(content, beside)
    os.replace(beside, path)


def load(path: str | Path) -> Learned:
    """Read a checkpoint; nothing in the file is executed.

    Raises
    ------
    LearnerError
        The file is no checkpoint.
    """
    try:
        found = torch.load(path, weights_only=True, map_location="cpu")
        factors = None if found["curvature"] is None else Curvature(*(one.numpy() for one in found["curvature"]))
        return Learned(np.array(found["classes"]), found["n_features"], found["tensors"], factors)
    except Exception as error:
        raise LearnerError(f"{path} is no checkpoint of a TorchLearner: {type(error).__name__}: {error}") from error


def check_same(state: Learned, mine: dict[str, torch.Tensor], path: str | Path) -> None:
    """Raise a `LearnerError` when the tensors of a checkpoint are not those of a module, by name and shape."""
    expected, found = ({(name, tuple(one.shape)) for name, one in tensors.items()} for tensors in (mine, state.tensors))
    if differing := sorted(expected ^ found):
        raise LearnerError(f"{path} is of another module: only one of the two has {differing[0][0]} {differing[0][1]}.")
