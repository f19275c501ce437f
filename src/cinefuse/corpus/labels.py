"""The genres that a corpus uses, of the movies of a source, before any of them is read again."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cinefuse.corpus.survey import PLACES, Survey


class Labels:
    """M movies and which of the G genres they have.

    Attributes:
        unused: (mentions,) bool, whether it is of a genre that is not used; as `Survey.mentions`.
    """

    def __init__(self, found: Survey, genres: Sequence[str]) -> None:
        self.genres = genres
        self._n_movies = len(found)
        column = {genre: index for index, genre in enumerate(genres)}
        columns = np.array([column.get(name, -1) for name in found.names], dtype=np.int32)[found.mentions]
        self.unused: NDArray[np.bool_] = columns < 0
        self._movies, self._columns = found.movies[~self.unused], columns[~self.unused]

    def any(self) -> NDArray[np.bool_]:
        """(M,) whether the movie has one."""
        has_genre = np.zeros(self._n_movies, dtype=bool)
        has_genre[self._movies] = True
        return has_genre

    def matrix(self, which: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(movies of `which`, G) whether the movie has the genre; `which` is (M,)."""
        labels = np.zeros((int(which.sum()), len(self.genres)), dtype=bool)
        row = np.cumsum(which, dtype=np.int32) - 1
        meant = which[self._movies]
        labels[row[self._movies[meant]], self._columns[meant]] = True
        return labels

    def counts(self, places: NDArray[np.int8]) -> dict[str, dict[str, int]]:
        """Split -> genre -> number of movies, for splits that have any; `places` (M,) are in `PLACES`."""
        counts = {}
        for place, split in enumerate(PLACES):
            if (places == place).any():
                there = np.bincount(self._columns[places[self._movies] == place], minlength=len(self.genres))
                counts[split] = dict(zip(self.genres, there.tolist(), strict=True))
        return counts
