"""The genres that a corpus uses, of the movies of a source, before any of them is read again."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from cinefuse.corpus.survey import PLACES, Survey

MOVIES_AT_ONCE = 1 << 16  # whose genres are looked at, a few bytes each


class Labels:
    """M movies and which of the G genres they have."""

    def __init__(self, found: Survey, genres: Sequence[str]) -> None:
        self.genres = genres
        self._found = found
        column = {genre: index for index, genre in enumerate(genres)}
        self._column_of = np.array([column.get(name, -1) for name in found.names], dtype=np.int64)

    def any(self) -> NDArray[np.bool_]:
        """(M,) whether the movie has one."""
        has_genre = np.zeros(len(self._found), dtype=bool)
        for some, rows, _ in self._portions():
            has_genre[some][rows] = True
        return has_genre

    def matrix(self, which: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(movies of `which`, G) whether the movie has the genre; `which` is (M,)."""
        labels = np.zeros((np.count_nonzero(which), len(self.genres)), dtype=bool)
        before = 0
        for some, rows, columns in self._portions():
            meant = which[some]
            place = before + np.cumsum(meant) - 1
            labels[place[rows[meant[rows]]], columns[meant[rows]]] = True
            before += int(np.count_nonzero(meant))
        return labels

    def counts(self, places: NDArray[np.int8]) -> dict[str, dict[str, int]]:
        """Split -> genre -> number of movies, for splits that have any; `places` (M,) are in `PLACES`."""
        there = np.zeros((len(PLACES), len(self.genres)), dtype=np.int64)
        for some, rows, columns in self._portions():
            place = places[some][rows]
            used = place >= 0
            np.add.at(there, (place[used], columns[used]), 1)
        return {
            split: dict(zip(self.genres, there[place].tolist(), strict=True))
            for place, split in enumerate(PLACES)
            if (places == place).any()
        }

    def _portions(self) -> Iterator[tuple[slice, NDArray[np.int64], NDArray[np.int64]]]:
        """Which movies, and of each genre of theirs that is used: whose it is among them, and its column."""
        first = 0
        for start in range(0, len(self._found), MOVIES_AT_ONCE):
            some = slice(start, start + MOVIES_AT_ONCE)
            n_genres = self._found.n_genres[some]
            last = first + int(n_genres.sum())
            columns = self._column_of[self._found.mentions[first:last]]
            used = columns >= 0
            yield some, np.repeat(np.arange(len(n_genres)), n_genres)[used], columns[used]
            first = last
