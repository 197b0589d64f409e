"""The draw: which samples become golden, at random and before anything is asked."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from nbloop.errors import DataError
from nbloop.schema import Draw
from nbloop.snapshot import digests


def draw(
    keys: list[str],
    digested: np.ndarray,
    share: float,
    seed: int,
    *,
    by: str = "",
    codes: np.ndarray | None = None,
    part: str = "random",
    free: np.ndarray | None = None,
) -> Draw:
    """Draw a random sample of ``round(share * n)`` keys, given with their digests.

    Each key has a lot that depends on `seed` and nothing else; the lowest lots are drawn. So the order of the source
    does not matter, and `draw_more` can go on when it has grown.

    Parameters
    ----------
    keys : list of str
        All samples.
    digested : ndarray of uint64, shape (n,)
        Digests of the keys.
    share : float
        How much is drawn, between 0 and 1.
    seed : int
        Decides the lots.
    by : str
        ``"stratify:..."``, ``"group:..."`` or ``"time:..."``; a plain draw when empty.
    codes : ndarray of shape (n,), optional
        The column of `by` as codes.
    part : str
        What is drawn.
    free : ndarray of bool, shape (n,), optional
        What may be drawn; all by default.

    Raises
    ------
    DataError
        The share is not between 0 and 1, or so near to an end that nothing is drawn or nothing is left.
    """
    name = "holdout" if part == "final" else "golden"
    if not 0 < share < 1:
        raise DataError(
            f"{name}= is a share between 0 and 1, verified samples as {{id: label}}, or None; found {share:g}."
        )
    size, free = round(share * len(keys)), np.ones(len(keys), bool) if free is None else free
    if not 0 < size < free.sum():
        raise DataError(
            f"{name}={share} of {len(keys)} samples is {size} of them, but some must be golden and some left to ask. "
            f"Give more samples, another share, or {name}=None."
        )
    order = np.argsort(lots(digested, _salt(seed, part)), kind="stable")
    order = order[free[order]]
    chosen = _by(by, order, codes, share, size) if codes is not None else order[:size]
    return Draw(tuple(keys[place] for place in sorted(chosen.tolist())), share, seed, part, by)


def _by(by: str, order: np.ndarray, codes: np.ndarray, share: float, size: int) -> np.ndarray:
    """Return what is drawn of `order` (lowest lots first): strata in proportion, whole groups, or the latest."""
    way = by.partition(":")[0]
    if way == "time":
        return order[np.argsort(-codes[order], kind="stable")][:size]
    values = codes[order]
    if way == "stratify":
        return np.concatenate([_largest(order[values == value], share) for value in np.unique(values)])
    groups = values[np.sort(np.unique(values, return_index=True)[1])]  # by the lowest lot of each
    sizes = np.cumsum([(values == group).sum() for group in groups])
    return order[np.isin(values, groups[: max(1, int(np.searchsorted(sizes, size + 0.5)))])]


def _largest(places: np.ndarray, share: float) -> np.ndarray:
    return places[: max(1, round(share * len(places)))] if len(places) > 1 else places[:0]


def draw_more(keys: list[str], digested: np.ndarray, earlier: Draw, codes: np.ndarray | None = None) -> tuple[str, ...]:
    """Return the keys that are drawn now: those drawn, and those that joined later and have the same luck.

    A key whose lot is below the highest one drawn, and that was not drawn then, was not there. A group is drawn whole
    also when it grows; by time nothing is added, as what joins is always the latest.
    """
    way, drawn = earlier.by.partition(":")[0], set(earlier.samples)
    if way == "time" or not drawn:
        return earlier.samples
    if codes is not None:
        inside = np.array([key in drawn for key in keys])
        if way == "group":
            return tuple(keys[place] for place in np.flatnonzero(np.isin(codes, codes[inside])).tolist())
        strata = [draw_more([keys[p] for p in at], digested[at], _only(earlier, [keys[p] for p in at]))
                  for at in (np.flatnonzero(codes == code) for code in np.unique(codes))]  # fmt: skip
        return tuple(key for stratum in strata for key in stratum)
    salt = _salt(earlier.seed or 0, earlier.part)
    highest = lots(digests(earlier.samples), salt).max()
    below = np.flatnonzero(lots(digested, salt) <= highest).tolist()
    return tuple(keys[place] for place in below)


def _only(earlier: Draw, keys: list[str]) -> Draw:
    return Draw(tuple(set(keys) & set(earlier.samples)), earlier.share, earlier.seed, earlier.part)


def _salt(seed: int, part: str) -> int | str:
    return seed if part == "random" else f"{part} {seed}"


def lots(digested: np.ndarray, seed: int | str) -> np.ndarray:
    """Return a number in 0, ..., 2**64 - 1 for each key: SplitMix64 of its digest and the seed (Steele et al. 2014)."""
    lots = digested ^ np.uint64(int.from_bytes(blake2b(str(seed).encode(), digest_size=8).digest(), "little"))
    lots = (lots ^ (lots >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    lots = (lots ^ (lots >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return lots ^ (lots >> np.uint64(31))
