"""Any PyTorch module as a learner: incremental epochs with replay, doubts, embeddings and safe checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from nbloop.errors import LearnerError
from nbloop.learners.checked import checked
from nbloop.learners.checkpoint import Learned, check_same, load, save
from nbloop.learners.descent import batches, descend, device_named, few_threads, read
from nbloop.learners.laplace import Curvature, curvature, draw, proba_of
from nbloop.learners.logistic import Logistic, State
from nbloop.learners.network import Network, build, drawing, nn, torch

ROWS = 1024
"""Samples that go through the network at a time when it predicts."""


class TorchLearner(ClassifierMixin, BaseEstimator):
    """A neural network: a module of yours that makes features, and a linear last layer.

    `update` goes over all labels so far a few epochs more, from the present weights. Equal labels in equal order end in
    the same bits; on a GPU but for layers whose gradients CUDA adds in any order, such as adaptive pooling.

    Parameters
    ----------
    module : nn.Module or callable, optional
        From a batch of samples to embeddings (b, h), or to any shape that is then flattened. A module is copied with
        its weights (freeze what shall not learn with ``requires_grad_(False)``); a function is called with the number
        of features, under the seed. By default one hidden layer of 128 with dropout.
    shape : tuple of int, optional
        What the module takes for one sample, such as ``(1, 28, 28)``; by default ``(n_features,)``.
    epochs, update_epochs : int
        Of `fit`, and of an `update` that goes on.
    steps : int
        The least number of batches of a `fit`, and in proportion of an `update`: few labels make short epochs.
    batch_size : int
    lr, weight_decay : float
        Of AdamW [1]_; the rate falls to zero in the course of each fit or update.
    uncertainty : {"dropout", "laplace", None}
        What `predict_members` draws from: dropout left on [2]_, or a Gaussian around the last layer (`laplace.py`). For
        an ensemble, ``Committee([TorchLearner(random_state=i) for i in range(5)])``.
    members : int
        How many it draws.
    prior : float, optional
        Precision of the last layer's weights before any label, for ``"laplace"``: the larger, the closer the members.
        By default that of weights as large as the trained ones are.
    device : str
        ``"auto"``: a GPU where there is one.
    precision : {"auto", "float32", "bfloat16"}
        Of the module: ``"auto"`` is bfloat16 where the GPU multiplies it, with float32 weights (autocast); the last
        layer is always float32. In bfloat16 the third digit of a probability depends on the other rows of its batch.
    threads : int
        Torch threads while it works: one leaves the kernel the other cores, and the last bits depend on it.
    random_state : int

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    network_ : nn.Module

    References
    ----------
    .. [1] I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR 2019.
    .. [2] Y. Gal and Z. Ghahramani, "Dropout as a Bayesian approximation", ICML 2016.

    Examples
    --------
    >>> learner = TorchLearner().update([[0.0], [0.1], [1.0], [1.1]], ["ham", "ham", "spam", "spam"])
    >>> learner.predict([[0.05], [1.05]]).tolist()
    ['ham', 'spam']
    >>> learner.predict_members([[0.5]]).shape, learner.embed([[0.5]]).shape
    ((10, 1, 2), (1, 128))
    """

    incremental = True

    def __init__(
        self,
        module: nn.Module | Callable[[int], nn.Module] | None = None,
        *,
        shape: tuple[int, ...] | None = None,
        epochs: int = 30,
        update_epochs: int = 3,
        steps: int = 200,
        batch_size: int = 64,
        lr: float = 3e-3,
        weight_decay: float = 1e-2,
        uncertainty: str | None = "dropout",
        members: int = 10,
        prior: float | None = None,
        device: str = "auto",
        precision: str = "auto",
        threads: int = 1,
        random_state: int = 0,
    ) -> None:
        self.module = module
        self.shape = shape
        self.epochs = epochs
        self.update_epochs = update_epochs
        self.steps = steps
        self.batch_size = batch_size
        self.lr = lr
        self.weight_decay = weight_decay
        self.uncertainty = uncertainty
        self.members = members
        self.prior = prior
        self.device = device
        self.precision = precision
        self.threads = threads
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.non_deterministic = False
        return tags

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        """Return the parameters, the module by its name and the hash of its weights: it names models."""
        if self.module is None:
            return super().__repr__(N_CHAR_MAX)
        others = [f"{name}={value!r}" for name, value in self.get_params(deep=False).items() if name != "module"]
        return f"{type(self).__name__}({', '.join([_name(self.module), *others])})"

    # -- learning ----------------------------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any) -> Self:
        """Fit X, an array or CSR matrix of shape (n, d), and y of shape (n,), from scratch.

        Raises
        ------
        FeatureError
            X is not finite, not numeric or not of shape (n, d).
        LearnerError
            The module cannot read samples of `shape`, or an option is none.
        """
        X, y = checked(self, X, y, reset=True)
        _check_options(self)
        self.classes_ = np.unique(y)
        self.network_ = self._built(X.shape[1], len(self.classes_))
        if self.uncertainty == "dropout" and not self.network_.drops:
            raise LearnerError("uncertainty='dropout' needs a dropout layer in the module. Add one, or use 'laplace'.")
        return self._train(X, y, self.epochs)

    def update(self, X: Any, y: Any) -> Self:
        """Go on from the present weights with X, y: all labels so far. One that brings a new class is a `fit`."""
        if not hasattr(self, "network_"):
            return self.fit(X, y)
        X, y = checked(self, X, y, reset=False)
        if not np.array_equal(np.unique(y), self.classes_):  # a few epochs would not do: on 77 classes it cost .06
            return self.fit(X, y)
        return self._train(X, y, self.update_epochs)

    def _train(self, X: Any, y: np.ndarray, epochs: int) -> Self:
        seed, codes, device = (self.random_state, len(y)), np.searchsorted(self.classes_, y), device_named(self.device)
        self.network_.to(device)
        with few_threads(self.threads, everywhere=True):
            if len(self.classes_) > 1:
                steps = batches(len(y), self.batch_size, epochs, self.steps * epochs / self.epochs, seed)
                with drawing(seed, device):
                    descend(self.network_, X, codes, steps, self.lr, self.weight_decay, self.precision)
            doubts = self.uncertainty == "laplace"
            self.curvature_ = curvature(self.embed(X), self.predict_proba(X)) if doubts else None
        return self

    # -- predicting --------------------------------------------------------------------------------------------------

    def embed(self, X: Any) -> np.ndarray:
        """Return what the body makes of X, shape (n, h), float32."""
        return self._through(X, self._network.embed)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return probabilities of shape (n, n_classes)."""
        return _softmax(self._through(X, self._network))

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each row."""
        best = self._through(X, self._network).argmax(axis=1)
        return self.classes_[best]

    @available_if(lambda self: self.uncertainty is not None)
    def predict_members(self, X: Any) -> np.ndarray:
        """Return the probabilities of members drawn from what the network doubts, shape (members, n, n_classes)."""
        seeds = [(self.random_state, member) for member in range(self.members)]
        if self.uncertainty == "dropout":
            return np.stack([_softmax(self._through(X, self._network, seed)) for seed in seeds])
        embedded, head = self.embed(X), self.head()
        weights = np.column_stack([head.coef_, head.intercept_])
        prior, rng = self.prior or 1 / max(float(np.mean(weights**2)), 1e-6), np.random.default_rng(self.random_state)
        return proba_of(embedded, draw(weights, cast("Curvature", self.curvature_), prior, self.members, rng))

    def head(self) -> Logistic:
        """Return the last layer: a linear learner on what `embed` returns."""
        last = self._network.head
        weight, bias = (one.detach().cpu().double().numpy() for one in (last.weight, last.bias))
        return Logistic().restore(State(self.classes_, weight, bias, weight.shape[1]))

    @property
    def _network(self) -> Network:
        check_is_fitted(self, "network_")
        return self.network_

    def _through(self, X: Any, part: Any, seed: tuple[int, ...] | None = None) -> np.ndarray:
        X = checked(self, X, reset=False)
        chance = nullcontext() if seed is None else drawing(seed, self._network.head.weight.device)
        with chance, few_threads(self.threads, everywhere=False):
            return read(self._network, part, X, ROWS, self.precision)

    # -- state -------------------------------------------------------------------------------------------------------

    def state(self) -> Learned | None:
        """Return a copy of what was learned; what is frozen is left out."""
        if not hasattr(self, "network_"):
            return None
        return Learned(self.classes_, self.n_features_in_, self.network_.learned(), self.curvature_)

    def restore(self, state: Learned | None) -> Self:
        """Go back to a state."""
        if state is None:
            for name in ("classes_", "network_", "n_features_in_", "curvature_"):
                self.__dict__.pop(name, None)
            return self
        self.classes_, self.n_features_in_, tensors, self.curvature_ = state
        self.network_ = self._built(self.n_features_in_, len(self.classes_))
        self.network_.load_state_dict(tensors, strict=False)
        self.network_.to(device_named(self.device)).eval()
        return self

    def save(self, path: str | Path) -> None:
        """Write a checkpoint: tensors and names, no code."""
        check_is_fitted(self, "network_")
        save(cast("Learned", self.state()), path)

    def load(self, path: str | Path) -> Self:
        """Go back to a checkpoint of a learner with the same module; nothing in the file is executed.

        Raises
        ------
        LearnerError
            The file is no checkpoint, or one of another module.
        """
        state = load(path)
        check_same(state, self._built(state.n_features, len(state.classes)).learned(), path)
        return self.restore(state)

    def _built(self, n_features: int, classes: int) -> Network:
        return build(self.module, n_features, self.shape, classes, self.random_state)


def _check_options(learner: TorchLearner) -> None:
    if learner.uncertainty not in ("dropout", "laplace", None):
        raise LearnerError(f"uncertainty is 'dropout', 'laplace' or None; found {learner.uncertainty!r}.")
    if learner.precision not in ("auto", "float32", "bfloat16"):
        raise LearnerError(f"precision is 'auto', 'float32' or 'bfloat16'; found {learner.precision!r}.")


def _softmax(logits: np.ndarray) -> np.ndarray:
    logits = logits.astype(np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    np.exp(logits, out=logits)
    return logits / logits.sum(axis=1, keepdims=True)


def _name(module: Any) -> str:
    if not isinstance(module, nn.Module):
        return getattr(module, "__qualname__", type(module).__name__)
    made = blake2b(digest_size=4)
    for name, value in module.state_dict().items():
        made.update(name.encode() + value.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return f"{type(module).__name__}:{made.hexdigest()}"
