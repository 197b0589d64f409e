"""How a network is trained and read: batches, threads, devices and precision."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from scipy.sparse import issparse

from nbloop.learners.network import Network, nn, torch

cudnn = torch.backends.cudnn


def batches(n: int, size: int, epochs: int, least: float, seed: tuple[int, ...]) -> list[np.ndarray]:
    """Return the rows of each batch: whole epochs, each in an order of its own, until there are `least`.

    No batch has one row only, as batch norm needs two.

    >>> [len(rows) for rows in batches(5, 4, epochs=2, least=0, seed=(0,))]
    [5, 5]
    """
    rng, made = np.random.default_rng(seed), []
    cuts = np.arange(size, n - 1, size)
    while len(made) < max(least, epochs * (len(cuts) + 1)):
        made += np.split(rng.permutation(n), cuts)
    return made


def descend(
    network: Network,
    X: Any,
    codes: np.ndarray,
    rows_of_each: Iterable[np.ndarray],
    lr: float,
    decay: float,
    precision: str,
) -> None:
    """Minimise the log loss batch by batch, the rate falling to zero; `precision` is that of `TorchLearner`."""
    steps, device = list(rows_of_each), _device_of(network)
    weights = [weight for weight in network.train().parameters() if weight.requires_grad]
    rule = torch.optim.AdamW(weights, lr=lr, weight_decay=decay)
    falling = torch.optim.lr_scheduler.LinearLR(rule, 1.0, 1e-3, total_iters=len(steps))
    with torch.enable_grad():
        for rows in steps:
            rule.zero_grad(set_to_none=True)
            with autocast(device, precision):
                logits = network(tensor(X[rows], device))
            nn.functional.cross_entropy(logits.float(), torch.as_tensor(codes[rows]).to(device)).backward()
            rule.step()
            falling.step()
    network.eval()


def read(network: Network, part: Any, X: Any, rows: int, precision: str) -> np.ndarray:
    """Return what `part` of a network makes of X, `rows` at a time, as float32."""
    device = _device_of(network)
    with torch.inference_mode(), autocast(device, precision):
        starts = range(0, X.shape[0], rows)
        return np.concatenate([part(tensor(X[i : i + rows], device)).float().cpu().numpy() for i in starts])


def device_named(name: str) -> torch.device:
    """Return the device of that name; ``"auto"`` is a GPU where there is one."""
    return torch.device(("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name)


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """Return the context in which products are taken in bfloat16, or one that changes nothing."""
    able = device.type == "cuda" and torch.cuda.is_bf16_supported()
    mixed = able if precision == "auto" else precision == "bfloat16"
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=mixed)


@contextmanager
def few_threads(threads: int, *, everywhere: bool) -> Iterator[None]:
    """Keep torch to `threads` threads in here; unless `everywhere`, the main thread keeps what it has."""
    if not everywhere and threading.current_thread() is threading.main_thread():
        yield
        return
    _limited.enter(threads)
    try:
        yield
    finally:
        _limited.leave()


class Limited:
    """How many learn at once: torch's threads and cuDNN's ways are one for all, so the last to leave puts them back.

    cuDNN is kept to one order of sums meanwhile, so that a GPU ends in equal bits as well.
    """

    def __init__(self) -> None:
        self._lock, self._inside, self._before = threading.Lock(), 0, (1, False, False)

    def enter(self, threads: int) -> None:
        """Limit torch to `threads`."""
        with self._lock:
            if self._inside == 0:
                self._before = (torch.get_num_threads(), cudnn.deterministic, cudnn.benchmark)
            self._inside += 1
            self._set(threads, deterministic=True, benchmark=False)

    def leave(self) -> None:
        """Put everything back when nobody else learns."""
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                threads, deterministic, benchmark = self._before
                self._set(threads, deterministic=deterministic, benchmark=benchmark)

    def _set(self, threads: int, *, deterministic: bool, benchmark: bool) -> None:
        torch.set_num_threads(threads)
        cudnn.deterministic, cudnn.benchmark = deterministic, benchmark


_limited = Limited()


def tensor(X: Any, device: torch.device) -> torch.Tensor:
    """Return rows as a dense float32 tensor on the device."""
    dense = X.toarray() if issparse(X) else X
    return torch.as_tensor(np.ascontiguousarray(dense, dtype=np.float32)).to(device)


def _device_of(network: Network) -> torch.device:
    return network.head.weight.device
