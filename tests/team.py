"""A team: several people on one store, in threads or in processes of their own."""

from __future__ import annotations

from collections import Counter

from nbloop import Classification, Dataset, Loop

TASK = Classification(["ham", "spam"])


def data_of(annotator: str | None, store: str, n: int = 40, **options: object) -> Dataset:
    """Return `n` samples on a store, as one person opens them."""
    texts = [f"text {i}" for i in range(n)]
    return Dataset(texts, id=list(range(n)), task=TASK, store=store, annotator=annotator, **options)


def open_as(annotator: str | None, store: str, loops: list[Loop], n: int = 30, **options: object) -> Loop:
    """Return a loop of a person that `loops` will close."""
    loops.append(Loop(data_of(annotator, store, n, **options), learner=None))
    return loops[-1]


def ids(loop: Loop, n: int) -> list[int]:
    """Return the next `n` samples that a person is handed."""
    return [int(sample.id) for sample in loop.ask(n)]


def label_all(store: str, annotator: str, raters: int) -> None:
    """Ask and tell until nothing is left."""
    loop = Loop(data_of(annotator, store, raters=raters), learner=None)
    while samples := loop.ask(3):
        for sample in samples:
            loop.tell(sample.id, "spam" if int(sample.id) % 3 else "ham")
    loop.close()


def check_all_labelled(store: str, raters: int) -> None:
    """Fail unless every sample has an answer of as many people, and of nobody two."""
    data = data_of("eve", store, raters=raters)
    said = data.annotations
    assert not said.reset_index().duplicated(["id", "annotator"]).any()
    counts = Counter(said.index.tolist())
    assert set(counts) == set(range(40)), "a sample was left to nobody"
    assert set(counts.values()) == {raters}
    data.verify()
