"""Content: a sample as the page is told of it; the bytes of images travel beside the message."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

from nbloop.schema import Content, HtmlContent, ImageContent, RowContent, TextContent


def content_of(content: Any, buffers: list[bytes]) -> Content:
    """Return what a person looks at; the bytes of an image are added to `buffers`."""
    if isinstance(content, HtmlContent):
        return content
    if isinstance(content, Image.Image):
        return _image(content, buffers)
    if isinstance(content, dict):
        return RowContent(tuple((str(name), _readable(value)) for name, value in content.items()))
    return TextContent(str(content))


def _image(image: Image.Image, buffers: list[bytes]) -> ImageContent:
    out = BytesIO()
    image.save(out, format="PNG", compress_level=1)  # of a drawing far faster, of a photograph a little
    buffers.append(out.getvalue())
    return ImageContent(len(buffers) - 1, "image/png", image.width, image.height)


def _readable(value: Any) -> str:
    """Numbers with six digits, a missing value as a dash."""
    if value is None or value != value:  # NaN and NaT are the values that differ from themselves
        return "–"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
