"""Networks as learners: deterministic, exact under undo, with doubts, embeddings and safe checkpoints."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.datasets import load_digits
from sklearn.utils.estimator_checks import parametrize_with_checks

import nbloop
from nbloop.anchors import Anchors
from nbloop.errors import LearnerError
from nbloop.learners import Committee

torch = pytest.importorskip("torch", reason="PyTorch is an extra")
from torch import nn  # noqa: E402  after the check
from torch.backends import cudnn  # noqa: E402  after the check

from nbloop.learners import TorchLearner, torch_learner  # noqa: E402

DIGITS: Any = load_digits()
ORDER = np.random.default_rng(0).permutation(len(DIGITS.target))
X = (DIGITS.data[ORDER] / 16).astype(np.float32)
Y = DIGITS.target[ORDER]


def convolutions(n_features: int) -> nn.Module:
    side = int(n_features**0.5) // 2
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout2d(0.1), nn.Flatten(),
        nn.Linear(8 * side * side, 32), nn.ReLU(), nn.Dropout(0.2),
    )  # fmt: skip


KINDS = {
    "perceptron": TorchLearner(),
    "laplace": TorchLearner(uncertainty="laplace"),
    "convolutions": TorchLearner(convolutions, shape=(1, 8, 8), epochs=10, steps=100),
    "bfloat16": TorchLearner(precision="bfloat16", steps=100),
}
every_kind = pytest.mark.parametrize("learner", KINDS.values(), ids=KINDS)


def fresh(learner: TorchLearner, **changed: Any) -> TorchLearner:
    return TorchLearner(**learner.get_params(deep=False) | changed)


@parametrize_with_checks([TorchLearner(steps=40, precision="float32")])
def test_scikit_learns_own_checks_pass(estimator, check):
    check(estimator)


@every_kind
def test_it_learns_digits_and_goes_on_as_well_as_from_scratch(learner: TorchLearner) -> None:
    whole = fresh(learner).fit(X[:300], Y[:300])
    going_on = fresh(learner)
    for n in range(50, 301, 50):
        going_on.update(X[:n], Y[:n])
    accuracies = [(one.predict(X[300:]) == Y[300:]).mean() for one in (whole, going_on)]
    assert min(accuracies) > 0.88
    assert accuracies[1] > accuracies[0] - 0.03


@every_kind
def test_equal_labels_end_in_equal_bits_whatever_torchs_own_chance(learner: TorchLearner) -> None:
    torch.manual_seed(1)
    first = fresh(learner).update(X[:40], Y[:40]).update(X[:50], Y[:50])
    torch.manual_seed(2)
    second = fresh(learner).update(X[:40], Y[:40]).update(X[:50], Y[:50])
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))
    np.testing.assert_array_equal(first.predict_members(X), second.predict_members(X))


def test_another_seed_is_another_network() -> None:
    first, second = (TorchLearner(random_state=seed).fit(X[:50], Y[:50]).predict_proba(X) for seed in (0, 1))
    assert np.abs(first - second).max() > 0.01


@every_kind
def test_a_label_told_and_undone_leaves_no_trace(learner: TorchLearner) -> None:
    def trained(anchors: Anchors, labels: int) -> np.ndarray:
        return anchors.train(np.arange(labels), Y[:labels]).predict_proba(X[:200])

    told, never = (Anchors(partial(fresh, learner), X) for _ in range(2))
    trained(told, 25)
    np.testing.assert_array_equal(trained(told, 24), trained(never, 24))


def test_a_class_that_comes_midway_is_learned_from_scratch() -> None:
    known = Y[:300] != 4
    learner = TorchLearner().update(X[:300][known], Y[:300][known]).update(X[:300], Y[:300])
    np.testing.assert_array_equal(learner.predict_proba(X), TorchLearner().fit(X[:300], Y[:300]).predict_proba(X))


def test_what_is_frozen_does_not_learn_and_is_not_kept() -> None:
    body = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Dropout(0.1))
    body[0].requires_grad_(False)
    learner = TorchLearner(body).fit(X[:100], Y[:100])
    assert torch.equal(learner.network_.body[0].weight.cpu(), body[0].weight)
    assert not torch.equal(learner.network_.body[2].weight.cpu(), body[2].weight)
    assert "body.0.weight" not in learner.state().tensors
    again = TorchLearner(body).restore(learner.state())
    np.testing.assert_array_equal(again.predict_proba(X), learner.predict_proba(X))


def test_sparse_and_dense_features_are_the_same() -> None:
    dense, sparse = TorchLearner().fit(X[:80], Y[:80]), TorchLearner().fit(csr_matrix(X[:80]), Y[:80])
    np.testing.assert_array_equal(dense.predict_proba(X), sparse.predict_proba(csr_matrix(X)))


@pytest.mark.parametrize("uncertainty", ["dropout", "laplace"])
def test_it_doubts_what_is_unlike_its_labels(uncertainty: str) -> None:
    few = Y[:400] < 5
    learner = TorchLearner(uncertainty=uncertainty, members=30).fit(X[:400][few], Y[:400][few])
    members = learner.predict_members(X[400:])
    assert members.shape == (30, len(X) - 400, 5)
    np.testing.assert_allclose(members.sum(axis=2), 1, atol=1e-5)
    spread = members.std(axis=0).mean(axis=1)
    assert spread[Y[400:] >= 5].mean() > 1.5 * spread[Y[400:] < 5].mean()


def test_learning_leaves_torchs_own_chance_where_it_was() -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    learner = TorchLearner(steps=5, epochs=1).update(X[:30], Y[:30]).update(X[:40], Y[:40])
    learner.predict_members(X[:5])
    assert torch.equal(torch.rand(3), expected)


def test_an_ensemble_is_a_committee_of_networks_trained_in_parallel() -> None:
    founders = [TorchLearner(random_state=seed, uncertainty=None) for seed in range(2)]
    made = [
        Committee(founders, bootstrap=False, n_jobs=jobs).update(X[:60], Y[:60]).predict_members(X) for jobs in (1, 2)
    ]
    np.testing.assert_array_equal(*made)
    assert np.abs(made[0][0] - made[0][1]).max() > 0.01


@every_kind
def test_the_last_layer_is_a_linear_learner_on_the_embeddings(learner: TorchLearner) -> None:
    learner = fresh(learner).fit(X[:100], Y[:100])
    np.testing.assert_allclose(learner.head().predict_proba(learner.embed(X)), learner.predict_proba(X), atol=1e-5)


def test_a_checkpoint_goes_on_where_it_was_left(tmp_path: Path) -> None:
    for learner in (KINDS["convolutions"], KINDS["laplace"]):
        trained = fresh(learner).fit(X[:100], Y[:100])
        trained.save(tmp_path / "digits.pt")
        loaded = fresh(learner).load(tmp_path / "digits.pt")
        np.testing.assert_array_equal(loaded.predict_members(X), trained.predict_members(X))
        both = (one.update(X[:120], Y[:120]).predict_proba(X) for one in (loaded, trained))
        np.testing.assert_array_equal(*both)


def test_a_checkpoint_executes_nothing(tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "harm",)

    (tmp_path / "harm.pt").write_bytes(pickle.dumps({"tensors": Harm()}, protocol=2))
    torch.save({"tensors": Harm()}, tmp_path / "zipped.pt")
    for name in ("harm.pt", "zipped.pt"):
        with pytest.raises(LearnerError, match="is no checkpoint"):
            TorchLearner().load(tmp_path / name)
    assert not (tmp_path / "harm").exists()


def test_a_checkpoint_of_another_module_is_refused(tmp_path: Path) -> None:
    TorchLearner().fit(X[:50], Y[:50]).save(tmp_path / "plain.pt")
    with pytest.raises(LearnerError, match="of another module: only one of the two has body"):
        TorchLearner(convolutions, shape=(1, 8, 8)).load(tmp_path / "plain.pt")


def test_a_network_is_named_by_its_weights_not_by_its_address() -> None:
    def made(seed: int) -> str:
        torch.manual_seed(seed)
        return repr(TorchLearner(nn.Sequential(nn.Linear(64, 8), nn.Dropout(0.1))))

    assert made(0) == made(0) != made(1)
    assert "0x" not in repr(TorchLearner(convolutions))


def test_two_that_learn_at_once_leave_cudnn_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, meet, descend = [], threading.Barrier(2, timeout=60), torch_learner.descend

    def watching(*given: Any) -> None:
        meet.wait()
        descend(*given)
        meet.wait()
        seen.append(cudnn.deterministic)

    monkeypatch.setattr(torch_learner, "descend", watching)
    monkeypatch.setattr(cudnn, "benchmark", True)
    threads = [threading.Thread(target=TorchLearner(steps=2, epochs=1).fit, args=(X[:20], Y[:20])) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True, True]
    assert (cudnn.deterministic, cudnn.benchmark) == (False, True)


def test_it_leaves_the_threads_of_torch_as_they_were_and_takes_one_to_learn() -> None:
    before, seen = torch.get_num_threads(), []

    class Watching(nn.Linear):
        def forward(self, input: Any) -> Any:
            seen.append(torch.get_num_threads())
            return super().forward(input)

    learner = TorchLearner(nn.Sequential(Watching(64, 8), nn.Dropout(0.1)), steps=5, epochs=1)
    worker = threading.Thread(target=lambda: learner.fit(X[:50], Y[:50]).predict(X))
    worker.start()
    worker.join()
    assert set(seen[1:]) == {1}  # the first one was a look at the width
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("learner", "message"),
    [
        (TorchLearner(convolutions, shape=(1, 8, 9)), r"shape=\(1, 8, 9\) holds 72 numbers; the samples have 64"),
        (TorchLearner(convolutions), r"Sequential cannot read a batch of shape \(2, 64\).*shape="),
        (TorchLearner(lambda _: 7), "nn.Module or make one; found int"),
        (TorchLearner(lambda n: nn.Linear(n, 4)), "needs a dropout layer.*'laplace'"),
        (TorchLearner(uncertainty="magic"), "found 'magic'"),
        (TorchLearner(precision="float8"), "found 'float8'"),
    ],
)
def test_what_cannot_learn_is_named(learner: TorchLearner, message: str) -> None:
    with pytest.raises(LearnerError, match=message):
        learner.fit(X[:20], Y[:20])


def test_without_torch_one_sentence_says_what_to_install() -> None:
    program = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch": raise ImportError("absent")
sys.meta_path.insert(0, Absent())
import nbloop
assert "torch" in nbloop.learners.names()
for use in (lambda: nbloop.learners.make_learner("torch"), lambda: nbloop.learners.TorchLearner):
    try: use()
    except nbloop.errors.MissingExtra as error: print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["TorchLearner needs PyTorch: pip install 'nbloop[torch]'."] * 2


# -- in the loop


def dataset(store: str | Path = ":memory:", **options: Any) -> nbloop.Dataset:
    settings = {"features": X[:500], "task": nbloop.Classification(range(10)), "store": store} | options
    return nbloop.Dataset([f"digit {i}" for i in range(500)], id=range(500), **settings)


TRUTH = dict(enumerate(Y[:500].tolist()))


@pytest.mark.parametrize("strategy", ["auto", "margin", "bald", "badge"])
def test_a_loop_learns_with_a_network(strategy: str) -> None:
    loop = nbloop.Loop(dataset(), learner=TorchLearner(steps=100, members=4), strategy=strategy)
    loop.simulate(TRUTH, 60, batch=20)
    assert loop.problem is None
    assert (loop.predict(X[500:]) == Y[500:].astype(str)).mean() > 0.6


def test_strategies_look_at_embeddings_and_the_closest_calls_are_found_on_the_last_layer() -> None:
    seen: list[Any] = []

    def watching(query: Any) -> np.ndarray:
        if query.trained:
            seen.append(query)
        return query.closest(len(query.candidates))[1]

    loop = nbloop.Loop(dataset(), learner=TorchLearner(steps=40, precision="float32"), strategy=watching)
    loop.simulate(TRUTH, 20, batch=20)
    loop.wait()
    (query, learner) = (seen[-1], loop.best_model().learner)
    np.testing.assert_array_equal(query.X, learner.embed(loop._mind.X))
    positions, scores = query.closest_of(20)
    two = np.sort(loop.predict_proba(X[:500])[query.candidates], axis=1)[:, -2:]
    np.testing.assert_allclose(np.sort(1 - (two[:, 1] - two[:, 0]))[::-1][:20], scores, atol=1e-4)
    assert set(positions) <= set(query.candidates)


def test_undo_unlearns_what_a_network_learned() -> None:
    made = partial(TorchLearner, convolutions, shape=(1, 8, 8), steps=20, epochs=3)
    loop, never = (nbloop.Loop(dataset(), learner=made()) for _ in range(2))
    for place in range(24):
        loop.tell(place, TRUTH[place])
        never.tell(place, TRUTH[place])
    loop.wait()
    loop.tell(24, (TRUTH[24] + 1) % 10)
    loop.wait()
    loop.undo()
    np.testing.assert_array_equal(loop.predict_proba(X[:50]), never.predict_proba(X[:50]))


def test_a_restarted_loop_resumes_with_the_same_network(tmp_path: Path) -> None:
    before = nbloop.Loop(dataset(tmp_path / "digits.db"), learner=TorchLearner(steps=40))
    before.simulate(TRUTH, 30, batch=3)
    again = nbloop.Loop(dataset(tmp_path / "digits.db"), learner=TorchLearner(steps=40))
    np.testing.assert_array_equal(again.predict_proba(X[:50]), before.predict_proba(X[:50]))
    assert again.history["model_version"].iloc[-1] == before.history["model_version"].iloc[-1]
