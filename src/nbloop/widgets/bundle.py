"""Where the built JavaScript and CSS of the widgets lie."""

from __future__ import annotations

from pathlib import Path

from nbloop.errors import MissingExtra

_STATIC = Path(__file__).parent.parent / "static"


def bundle(name: str) -> Path:
    """Return the path of a built file.

    Raises
    ------
    MissingExtra
        The widgets were not built; the message says how.
    """
    path = _STATIC / name
    if not path.exists():
        raise MissingExtra(
            f"the widgets of nbloop are not built: {path} is missing. "
            "In a checkout run `make bundle`; else `pip install --force-reinstall nbloop`."
        )
    return path
