"""The genres that a corpus uses, of the movies of a source, before any of them is read again."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cinefuse.corpus.survey import PLACES, Survey


class Labels:
    """M movies and which of the G genres they have.

    Attributes:
        matrix: (M, G) bool, whether the movie has the genre.
    """

    def __init__(self, found: Survey, genres: Sequence[str]) -> None:
        self.genres = genres
        column = {genre: index for index, genre in enumerate(genres)}
        columns = np.array([column.get(name, -1) for name in found.names], dtype=np.int32)[found.mentions]
        rows = np.repeat(np.arange(len(found), dtype=np.int32), found.n_genres)
        used = columns >= 0
        self.matrix: NDArray[np.bool_] = np.zeros((len(found), len(genres)), dtype=bool)
        self.matrix[rows[used], columns[used]] = True

    def any(self) -> NDArray[np.bool_]:
        """(M,) whether the movie has one."""
        has_genre: NDArray[np.bool_] = np.any(self.matrix, axis=1)
        return has_genre

    def counts(self, places: NDArray[np.int8]) -> dict[str, dict[str, int]]:
        """Split -> genre -> number of movies, for splits that have any; `places` (M,) are in `PLACES`."""
        counts = {}
        for place, split in enumerate(PLACES):
            if (there := places == place).any():
                of_split = [int(np.count_nonzero(column & there)) for column in self.matrix.T]
                counts[split] = dict(zip(self.genres, of_split, strict=True))
        return counts
