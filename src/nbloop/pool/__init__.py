"""The pool: samples from whatever holds them, each with an id that lasts. Frames and files only; no SQL, no models."""

from __future__ import annotations

from nbloop.pool.pool import Pool, read_pool
from nbloop.pool.sources import Source, read_source

__all__ = ["Pool", "Source", "read_pool", "read_source"]
