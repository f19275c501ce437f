"""Which movies share a key, in little more memory than the keys themselves take."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NONE = 0  # the key of what is not there
PARTS = 16  # of the keys, sorted one after the other
AT_ONCE = 1 << 16  # keys that are looked through for those of a part


@dataclass(frozen=True, slots=True)
class SharedKeys:
    """Movies that have a key in common with another one.

    Attributes:
        movies: how many.
        across_splits: how many of those share it with a movie of another split.
        groups: rows of the first few groups, those across splits before the others; of each the first few.
    """

    movies: int
    across_splits: int
    groups: list[list[int]]


def shared_keys(
    keys: NDArray[np.uint64], split_numbers: NDArray[np.int8], n_groups: int, n_rows: int
) -> SharedKeys:
    """Of keys (movies,) and the places of their splits (movies,).

    Args:
        keys: evenly spread, as digests are; `NONE` shares with nothing.
        split_numbers: of each movie.
        n_groups: the most groups to tell.
        n_rows: the most rows of a group to tell.
    """
    movies, across_splits = 0, 0
    groups: list[tuple[bool, list[int]]] = []
    for rows, starts, sizes in _groups(keys):
        splits = split_numbers[rows]
        within = np.minimum.reduceat(splits, starts) == np.maximum.reduceat(splits, starts)
        several = sizes > 1
        movies += int(sizes[several].sum())
        across_splits += int(sizes[several & ~within].sum())
        # a stable sort leaves the first row of each group in front
        of_interest = np.flatnonzero(several)
        of_interest = of_interest[np.lexsort((rows[starts[of_interest]], within[of_interest]))][:n_groups]
        groups += [
            (bool(within[one]), rows[starts[one] : starts[one] + min(sizes[one], n_rows)].tolist())
            for one in of_interest
        ]
    first = sorted(groups, key=lambda group: (group[0], group[1][0]))[:n_groups]
    return SharedKeys(movies, across_splits, [rows for _, rows in first])


Group = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def _groups(keys: NDArray[np.uint64]) -> Iterator[Group]:
    """Part by part: rows sorted by key, where in them each key begins, and how many rows have it."""
    for part in range(PARTS):
        rows = _rows_of(part, keys)
        rows = rows[np.argsort(keys[rows], kind="stable")]
        if len(rows):
            starts = np.flatnonzero(np.diff(keys[rows], prepend=np.uint64(NONE)))
            yield rows, starts, np.diff(starts, append=len(rows))


def _rows_of(part: int, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Its rows, in order."""
    found = [np.empty(0, dtype=np.int64)]
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        found.append(start + np.flatnonzero((some % PARTS == part) & (some != NONE)))
    return np.concatenate(found)
