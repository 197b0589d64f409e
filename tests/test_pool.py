"""The pool: samples from whatever holds them, each with an id that stays the same, and nothing lost in silence."""

from __future__ import annotations

import os
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image

from nbloop.errors import DataError, DataWarning, FeatureError, UnknownSample
from nbloop.pool import Pool, read_pool
from nbloop.pool.images import open_image
from nbloop.schema import HtmlContent

TEXTS = ["see you at home", "WIN a prize", "call me later"]
COLUMNS = {"text": TEXTS, "length": [15, 11, 13], "name": ["ada", "bob", "eve"]}


def draw_image(shade: int, size: tuple[int, int] = (6, 4)) -> Image.Image:
    return Image.new("RGB", size, (shade, shade, shade))


def as_bytes(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three images, one of them in a subfolder, beside files that are none."""
    (tmp_path / "cats").mkdir()
    (tmp_path / ".cache").mkdir()
    for name, shade in {"b.png": 10, "a.JPG": 20, "cats/c.png": 30, ".cache/d.png": 40}.items():
        draw_image(shade).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no image")
    return tmp_path


# -- sources ---------------------------------------------------------------------------------------------------------


def write_file(suffix: str, path: Path) -> Path:
    frame = pd.DataFrame(COLUMNS)
    file = path / f"samples{suffix}"
    if suffix == ".parquet":
        frame.to_parquet(file)
    elif suffix in (".csv", ".tsv"):
        frame.to_csv(file, index=False, sep="\t" if suffix == ".tsv" else ",")
    else:
        frame.to_json(file, orient="records", lines=True)
    return file


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".ndjson", ".parquet"])
def test_a_file_is_read_by_its_name(suffix: str, tmp_path: Path) -> None:
    file = write_file(suffix, tmp_path)
    for source in (file, str(file)):
        pool = read_pool(source, content="text")
        assert pool.values() == TEXTS


FRAMES: dict[str, Any] = {
    "pandas": pd.DataFrame(COLUMNS),
    "pandas with an index of its own": pd.DataFrame(COLUMNS, index=[7, 7, 9]),
    "polars": pl.DataFrame(COLUMNS),
    "polars, lazy": pl.LazyFrame(COLUMNS),
    "pyarrow": pa.table(COLUMNS),
    "dict of columns": COLUMNS,
    "list of rows": pd.DataFrame(COLUMNS).to_dict("records"),
}


@pytest.mark.parametrize("name", FRAMES)
def test_frames_of_every_library_hold_the_same_samples(name: str) -> None:
    text = read_pool(FRAMES[name], content="text")
    assert (text.kind, text.shown, text.values()) == ("text", "text", TEXTS)
    row = read_pool(FRAMES[name])
    assert row.kind == row.shown == "row"
    assert row.content(1) == {"text": "WIN a prize", "length": 11, "name": "bob"}
    assert row.ids == read_pool(FRAMES["pandas"]).ids
    values = row.values()
    assert isinstance(values, pd.DataFrame)
    assert values["length"].tolist() == [15, 11, 13]


@pytest.mark.parametrize(
    "source",
    [
        TEXTS,
        tuple(TEXTS),
        iter(TEXTS),
        np.array(TEXTS),
        pd.Series(TEXTS),
        pd.Series(TEXTS, dtype="category"),
        pl.Series(TEXTS),
    ],
    ids=["list", "tuple", "generator", "array", "pandas series", "categories", "polars series"],
)
def test_texts_need_no_column(source: Any) -> None:
    pool = read_pool(source)
    assert (pool.kind, pool.values()) == ("text", TEXTS)
    assert pool.content(0) == "see you at home"


def test_an_array_of_two_dimensions_holds_rows() -> None:
    pool = read_pool(np.array([[1.5, 2.0], [3.0, 4.0]]))
    assert pool.content(1) == {"0": 3.0, "1": 4.0}


def test_arrays_lists_and_bytes_of_images_are_images() -> None:
    shades = [0, 128, 255]
    gray = np.array(shades, dtype=np.uint8).repeat(24).reshape(3, 4, 6)
    sources = [
        gray,
        np.stack([gray] * 3, axis=-1),
        gray[..., np.newaxis],
        list(gray),
        [draw_image(shade) for shade in shades],
        [as_bytes(draw_image(shade)) for shade in shades],
        pd.DataFrame({"picture": [as_bytes(draw_image(shade)) for shade in shades], "n": shades}),
    ]
    for source in sources:
        pool = read_pool(source, content="picture" if isinstance(source, pd.DataFrame) else None)
        assert pool.kind == pool.shown == "image"
        images = pool.values()
        assert [image.size for image in images] == [(6, 4)] * 3
        assert [np.asarray(image.convert("L"))[0, 0] for image in images] == shades
        assert len(set(pool.keys)) == 3


@pytest.mark.parametrize(
    "mode", ["CMYK", "HSV", "I", "I;16", "F", "LAB", "P", "PA", "RGBX", "RGBa", "YCbCr", "1", "LA"]
)
def test_an_image_of_any_mode_can_be_sent_as_png(mode: str) -> None:
    image = Image.new(mode, (3, 2), 1)
    assert read_pool([image]).content(0).convert("RGB").size == (3, 2)  # type: ignore[union-attr]
    assert as_bytes(open_image(image)).startswith(b"\x89PNG")


def test_deep_images_are_stretched_and_colours_stay(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 2000, 4000]], dtype=np.uint16)).save(tmp_path / "deep.tif")
    Image.new("RGB", (2, 2), (255, 0, 0)).convert("CMYK").save(tmp_path / "red.tif")
    deep, red = (read_pool(tmp_path).values()[place] for place in range(2))
    assert (deep.mode, np.asarray(deep).tolist()) == ("L", [[0, 128, 255]])
    assert red.getpixel((0, 0)) == (255, 0, 0)


def test_images_of_equal_indices_and_other_palettes_are_two_samples() -> None:
    images = [Image.new("P", (2, 2), 0) for _ in range(2)]
    for image, shade in zip(images, (10, 200), strict=True):
        image.putpalette([shade] * 768)
    pool = read_pool(images)
    assert len(pool) == 2
    assert [image.getpixel((0, 0)) for image in pool.values()] == [(10, 10, 10), (200, 200, 200)]


def test_a_file_that_is_no_image_is_blank_for_features_and_named_once(folder: Path) -> None:
    (folder / "0.png").write_bytes(b"no image at all")
    pool = read_pool(folder)
    assert pool.shown == "image"
    values = pool.values()
    with pytest.warns(DataWarning, match=r"image of sample '0\.png' cannot be opened.*count as blank") as caught:
        opened = [*values, values[0]]
    assert [np.asarray(image).max() for image in opened] == [0, 20, 10, 30, 0]
    assert [warning.filename for warning in caught] == [__file__]


def test_a_folder_full_of_broken_images_names_a_few(tmp_path: Path) -> None:
    for i in range(8):
        (tmp_path / f"{i}.png").write_bytes(b"no image at all")
    with pytest.warns(DataWarning) as caught:
        assert len(list(read_pool(tmp_path).values())) == 8
    assert len(caught) == 5
    assert "further ones are not named" in str(caught[-1].message)


def test_texts_that_end_like_images_are_texts_unless_one_is_a_file(folder: Path) -> None:
    texts = ["look at cat.png", "see dog.png"]
    with pytest.warns(DataWarning, match="all 2 texts end like the names of images, but none is a file"):
        pool = read_pool(texts)
    assert (pool.kind, pool.columns, pool.content(1)) == ("text", ["text"], "see dog.png")
    with pytest.warns(DataWarning, match="1 of 2 samples have no image"):
        assert read_pool([str(folder / "b.png"), "gone.png"]).kind == "image"


def test_numbers_that_are_no_bytes_are_stretched_together() -> None:
    pool = read_pool(np.array([[[0.0, 4.0]], [[8.0, 16.0]]]))
    assert [np.asarray(image).tolist() for image in pool.values()] == [[[0, 64]], [[128, 255]]]
    assert np.asarray(read_pool(np.array([[[0.0, 0.5]]])).content(0)).tolist() == [[0, 128]]
    assert np.asarray(read_pool(np.array([[[False, True]]])).content(0)).tolist() == [[0, 255]]
    assert np.asarray(read_pool(np.array([[[-1.0, np.nan, 1.0]]])).content(0)).tolist() == [[0, 128, 255]]


def test_a_folder_of_images_is_named_by_relative_paths_and_opened_late(folder: Path) -> None:
    (folder / "late.png").write_bytes(b"no image at all")
    pool = read_pool(folder)
    assert pool.keys == ["a.JPG", "b.png", "cats/c.png", "late.png"]
    image = pool.content(pool.position("cats/c.png"))
    assert isinstance(image, Image.Image)
    assert image.getpixel((0, 0)) == (30, 30, 30)
    assert [image.getpixel((0, 0)) for image in pool.values()[:2]] == [(20, 20, 20), (10, 10, 10)]
    with pytest.raises(DataError, match=r"image of sample 'late\.png' cannot be opened"):
        pool.content(pool.position("late.png"))


def test_paths_of_images_are_images_and_missing_files_are_left_out_aloud(folder: Path) -> None:
    (folder / "empty.png").touch()
    names = [folder / "b.png", folder / "gone.png", folder / "empty.png", folder / "cats/c.png"]
    for paths in (names, [str(name) for name in names]):
        with pytest.warns(DataWarning, match=r"2 of 4 samples have no image .* first: row 1, row 2\."):
            pool = read_pool(paths)
        assert pool.kind == "image"
        assert pool.keys == [names[0].as_posix(), names[3].as_posix()]
    with pytest.raises(DataError, match="every one of the 1 samples has no image"):
        read_pool([folder / "gone.png"])


def test_a_file_name_that_is_no_unicode_still_names_its_image(tmp_path: Path) -> None:
    draw_image(5).save(tmp_path / "ok.png")
    os.rename(tmp_path / "ok.png", os.fsencode(tmp_path) + b"/caf\xe9.png")
    pool = read_pool(tmp_path)
    assert pool.keys == ["caf\\udce9.png"]
    assert isinstance(pool.content(0), Image.Image)


def test_json_lines_keep_the_types_that_json_has(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "007", "date": "2026-01-02", "n": 1}\n{"id": "7", "date": "x", "n": 2}\n')
    pool = read_pool(tmp_path / "a.jsonl", id="id")
    assert pool.keys == ["007", "7"]
    assert pool.content(0) == {"date": "2026-01-02", "n": 1}


def test_json_lines_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "marked.jsonl").write_text('{"text": "a"}\n{"text": "b"}\n', encoding="utf-8-sig")
    assert read_pool(tmp_path / "marked.jsonl").values() == ["a", "b"]


def test_image_paths_in_a_file_are_relative_to_that_file(folder: Path) -> None:
    pd.DataFrame({"file": ["b.png", "cats/c.png"], "n": [1, 2]}).to_csv(folder / "list.csv", index=False)
    pool = read_pool(folder / "list.csv", content="file")
    assert pool.keys == ["b.png", "cats/c.png"]
    assert [image.getpixel((0, 0))[0] for image in pool.values()] == [10, 30]


def test_images_are_found_after_the_notebook_changed_its_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    pools = [read_pool(Path()), read_pool(["a.JPG", "b.png"])]
    monkeypatch.chdir(folder / "cats")
    for pool in pools:
        assert pool.keys[:2] == ["a.JPG", "b.png"]
        assert isinstance(pool.content(0), Image.Image)


def test_a_photo_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    draw_image(9, size=(6, 4)).save(tmp_path / "photo.jpg", exif=exif)
    [image] = read_pool(tmp_path).values()
    assert image.size == (4, 6)


def test_more_images_than_files_may_be_open_can_be_gone_through(tmp_path: Path) -> None:
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    for i in range(80):
        draw_image(i).save(tmp_path / f"{i}.png")
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    try:
        assert len(list(read_pool(tmp_path).values())) == 80
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ([], "the source has no samples; found 0 rows"),
        (pd.DataFrame({"text": []}), "no samples"),
        (["", "  ", None], "every one of the 3 samples has no content"),
        ([None, None], "every one of the 2 samples has no content"),
        ("just one text", r"no such file or folder: 'just one text'\. One text is written in a list"),
        (42, "cannot read samples from int"),
        (np.zeros((2, 3, 4, 5)), r"found shape \(2, 3, 4, 5\)"),
        ([np.zeros(3), np.zeros(3)], "cannot show ndarray in column 'item'; say how with render="),
        ([{1}, {2}], "cannot show set"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "column names must be different; found twice: a"),
    ],
    ids=str,
)
def test_what_holds_no_samples_says_why(source: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_pool(source)


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    (tmp_path / "broken.parquet").write_text("nothing of the kind")
    with pytest.raises(DataError, match=r"broken\.parquet' cannot be read as PARQUET"):
        read_pool(tmp_path / "broken.parquet")
    (tmp_path / "table.xlsx").touch()
    with pytest.raises(DataError, match=r"cannot read 'table\.xlsx': known are \.csv, \.tsv"):
        read_pool(tmp_path / "table.xlsx")
    (tmp_path / "broken.jsonl").write_text('{"a": 1}\n{"a": ')
    with pytest.raises(DataError, match=r"broken\.jsonl' cannot be read as JSONL"):
        read_pool(tmp_path / "broken.jsonl")
    (tmp_path / "latin.csv").write_bytes("text\ncafé\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"latin\.csv' cannot be read as CSV: .*encoding='latin-1'"):
        read_pool(tmp_path / "latin.csv")
    (tmp_path / "nothing.csv").touch()
    with pytest.raises(DataError, match="cannot be read as CSV"):
        read_pool(tmp_path / "nothing.csv")
    with pytest.raises(DataError, match=r"no images in the folder .*; looked for \.png"):
        read_pool(tmp_path)


# -- columns ---------------------------------------------------------------------------------------------------------


def test_all_columns_are_a_row_but_for_those_that_are_not_to_be_seen() -> None:
    pool = read_pool(pd.DataFrame(COLUMNS), id="name", exclude=["length"])
    assert (pool.kind, pool.content(0)) == ("text", "see you at home")
    assert read_pool(pd.DataFrame(COLUMNS), content=["name", "length"]).content(2) == {"name": "eve", "length": 13}
    assert read_pool(pd.DataFrame(COLUMNS), content=["text"]).content(0) == {"text": "see you at home"}


def test_a_column_of_numbers_is_shown_as_a_row() -> None:
    assert read_pool([3, 4]).content(0) == {"item": 3}


def test_an_unknown_column_names_the_nearest_one() -> None:
    for given in ({"content": "texts"}, {"content": ["name", "texts"]}, {"id": "texts"}, {"exclude": ["texts"]}):
        with pytest.raises(
            DataError, match=r"no column 'texts'; the columns are: text, length, name\. Did you mean 'text'"
        ):
            read_pool(pd.DataFrame(COLUMNS), **given)
    with pytest.raises(DataError, match="no column is left to show"):
        read_pool(pd.DataFrame(COLUMNS), exclude=list(COLUMNS))
    with pytest.raises(DataError, match="'name' cannot be content"):
        read_pool(pd.DataFrame(COLUMNS), content=["text", "name"], exclude=["name"])


def test_cells_are_plain_values_and_missing_ones_none() -> None:
    frame = pd.DataFrame(
        {"n": pd.array([1, None], "Int64"), "x": [np.nan, 2.5], "day": [pd.Timestamp("2026-01-02"), pd.NaT]}
    )
    pool = read_pool(frame)
    assert pool.content(0) == {"n": 1, "x": None, "day": datetime(2026, 1, 2)}
    assert pool.content(1) == {"n": None, "x": 2.5, "day": None}
    assert type(pool.content(0)["n"]) is int  # type: ignore[index]  # a dict, see above


def test_a_column_of_vectors_is_what_features_are_made_of() -> None:
    frame = pd.DataFrame({"text": TEXTS, "embedding": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]})
    pool = read_pool(frame, vectors="embedding")
    assert pool.content(0) == "see you at home"
    assert np.array_equal(pool.values(), [[1, 2], [3, 4], [5, 6]])
    assert np.array_equal(pool.values_of(pd.DataFrame({"embedding": [[7.0, 8.0]]})), [[7, 8]])
    frame["embedding"] = [[1.0, 2.0], [3.0], [5.0, 6.0]]
    with pytest.raises(FeatureError, match=r"vectors of one length: \(2,\) in the first sample, \(1,\) in sample"):
        read_pool(frame, vectors="embedding").values()


# -- what is left out ------------------------------------------------------------------------------------------------


def test_samples_without_content_are_left_out_aloud() -> None:
    frame = pd.DataFrame({"text": ["a", None, " \n", "b", ""], "id": list("vwxyz")})
    with pytest.warns(DataWarning, match=r"3 of 5 samples have no content .* first: 'w', 'x', 'z'\."):
        pool = read_pool(frame, content="text", id="id")
    assert pool.ids == ["v", "y"]
    assert pool.kept.tolist() == [0, 3]
    assert pool.source_rows == 5
    assert pool.frame.index.tolist() == [0, 1]


def test_a_row_is_left_out_when_every_cell_is_missing() -> None:
    frame = pd.DataFrame({"a": [1.0, np.nan, np.nan], "b": [None, None, "x"]})
    with pytest.warns(DataWarning, match="1 of 3 samples have no content .* first: row 1"):
        assert len(read_pool(frame)) == 2


def test_equal_samples_are_one_unless_they_have_ids() -> None:
    with pytest.warns(DataWarning, match=r"2 of 4 samples have the same content .* Give id="):
        pool = read_pool(["a", "b", "a", "a"])
    assert pool.kept.tolist() == [0, 1]
    assert len(read_pool(["a", "b", "a", "a"], id=[1, 2, 3, 4])) == 4


# -- ids -------------------------------------------------------------------------------------------------------------


def test_content_names_a_sample_wherever_it_stands() -> None:
    once = read_pool(TEXTS)
    again = read_pool([*reversed(TEXTS), "a new one"])
    assert again.keys[:3] == once.keys[::-1]
    assert all(len(key) == 16 and int(key, 16) >= 0 for key in once.keys)
    frame = pd.DataFrame(COLUMNS)
    assert read_pool(frame[["name", "text", "length"]]).keys == read_pool(frame).keys
    assert read_pool(frame.rename(columns={"name": "who"})).keys != read_pool(frame).keys


def test_a_row_keeps_its_name_when_another_one_makes_floats_of_its_numbers() -> None:
    whole = read_pool(pd.DataFrame({"n": [1, 2], "name": ["ada", "bob"]}))
    grown = read_pool(pd.DataFrame({"n": [1, 2, None], "name": ["ada", "bob", "eve"]}))
    assert grown.keys[:2] == whole.keys
    halves = read_pool(pd.DataFrame({"n": [1.5, 2], "name": ["ada", "bob"]}))
    assert (halves.keys[0] == whole.keys[0], halves.keys[1] == whole.keys[1]) == (False, True)


def test_ids_are_kept_as_they_were_given() -> None:
    for ids in ([3, 1, 2], np.array([3, 1, 2]), pd.Series([3, 1, 2]), pd.Index([3, 1, 2])):
        pool = read_pool(TEXTS, id=ids)
        assert pool.ids == [3, 1, 2]
        assert {type(id) for id in pool.ids} == {int}
        assert pool.keys == ["3", "1", "2"]
        assert pool.position(1) == pool.position("1") == pool.position(np.int64(1)) == 1
    assert read_pool(pd.DataFrame(COLUMNS), content="text", id="name").ids == ["ada", "bob", "eve"]


def test_an_unknown_id_is_named() -> None:
    pool = read_pool(TEXTS, id=[3, 1, 2])
    with pytest.raises(UnknownSample, match="no sample has the id 4; the first one here is 3"):
        pool.position(4)
    assert "3" in pool
    assert "4" not in pool


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ([1, 2], "found 2 ids for 3 rows"),
        ([1, None, 2], "an id is missing in 1 of 3 rows, first in row 1"),
        ([1.0, float("nan"), float("nan")], "an id is missing in 2 of 3 rows"),
        ([1, 2, 1], "found 1 that repeat an earlier one, first 1"),
        ([1, "1", 2], "found 1 that repeat an earlier one, first '1'"),
        (["a", "b", "\ud800"], "no valid Unicode"),
    ],
)
def test_ids_that_cannot_name_samples_are_refused(ids: list[Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_pool(TEXTS, id=ids)


def test_a_source_that_is_changed_later_leaves_the_pool_alone() -> None:
    frame = pd.DataFrame(COLUMNS)
    pool = read_pool(frame)
    frame.loc[0, "name"] = "changed"
    assert pool.content(0) == {"text": "see you at home", "length": 15, "name": "ada"}


# -- render ----------------------------------------------------------------------------------------------------------


def test_render_shows_what_it_likes_and_features_keep_the_original() -> None:
    shown: list[Any] = []

    def render(row: dict[str, Any]) -> HtmlContent:
        shown.append(row)
        return HtmlContent(f"<b>{row['name']}</b>")

    pool = read_pool(pd.DataFrame(COLUMNS), render=render)
    assert shown == []
    assert pool.content(1) == HtmlContent("<b>bob</b>")
    assert shown == [{"text": "WIN a prize", "length": 11, "name": "bob"}]
    assert (pool.kind, pool.shown) == ("row", "html")


@pytest.mark.parametrize(
    ("rendered", "shown"),
    [
        ("plain", "text"),
        (draw_image(3), "image"),
        (np.zeros((2, 2)), "image"),
        ({"a": 1}, "row"),
        (HtmlContent("<p>"), "html"),
    ],
    ids=["text", "image", "array", "row", "html"],
)
def test_what_render_returns_decides_what_is_seen(rendered: Any, shown: str) -> None:
    assert read_pool(TEXTS, render=lambda _: rendered).shown == shown


def test_anything_can_be_a_sample_when_it_has_an_id_and_is_rendered() -> None:
    waves = [np.zeros(3), np.ones(5)]
    pool = read_pool(waves, id=["quiet", "loud"], render=lambda wave: f"{len(wave)} steps")
    assert (pool.kind, pool.content(1)) == ("object", "5 steps")
    assert [len(wave) for wave in pool.values()] == [3, 5]
    with pytest.raises(DataError, match="samples of type ndarray cannot be named by their content: give id="):
        read_pool(waves, render=str)


def test_the_first_sample_that_can_be_rendered_tells_what_is_shown() -> None:
    assert read_pool(["y", "1", "x"], id=[0, 1, 2], render=lambda text: {"half": int(text) / 2}).shown == "row"
    assert read_pool([{1}, {2}], id=[1, 2], render=lambda item: item.missing).shown == "text"
    assert read_pool(TEXTS, render=int).shown == "text"


def test_what_is_no_function_cannot_render() -> None:
    with pytest.raises(DataError, match="render= is a function from a sample to what is shown; found 'html'"):
        read_pool(TEXTS, render="html")  # type: ignore[arg-type]


def test_a_grid_of_objects_is_no_image() -> None:
    pool = read_pool(TEXTS, id=[3, 1, 2], render=lambda text: np.full((8, 8), {"text": text}))
    with pytest.raises(DataError, match="found ndarray for sample 3"):
        pool.content(0)


def test_a_render_that_fails_names_the_sample_and_keeps_its_cause() -> None:
    pool = read_pool(TEXTS, id=[3, 1, 2], render=lambda text: text.missing)
    with pytest.raises(DataError, match=r"render= failed on sample 1: AttributeError") as caught:
        pool.content(1)
    assert isinstance(caught.value.__cause__, AttributeError)
    with pytest.raises(DataError, match="found int for sample 3"):
        read_pool(TEXTS, id=[3, 1, 2], render=len).content(0)


# -- new samples -----------------------------------------------------------------------------------------------------


def test_new_samples_are_read_in_the_form_of_the_pool() -> None:
    pool = read_pool(pd.DataFrame(COLUMNS), content="text")
    assert pool.values_of(["new"]) == ["new"]
    assert pool.values_of(pd.DataFrame({"text": ["new", "new"], "other": [1, 2]})) == ["new", "new"]
    with pytest.raises(DataError, match="no column 'text'"):
        pool.values_of(pd.DataFrame({"a": ["x"], "b": ["y"]}))
    with pytest.raises(DataError, match="row 1 of 2 has no text"):
        pool.values_of(["new", None])


def test_new_images_are_stretched_as_those_of_the_pool() -> None:
    pool = read_pool(np.array([[[0.0, 16.0]]]))
    [image] = pool.values_of(np.array([[[0.0, 8.0]]]))
    assert np.asarray(image).tolist() == [[0, 128]]


def test_text_that_is_no_unicode_can_still_be_shown() -> None:
    assert read_pool(["bad \ud800 text"]).content(0) == "bad ? text"
    rows = pd.DataFrame({"a": pd.Series(["bad \ud800 text", "good"], dtype=object), "n": [2**70, 1]})
    assert read_pool(rows).content(0) == {"a": "bad ? text", "n": 2**70}
    assert len(set(read_pool(rows).keys)) == 2
    with pytest.raises(DataError, match="a row holds text that is no valid Unicode"):
        read_pool([{"a": "bad \ud800 text"}])


def test_a_pool_says_what_it_is() -> None:
    assert repr(read_pool(TEXTS)) == "Pool(3 samples, kind='text')"
    assert isinstance(read_pool(TEXTS), Pool)
