"""The network inside a `TorchLearner`: a body that embeds, a linear head, and dropout that draws from a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy
from threading import Lock
from typing import Any, cast

import numpy as np

from nbloop.errors import LearnerError, MissingExtra

try:
    import torch
    from torch import nn
except ImportError as error:
    raise MissingExtra("TorchLearner needs PyTorch: pip install 'nbloop[torch]'.") from error

WIDTH = 128
"""Units of the default body."""

_chance: ContextVar[torch.Generator | None] = ContextVar("chance", default=None)
"""What dropout draws from in this thread; without it dropout passes everything. (Two threads may use one network.)"""


_making = Lock()
"""Weights are made with torch's own chance, which all threads share: members of a committee take turns."""


@contextmanager
def drawing(seed: tuple[int, ...], device: torch.device) -> Iterator[None]:
    """Let dropout draw, from `seed`, within this block and thread."""
    number = int(np.random.default_rng(seed).integers(2**62))
    token = _chance.set(torch.Generator(device).manual_seed(number))
    try:
        yield
    finally:
        _chance.reset(token)


class Drawn(nn.Module):
    """Dropout whose chance is a seed of ours, and neither torch's own nor the mode of the network.

    Parameters
    ----------
    p : float
        Share that is dropped.
    whole : int
        How many trailing dimensions are dropped together: 0 single values, 2 whole channels of an image.
    """

    def __init__(self, p: float, whole: int = 0) -> None:
        super().__init__()
        self.p, self.whole = p, whole

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Drop while `drawing`; else return `x`."""
        chance = _chance.get()
        if chance is None or self.p == 0:
            return x
        shape = x.shape[: x.ndim - self.whole] + (1,) * self.whole
        kept = torch.rand(shape, generator=chance, device=x.device) >= self.p
        return x * kept.to(x.dtype) / max(1 - self.p, 1e-6)

    def extra_repr(self) -> str:
        """Return what stands in the brackets."""
        return f"p={self.p}"


KINDS = {nn.Dropout: 0, nn.AlphaDropout: 0, nn.Dropout1d: 1, nn.Dropout2d: 2, nn.Dropout3d: 3}


class Network(nn.Module):
    """A body that embeds and a linear head.

    Parameters
    ----------
    body : nn.Module
        From a batch (b, *shape) to embeddings, flattened to (b, h).
    shape : tuple of int
        Of one sample, as the body wants it.
    width : int
        h.
    classes : int
    """

    def __init__(self, body: nn.Module, shape: tuple[int, ...], width: int, classes: int) -> None:
        super().__init__()
        self.body, self.shape = body, shape
        self.head = cast("nn.Linear", nn.utils.skip_init(nn.Linear, width, classes))  # or it would draw
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def embed(self, x: torch.Tensor) -> torch.Tensor:
        """Return embeddings (b, h) of rows (b, d)."""
        return self.body(x.reshape(len(x), *self.shape)).flatten(1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits (b, classes) of rows (b, d); the head in full precision, as whoever takes it out reads it."""
        embedded = self.embed(x).float()
        with torch.autocast(embedded.device.type, enabled=False):
            return self.head(embedded)

    @property
    def drops(self) -> bool:
        """Whether there is dropout anywhere."""
        return any(isinstance(part, Drawn) and part.p > 0 for part in self.modules())

    def learned(self) -> dict[str, torch.Tensor]:
        """Return copies of what training changes: weights that are not frozen, and running means and the like."""
        frozen = {name for name, weight in self.named_parameters() if not weight.requires_grad}
        return {name: value.detach().cpu().clone() for name, value in self.state_dict().items() if name not in frozen}


def build(
    module: nn.Module | Callable[[int], nn.Module] | None,
    n_features: int,
    shape: tuple[int, ...] | None,
    classes: int,
    seed: int,
) -> Network:
    """Return a network of its own: a copy of `module` or, where it is a function, what it makes under `seed`.

    Raises
    ------
    LearnerError
        It is neither, or cannot read samples of this shape.
    """
    shape = (n_features,) if shape is None else tuple(shape)
    if int(np.prod(shape)) != n_features:
        raise LearnerError(
            f"shape={shape} holds {int(np.prod(shape))} numbers; the samples have {n_features} features."
        )
    body = _without_torchs_chance(_made(module, n_features, seed)).eval()
    try:
        with torch.no_grad():
            width = body(torch.zeros(2, *shape)).flatten(1).shape[1]
    except Exception as error:
        raise LearnerError(
            f"the module {type(body).__name__} cannot read a batch of shape {(2, *shape)}: {error}. "
            "Give shape= what one sample looks like, such as (1, 28, 28)."
        ) from error
    return Network(body, shape, width, classes)


def _made(module: Any, n_features: int, seed: int) -> nn.Module:
    if isinstance(module, nn.Module):
        return deepcopy(module)
    with _making, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = perceptron(n_features) if module is None else module(n_features)
    if not isinstance(made, nn.Module):
        raise LearnerError(f"module= must be an nn.Module or make one; found {type(made).__name__}.")
    return made


def perceptron(n_features: int) -> nn.Module:
    """Return the default body: one hidden layer."""
    return nn.Sequential(Widened(n_features), nn.Linear(n_features, WIDTH), nn.ReLU(), nn.Dropout(0.2))


class Widened(nn.Module):
    """Brings rows of about unit length to entries of about unit size, which is what layers are initialised for."""

    def __init__(self, n_features: int) -> None:
        super().__init__()
        self.factor = float(np.sqrt(n_features))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scale."""
        return x * self.factor


def _without_torchs_chance(body: nn.Module) -> nn.Module:
    for name, part in list(body.named_children()):
        whole = KINDS.get(type(part))
        setattr(body, name, _without_torchs_chance(part) if whole is None else Drawn(float(cast("Any", part).p), whole))
    return body
