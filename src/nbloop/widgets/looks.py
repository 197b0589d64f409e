"""Looks: what samples look like to a page, made once and kept while there is room."""

from __future__ import annotations

from msgspec.structs import replace

from nbloop.schema import Content, ImageContent


class Looks:
    """Contents with the bytes of their images, by key; when there is no room, those go that were shown longest ago.

    Parameters
    ----------
    most : int
        How many are kept.
    room : int
        How many bytes of images are kept.

    Examples
    --------
    >>> looks, buffers = Looks(), [b"another"]
    >>> looks.add("a", ImageContent(0, "image/png", 2, 1), [b"pixels"])
    >>> looks.show("a", buffers).buffer, buffers
    (1, [b'another', b'pixels'])
    """

    def __init__(self, most: int = 256, room: int = 64 << 20) -> None:
        self._most, self._room = most, room
        self._kept: dict[str, tuple[Content, list[bytes]]] = {}

    def keys(self) -> frozenset[str]:
        """Return the keys of what is kept."""
        return frozenset(self._kept)

    def add(self, key: str, content: Content, images: list[bytes]) -> None:
        """Keep what a sample looks like, until `tidy` finds no room for it."""
        self._kept[key] = content, images

    def show(self, key: str, buffers: list[bytes]) -> Content | None:
        """Return a content that is kept, and add its images to `buffers`; None where it is not."""
        if key not in self._kept:
            return None
        content, images = self._kept[key] = self._kept.pop(key)
        if isinstance(content, ImageContent):
            content = replace(content, buffer=len(buffers))
        buffers.extend(images)
        return content

    def tidy(self) -> None:
        """Let go of what there is no room for."""
        sizes = {key: sum(map(len, images)) for key, (_, images) in self._kept.items()}
        left, size = len(sizes), sum(sizes.values())
        for key, one in sizes.items():
            if left <= self._most and size <= self._room:
                return
            del self._kept[key]
            left, size = left - 1, size - one
