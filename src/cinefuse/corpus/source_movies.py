"""The second pass over a source: the movies that make the corpus, read when they are gone through."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import overload

import numpy as np
from numpy.typing import NDArray

from cinefuse.corpus.movie import Fault, Movie, SourceMovie
from cinefuse.corpus.record import CorpusRules
from cinefuse.corpus.survey import NOWHERE, PLACES
from cinefuse.errors import CorpusError


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which movies of a source make the corpus, and where they stand in it.

    Attributes:
        entries: of the source; gone through again every time.
        keys: (M,) int64, by which its M movies are known again.
        places: (M,) int8, of each one's split in `PLACES`; `NOWHERE` for those that are left out.
    """

    source: str
    entries: Iterable[SourceMovie | Fault]
    rules: CorpusRules
    genres: tuple[str, ...]
    keys: NDArray[np.int64]
    places: NDArray[np.int8]

    def movies(self) -> Iterator[tuple[str, Movie]]:
        """Each with its split, in the source's order.

        Raises:
            CorpusError: if the source holds other movies than when they were chosen.
        """
        row = 0
        for entry in self.entries:
            if isinstance(entry, Fault):
                continue
            if row == len(self.keys) or hash(entry.id) != self.keys[row]:
                raise self._changed()
            place = int(self.places[row])
            row += 1
            if place != NOWHERE:
                yield PLACES[place], self._movie(entry)
        if row != len(self.keys):
            raise self._changed()

    def _movie(self, entry: SourceMovie) -> Movie:
        own = set(entry.genres)
        return Movie(
            id=entry.id,
            plot=self.rules.plot_of(entry),
            poster=entry.poster,
            genres=tuple(genre for genre in self.genres if genre in own),
            title=entry.title,
            year=entry.year,
            director=entry.director,
            cast=entry.cast,
        )

    def _changed(self) -> CorpusError:
        return CorpusError(f"{self.source}: it changed while it was read; try again when it is at rest")


class SourceMovies(Sequence[Movie]):
    """One split of a source that stays where it is: for going through.

    One movie by its index is found by reading all that come before it.

    Args:
        read: goes through all splits.
        split: that is meant.
        size: how many movies it has.
    """

    def __init__(self, read: Callable[[], Iterator[tuple[str, Movie]]], split: str, size: int) -> None:
        self._read, self._split, self._size = read, split, size

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Movie]:
        return (movie for split, movie in self._read() if split == self._split)

    @overload
    def __getitem__(self, index: int) -> Movie: ...
    @overload
    def __getitem__(self, index: slice) -> list[Movie]: ...
    def __getitem__(self, index: int | slice) -> Movie | list[Movie]:
        if isinstance(index, slice):
            return list(self)[index]
        if not -self._size <= index < self._size:
            raise IndexError(index)
        return next(islice(self, index % self._size, None))
