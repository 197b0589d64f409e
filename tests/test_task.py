"""The task: what cannot be one says what would do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nbloop import Classification, Label
from nbloop.errors import TaskError

OF_ANOTHER_TYPE: dict[str, tuple[Callable[..., Any], tuple[Any, ...], str]] = {
    "labels": (Classification, (5,), r"labels must be a list of names, such as \['ham', 'spam'\]; found 5"),
    "mapping": (Classification, ({"ham": "h", "spam": "s"},), r"found a mapping, \{'ham': 'h'.*Label\(name, key="),
    "guidelines": (Classification, (["ham", "spam"], 5), "guidelines= is text .*; found 5"),
    "name": (Label, (1,), r"name= of a label is text; found 1\."),
    "key": (Label, ("a", 1), r"key= of a label is text; found 1\."),
    "color": (Label, ("a", None, 255), r"color= of a label is text; found 255\."),
    "description": (Label, ("a", None, None, None), r"description= of a label is text; found None\."),
}


@pytest.mark.parametrize(("make", "arguments", "said"), OF_ANOTHER_TYPE.values(), ids=OF_ANOTHER_TYPE)
def test_words_of_another_type_are_named(make: Callable[..., Any], arguments: tuple[Any, ...], said: str) -> None:
    with pytest.raises(TaskError, match=said):
        make(*arguments)


def test_labels_may_be_numbers_or_come_one_by_one() -> None:
    assert Classification(range(3)).names == ("0", "1", "2")
    assert Classification(iter(["ham", "spam"])).names == ("ham", "spam")  # type: ignore[arg-type]  # any iterable
