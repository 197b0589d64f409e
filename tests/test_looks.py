"""What samples look like, kept while there is room."""

from __future__ import annotations

from nbloop.schema import ImageContent, TextContent
from nbloop.widgets.looks import Looks


def test_those_go_first_that_were_shown_longest_ago():
    looks, buffers = Looks(most=2), []
    for key in "ab":
        looks.add(key, TextContent(key), [])
    assert looks.show("a", buffers) == TextContent("a")
    looks.add("c", TextContent("c"), [])
    looks.tidy()
    assert looks.keys() == {"a", "c"}
    assert looks.show("b", buffers) is None


def test_images_are_let_go_until_they_fit_and_one_too_large_with_them():
    looks = Looks(room=10)
    for key, size in (("a", 6), ("b", 6), ("c", 4)):
        looks.add(key, ImageContent(0, "image/png", 1, 1), [b"x" * size])
    assert looks.keys() == {"a", "b", "c"}
    looks.tidy()
    assert looks.keys() == {"b", "c"}
    looks.add("large", ImageContent(0, "image/png", 1, 1), [b"x" * 11])
    looks.tidy()
    assert looks.keys() == frozenset()
