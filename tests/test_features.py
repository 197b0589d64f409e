"""Features: of texts, images, tables and what users bring; the way back to words and columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.sparse import csr_matrix, issparse
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from nbloop.errors import FeatureError
from nbloop.features import Features, fit_features
from nbloop.features.image import edges
from nbloop.features.scale import LENGTH, Scale

FREE, HOME = "free prize call now", "see you at home soon"
TEXTS = [f"{FREE} {i}" for i in range(30)] + [f"{HOME} {i}" for i in range(30)]


def table(n: int = 80) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": np.where(rng.random(n) < 0.1, np.nan, rng.normal(40, 10, n)),
            "member": rng.random(n) < 0.5,
            "town": rng.choice(["Ulm", "Bonn", None], n),
            "joined": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, n), unit="D"),
            "note": [f"{FREE if i % 2 else HOME} and number {i}" for i in range(n)],
            "always": 7,
        }
    )


def images(n: int = 40) -> list[np.ndarray]:
    return list((load_digits().images[:n] / 16 * 255).astype(np.uint8))


KINDS = {"text": lambda: TEXTS, "image": images, "row": table}


def row_length(features: Features) -> float:
    return float(np.sqrt((features.matrix**2).sum(axis=1).mean()))


# -- whatever the kind


@pytest.mark.parametrize("kind", KINDS)
def test_features_are_finite_float32_of_the_house_scale(kind):
    features = fit_features("auto", kind, KINDS[kind]())
    assert features.matrix.dtype == np.float32
    assert len(features.matrix) == len(KINDS[kind]())
    assert np.isfinite(features.matrix).all()
    assert 0.7 * LENGTH < row_length(features) < 1.5 * LENGTH


@pytest.mark.parametrize("kind", KINDS)
def test_equal_samples_and_seed_give_equal_bits(kind):
    first, second = (fit_features("auto", kind, KINDS[kind](), seed=3).matrix for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("kind", KINDS)
def test_the_pool_transformed_again_is_what_it_was(kind):
    values = KINDS[kind]()
    features = fit_features("auto", kind, values)
    np.testing.assert_allclose(features.transform(values), features.matrix, atol=1e-4)
    np.testing.assert_allclose(features.transform(values[:3]), features.matrix[:3], atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_no_samples_are_refused(kind):
    with pytest.raises(FeatureError, match="no samples"):
        fit_features("auto", kind, KINDS[kind]()[:0])


@pytest.mark.parametrize("kind", KINDS)
def test_one_sample_or_samples_all_alike_still_get_features_or_a_clear_word(kind):
    values = KINDS[kind]()
    alike = pd.concat([values.iloc[:1]] * 4, ignore_index=True) if kind == "row" else [values[0]] * 4
    for few in (values[:1], alike):
        try:
            assert np.isfinite(fit_features("auto", kind, few).matrix).all()
        except FeatureError as error:
            assert "no column tells one sample from another" in str(error)  # noqa: PT017  either is an answer


# -- text


def test_what_the_words_add_is_exactly_what_the_model_sees():
    features = fit_features("auto", "text", TEXTS)
    direction = np.random.default_rng(0).normal(size=features.matrix.shape[1])
    for row in (0, 31, 59):
        parts = features.parts(row, direction, n=1000)
        assert sum(weight for _, weight in parts) == pytest.approx(features.matrix[row] @ direction, rel=1e-3, abs=1e-4)
        assert {name for name, _ in parts} <= set(TEXTS[row].split())


def test_the_words_that_count_come_first():
    features = fit_features("auto", "text", TEXTS)
    model = LogisticRegression(C=10).fit(features.matrix, np.repeat([1, 0], 30))
    assert features.parts(0, model.coef_[0])[0][0] in FREE.split()
    assert features.parts(0, model.coef_[0])[0][1] > 0
    assert features.parts(40, model.coef_[0])[0][0] in HOME.split()
    assert features.parts(40, model.coef_[0])[0][1] < 0
    assert len(features.parts(0, model.coef_[0], n=2)) == 2


def test_words_survive_punctuation_case_and_accents():
    texts = ["Prêt-à-porter, GRÜSSE!!", "won't stop; re-start", *TEXTS]
    features = fit_features("auto", "text", texts)
    direction = np.ones(features.matrix.shape[1])
    for row in (0, 1):
        parts = features.parts(row, direction, n=1000)
        assert sum(weight for _, weight in parts) == pytest.approx(features.matrix[row] @ direction, rel=1e-3, abs=1e-4)
    assert "grüsse" in dict(features.parts(0, direction, n=1000))


def test_texts_that_are_empty_or_missing_have_no_features():
    features = fit_features("auto", "text", [*TEXTS, "", None, float("nan")])
    np.testing.assert_array_equal(features.matrix[-3:], 0)
    assert features.parts(60, np.ones(features.matrix.shape[1])) == []


def test_texts_without_a_single_word_are_refused():
    with pytest.raises(FeatureError, match="no words were found in 2 texts"):
        fit_features("auto", "text", ["", ""])


# -- images


def test_images_are_read_from_arrays_pil_and_paths_alike(tmp_path):
    arrays = images()
    pictures = [Image.fromarray(array) for array in arrays]
    for i, picture in enumerate(pictures):
        picture.save(tmp_path / f"{i}.png")
    paths = [tmp_path / f"{i}.png" for i in range(len(pictures))]
    matrices = [fit_features("auto", "image", values).matrix for values in (arrays, pictures, paths)]
    np.testing.assert_array_equal(matrices[0], matrices[1])
    np.testing.assert_array_equal(matrices[0], matrices[2])


def test_colour_counts_when_there_is_any():
    red, blue = np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9, 3), np.uint8)
    red[..., 0] = blue[..., 2] = 200
    matrix = fit_features("auto", "image", [red, blue, red, blue]).matrix
    assert np.linalg.norm(matrix[0] - matrix[1]) > 1
    assert np.linalg.norm(matrix[0] - matrix[2]) < 1e-5


def test_images_of_different_sizes_and_modes_are_welcome():
    values = [Image.new("L", (5, 9), 40), Image.new("RGB", (300, 200), "red"), Image.new("RGBA", (50, 50), "#0f08")]
    assert fit_features("auto", "image", values).matrix.shape[0] == 3


def test_edges_tell_directions_apart():
    flat, across, down = np.zeros((3, 28, 28), dtype=np.float32)
    across[14:], down[:, 14:] = 1, 1
    found = edges(np.stack([flat, across, down]))
    np.testing.assert_array_equal(found[0], 0)
    np.testing.assert_allclose(np.linalg.norm(found[1:], axis=1), 1, rtol=1e-5)
    assert found[1] @ found[2] < 0.1


def test_digits_are_told_apart_by_their_features():
    data = load_digits()
    matrix = fit_features("auto", "image", list(data.images)).matrix
    order = np.random.default_rng(0).permutation(len(matrix))
    learn, test = order[:300], order[300:]
    model = LogisticRegression(C=10, max_iter=1000).fit(matrix[learn], data.target[learn])
    assert model.score(matrix[test], data.target[test]) > 0.96


def test_an_image_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"not an image")
    with pytest.raises(FeatureError, match=r"broken\.png"):
        fit_features("auto", "image", [tmp_path / "broken.png"])
    with pytest.raises(FeatureError, match="NaN or infinite pixels"):
        fit_features("auto", "image", [np.full((8, 8), np.nan)])


# -- tables


def test_what_the_columns_add_is_exactly_what_the_model_sees():
    features = fit_features("auto", "row", table())
    direction = np.random.default_rng(0).normal(size=features.matrix.shape[1])
    parts = features.parts(4, direction, n=100)
    assert sum(weight for _, weight in parts) == pytest.approx(features.matrix[4] @ direction, abs=1e-4)
    assert {name for name, _ in parts} == {"age", "member", "town", "joined", "note"}


def test_new_rows_may_hold_what_was_never_seen():
    features = fit_features("auto", "row", table())
    new = table(2).assign(town=["Atlantis", None], age=[np.inf, np.nan], note=["", None])
    assert np.isfinite(features.transform(new)).all()


def test_new_rows_that_lack_a_column_are_refused():
    with pytest.raises(FeatureError, match=r"lack the column 'age'"):
        fit_features("auto", "row", table()).transform(table().drop(columns="age"))


def test_columns_of_every_kind_of_numbers_and_names_are_welcome():
    frame = pd.DataFrame(
        {
            "count": pd.array([1, 2, None, 4] * 5, dtype="Int64"),
            3: pd.Categorical(["a", "b", None, "a"] * 5),
            "when": pd.to_datetime(["2024-01-01", None, "2025-05-05", "2024-07-01"] * 5, utc=True),
            "maybe": pd.array([True, None, False, True] * 5, dtype="boolean"),
            "mixed": [1, "one", None, 2.5] * 5,
        }
    )
    features = fit_features("auto", "row", frame)
    assert np.isfinite(features.matrix).all()
    assert {name for name, _ in features.parts(0, np.ones(features.matrix.shape[1]))} <= {*map(str, frame.columns)}


def test_breast_cancer_is_learned_from_its_columns():
    data = load_breast_cancer(as_frame=True)
    matrix = fit_features("auto", "row", data.data).matrix
    assert LogisticRegression(C=10).fit(matrix[:200], data.target[:200]).score(matrix[200:], data.target[200:]) > 0.94


# -- what users bring


def test_samples_of_an_unknown_kind_need_features_of_their_own():
    things = [object() for _ in range(6)]
    with pytest.raises(FeatureError, match="give features= a matrix or a transformer"):
        fit_features("auto", "object", things)
    assert fit_features(np.eye(6), "object", things).matrix.shape == (6, 6)


def test_a_matrix_is_brought_to_the_house_scale_and_keeps_its_shape():
    given = np.random.default_rng(0).normal(50, 9, size=(60, 5))
    features = fit_features(given, "text", TEXTS)
    assert row_length(features) == pytest.approx(LENGTH, rel=1e-4)
    assert np.corrcoef(features.matrix[:, 2], given[:, 2])[0, 1] == pytest.approx(1, abs=1e-4)
    spreads = features.matrix.std(axis=0) / given.std(axis=0)
    np.testing.assert_allclose(spreads, spreads[0], rtol=1e-4)


def test_a_matrix_in_different_units_is_standardized():
    given = np.random.default_rng(0).normal(size=(60, 4)) * [1e-3, 1, 1, 1e6]
    np.testing.assert_allclose(fit_features(given, "text", TEXTS).matrix.std(axis=0), LENGTH / 2, rtol=1e-3)


def test_a_sparse_matrix_stays_sparse():
    given = csr_matrix(np.eye(60, 7))
    features = fit_features(given, "text", TEXTS)
    assert issparse(features.matrix)
    assert features.matrix.dtype == np.float32
    assert (features.matrix != 0).nnz == given.nnz


def test_a_constant_column_does_no_harm():
    given = np.c_[np.full(60, 1e9), np.arange(60)]
    assert np.isfinite(Scale(columns=True).fit_transform(given)).all()
    np.testing.assert_array_equal(fit_features(given, "text", TEXTS).matrix[:, 0], 0)


def test_a_matrix_takes_new_rows_and_cannot_make_them_of_samples():
    given = np.random.default_rng(0).normal(size=(60, 5))
    features = fit_features(given, "text", TEXTS)
    np.testing.assert_allclose(features.transform(given[:3]), features.matrix[:3], atol=1e-6)
    with pytest.raises(FeatureError, match=r"rows of 5 numbers.*found list.*transformer"):
        features.transform(["new"])
    with pytest.raises(FeatureError, match=r"found rows of 4"):
        features.transform(given[:3, :4])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.eye(3), r"shape \(60, d\).*found \(3, 3\)"),
        (np.ones(60), r"found \(60,\)"),
        (np.ones((60, 0)), r"found \(60, 0\)"),
        (np.where(np.arange(120).reshape(60, 2) == 15, np.nan, 1.0), "found 1 NaN or infinite, first in row 7"),
        (csr_matrix(np.where(np.arange(120).reshape(60, 2) == 15, np.inf, 1.0)), "first in row 7"),
        (np.full((60, 2), "word"), "must be numbers"),
        (3, "found 3"),
        (StandardScaler, "an instance of a scikit-learn transformer; found <class"),
    ],
)
def test_features_no_learner_can_use_are_refused(given, message):
    with pytest.raises(FeatureError, match=message):
        fit_features(given, "text", TEXTS)


def test_a_column_of_vectors_makes_features_and_takes_new_ones():
    rng = np.random.default_rng(0)
    vectors = pd.Series([rng.normal(size=6) for _ in range(20)])
    features = fit_features("vector", "text", vectors)
    assert features.matrix.shape == (20, 6)
    np.testing.assert_allclose(features.transform(vectors[:2]), features.matrix[:2], atol=1e-5)
    with pytest.raises(FeatureError, match=r"found rows of 5"):
        features.transform(pd.Series([np.ones(5)]))


def test_vectors_of_different_lengths_are_refused():
    with pytest.raises(FeatureError, match="must be numbers"):
        fit_features("vector", "text", pd.Series([np.ones(3), np.ones(4)]))


def test_any_transformer_makes_features_and_is_not_changed():
    transformer = TfidfVectorizer()
    features = fit_features(transformer, "text", TEXTS)
    assert issparse(features.matrix)
    assert not hasattr(transformer, "vocabulary_")
    np.testing.assert_allclose(features.transform(TEXTS[:2]).toarray(), features.matrix[:2].toarray(), rtol=1e-5)
    direction = np.random.default_rng(0).normal(size=features.matrix.shape[1])
    parts = features.parts(0, direction, n=100)
    assert sum(weight for _, weight in parts) == pytest.approx((features.matrix[0] @ direction)[0], rel=1e-4)
    assert {name for name, _ in parts} <= set(TEXTS[0].split())


def test_a_transformer_that_fails_is_named():
    with pytest.raises(FeatureError, match="StandardScaler could not read the samples"):
        fit_features(StandardScaler(), "text", TEXTS)


def test_lists_in_a_table_count_as_their_text() -> None:
    lists = pd.DataFrame({"tags": [["a"], ["b"], ["a"], {"b": 1}], "n": [1, 2, 3, 4]})
    texts = lists.assign(tags=["['a']", "['b']", "['a']", "{'b': 1}"])
    features = fit_features("auto", "row", lists)
    assert np.array_equal(features.matrix, fit_features("auto", "row", texts).matrix)
    assert np.array_equal(features.transform(lists), features.matrix)
    assert [name for name, _ in features.parts(0, np.ones(features.matrix.shape[1]))] in (["tags", "n"], ["n", "tags"])


def test_a_function_is_told_how_it_becomes_features():
    with pytest.raises(FeatureError, match=r"nbloop\.features\.embed\(function\)"):
        fit_features(len, "text", ["one", "two"])
