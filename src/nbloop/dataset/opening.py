"""Opening: what a journal lacks before the first question, and what a person should know by then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from hashlib import blake2b

import msgspec
import numpy as np

from nbloop.dataset.draw import draw, draw_more
from nbloop.dataset.fold import Fold
from nbloop.dataset.golden import Golden, column_codes
from nbloop.dataset.near import near_duplicates
from nbloop.dataset.truth import labels_of
from nbloop.errors import DataError, TaskError, warn_of_data
from nbloop.pool import Pool
from nbloop.schema import Action, Annotate, Classification, Define, Draw

REMEMBER = 2000
"""That there are no near-duplicates is remembered of pools this large: to look again would take long."""


def opening(
    fold: Fold,
    pool: Pool,
    task: Classification,
    *,
    golden: Golden,
    truth: dict[str, str],
    seed: int,
    holdout: float | None = None,
) -> list[Action]:
    """Return the actions that bring a journal to what the user asks for now; none when it is there already.

    Raises
    ------
    TaskError
        The task lacks labels that annotations use.
    DataError, UnknownSample, UnknownLabel
        `golden` is neither a share nor verified samples of this pool, or leaves nothing to ask.
    """
    verified: dict[str, str] = {}
    if golden.given is not None:
        given = {pool.keys[pool.position(id)]: label for id, label in golden.given.items()}
        verified = labels_of(given.items(), task)
        drawn = _given(given, fold.golden)
    else:
        drawn = _drawn(golden.share, fold, pool, seed, by=golden.by)
    keys = fold.golden | {key for one in drawn for key in one.samples}
    drawn += _drawn(holdout, fold, pool, seed, by=golden.by, part="final", taken=keys)
    keys |= {key for one in drawn for key in one.samples}
    if len(keys.intersection(pool.keys)) == len(pool):
        raise DataError(f"all {len(pool)} samples are golden, and none is left to ask. Give more samples.")
    near = near_draw(fold.noted_draws("near"), pool, fold.key_digests, keys, golden.near) if keys else []
    return [*_define(fold, task), *drawn, *near, *_verify(fold, keys, {**truth, **verified})]


def _define(fold: Fold, task: Classification) -> list[Action]:
    names = frozenset(task.names)
    if lost := Counter(said.value for event, said in fold.strange(names) if fold.counts_now(event)):
        used = ", ".join(f"{name!r} ({n})" for name, n in lost.most_common(5))
        raise TaskError(
            f"the store has annotations with labels that the task lacks: {used}. Keep these labels in the task, "
            "or choose another store= for another task."
        )
    head = fold.lineage.head
    return [] if fold.task == task else [Define(task, base=head.id if head else "")]


def _given(keys: Collection[str], golden: set[str]) -> list[Draw]:
    new = tuple(key for key in keys if key not in golden)
    return [Draw(new)] if new else []


def _drawn(
    share: float | None,
    fold: Fold,
    pool: Pool,
    seed: int,
    *,
    by: str,
    part: str = "random",
    taken: Collection[str] = (),
) -> list[Draw]:
    if share is None:
        return []
    drawn = [one for one in fold.noted_draws(part) if one.share is not None]
    free = np.array([key not in taken for key in pool.keys])
    if not drawn:
        codes = column_codes(pool, by) if by else None
        share = float(share)
        return [draw(pool.keys, fold.key_digests, share, seed, by=by, codes=codes, part=part, free=free)]
    earlier, name = drawn[0], "golden" if part == "random" else "holdout"
    if earlier.share != share:
        warn_of_data(
            f"the {name} set of this store was drawn with the share {earlier.share}, which stays; "
            f"{name}={share} is not applied. Choose another store= to draw anew."
        )
    everyone = msgspec.structs.replace(earlier, samples=tuple(key for one in drawn for key in one.samples))
    codes = column_codes(pool, earlier.by) if earlier.by else None
    now = draw_more(pool.keys, fold.key_digests, everyone if earlier.by else earlier, codes)
    new = tuple(key for key in now if key not in fold.golden and key not in taken)
    return [Draw(new, earlier.share, earlier.seed, part, earlier.by)] if new else []


def near_draw(
    drawn: list[Draw], pool: Pool, digested: np.ndarray, golden: set[str], threshold: float | None
) -> list[Draw]:
    """Return the near-duplicates of golden samples as a draw, unless they were looked for among the same samples."""
    places = np.array([pool.position(key) for key in sorted(golden) if key in pool], dtype=np.intp)
    among = blake2b(np.sort(digested).tobytes() + np.sort(digested[places]).tobytes(), digest_size=8).hexdigest()
    if threshold is None or not len(places) or any(one.by == among for one in drawn):
        return []
    known = {key for one in drawn for key in one.samples}
    near = near_duplicates(pool, places, threshold)
    if 2 * len(near) > len(pool) - len(places):
        warn_of_data(
            f"{len(near)} of {len(pool) - len(places)} samples are near-duplicates of golden ones: too many to do "
            "without, so they are asked, and learned but for those that equal one; the golden set flatters the model."
        )
        return []
    new = tuple(pool.keys[place] for place in near if pool.keys[place] not in known)
    if new:
        warn_of_data(
            f"{len(new)} of {len(pool) - len(places)} samples are near-duplicates of golden ones, first "
            f"{pool.id_of(new[0])!r}: they are neither asked nor learned, or the golden set would flatter "
            "the model. nbloop.Golden(..., near=None) lets them be."
        )
    return [Draw(new, part="near", by=among)] if new or len(pool) > REMEMBER else []


def _verify(fold: Fold, golden: set[str], truth: dict[str, str]) -> list[Action]:
    """Return what the truth says of golden samples, and has not said yet."""
    standing = [said for event, said in fold.known() if fold.counts_now(event)]
    known = {said.sample: said.value for said in standing}
    return [Annotate(key, truth[key]) for key in sorted(golden & truth.keys()) if known.get(key) != truth[key]]


def warn(fold: Fold, actions: list[Action], task: Classification, truth: dict[str, str], store: str) -> None:
    """Say what a person should know of a dataset that is being opened with `actions`."""
    _warn_of_missing(fold, store)
    golden = fold.golden | {
        key for one in actions if isinstance(one, Draw) if one.part != "near" for key in one.samples
    }
    drawn = golden - fold.golden
    if drawn and (labelled := len(drawn & fold.answered())):
        warn_of_data(f"{labelled} samples labelled before become golden: they measure the model and train it no more.")
    if len(set(truth.values())) == 1:
        warn_of_data(f"truth= knows one class only, {next(iter(truth.values()))!r}: nothing can be learned from it.")
    draws = [one for one in [*fold.draws, *actions] if isinstance(one, Draw) and one.part == "random"]
    given = any(draw.share is None for draw in draws)
    now = {one.sample: one.value for one in actions if isinstance(one, Annotate)}
    known = {now.get(key) or truth.get(key) or fold.label(fold.index[key]) for key in golden & fold.index.keys()}
    if known and None not in known and (left_out := set(task.names if given else truth.values()) - known):
        warn_of_data(
            f"the golden set leaves out {', '.join(map(repr, sorted(left_out)))}, so nothing will measure how well "
            "the model knows it. Take a larger share, or give verified samples of it: golden={id: label}."
        )


def _warn_of_missing(fold: Fold, store: str) -> None:
    lost = fold.elsewhere()
    annotated = lost and {said.sample for _, said in fold.annotations()}
    if lost and len(lost) == len(annotated):
        warn_of_data(
            f"none of the {len(annotated)} samples annotated in {store!r} is in this source: the store is probably "
            "another dataset's. Choose another store=; nothing was deleted."
        )
    elif lost:
        warn_of_data(
            f"{len(lost)} of the {len(annotated)} samples annotated in {store!r} are not in this source, first: "
            f"{', '.join(map(repr, lost[:5]))}. Their annotations are kept and train nothing; samples without id= are "
            "named by their content, so a changed text is another sample."
        )
