"""The draw: which samples become golden, at random and before anything is asked."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from nbloop.errors import DataError
from nbloop.schema import Draw
from nbloop.snapshot import digests


def draw(keys: list[str], digested: np.ndarray, share: float, seed: int) -> Draw:
    """Draw a simple random sample of ``round(share * n)`` keys, given with their digests.

    Each key has a lot that depends on `seed` and nothing else; the lowest lots are drawn. So the order of the source
    does not matter, and `draw_more` can go on when it has grown.

    Raises
    ------
    DataError
        The share is not between 0 and 1, or so near to an end that nothing is drawn or nothing is left.
    """
    if not 0 < share < 1:
        raise DataError(f"golden= is a share between 0 and 1, or verified samples as {{id: label}}; found {share!r}.")
    size = round(share * len(keys))
    if not 0 < size < len(keys):
        raise DataError(
            f"golden={share} of {len(keys)} samples is {size} of them, but some must be golden and some left to ask. "
            "Give more samples, another share, or golden=None."
        )
    order = np.argsort(lots(digested, seed), kind="stable")
    drawn = [keys[place] for place in sorted(order[:size].tolist())]
    return Draw(tuple(drawn), share, seed)


def draw_more(keys: list[str], digested: np.ndarray, earlier: Draw) -> tuple[str, ...]:
    """Return the keys that are golden now: those drawn, and those that joined later and have the same luck.

    A key whose lot is below the highest one drawn, and that was not drawn then, was not there.
    """
    seed = earlier.seed or 0
    highest = lots(digests(earlier.samples), seed).max()
    below = np.flatnonzero(lots(digested, seed) <= highest).tolist()
    return tuple(keys[place] for place in below)


def lots(digested: np.ndarray, seed: int | str) -> np.ndarray:
    """Return a number in 0, ..., 2**64 - 1 for each key: SplitMix64 of its digest and the seed (Steele et al. 2014)."""
    lots = digested ^ np.uint64(int.from_bytes(blake2b(str(seed).encode(), digest_size=8).digest(), "little"))
    lots = (lots ^ (lots >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    lots = (lots ^ (lots >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return lots ^ (lots >> np.uint64(31))
