"""Training without a part of the training films, so that there are films that a run knows nothing of.

Several runs, each without another part, are cross-fitted: every training film is unseen by one of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.errors import CorpusError
from cinefuse.metrics.held_out import Rows, make_folds

SEED = 0  # of which films are in which part: the same for every run, whatever its own seed


@dataclass(frozen=True, slots=True)
class Fold:
    """One of `count` parts, numbered from 1."""

    number: int
    count: int

    @classmethod
    def parse(cls, given: str) -> Self:
        """From "2/5", as settings have it."""
        number, _, count = given.partition("/")
        return cls(int(number), int(count))

    @classmethod
    def all_of(cls, count: int) -> list[Self]:
        """So many, in their order."""
        return [cls(number, count) for number in range(1, count + 1)]

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def split_off(movies: Sequence[Movie], genres: Sequence[str], fold: Fold) -> tuple[list[Movie], list[Movie]]:
    """The movies without the part, and the part; genres are spread evenly over parts.

    Raises:
        CorpusError: if there are fewer movies than parts.
    """
    if len(movies) < fold.count:
        raise CorpusError(
            f"fold={fold}: {len(movies)} training films cannot be put into {fold.count} parts; "
            f"allowed are up to {len(movies)}"
        )
    targets = np.array([[genre in movie.genres for genre in genres] for movie in movies], dtype=np.bool_)
    kept, left_out = _parts(targets.tobytes(), len(genres), fold.count)[fold.number - 1]
    return [movies[one] for one in kept], [movies[one] for one in left_out]


def training_movies(corpus: Corpus, fold: str | None, *, unpaired: bool) -> Sequence[Movie]:
    """The train split without the part that is left out, and the films without a plot where they are wanted.

    Raises:
        CorpusError: if the corpus has no such films; if there are fewer films than parts.
    """
    movies = corpus.split("train")
    if fold is not None:
        movies, _ = split_off(movies, corpus.genres, Fold.parse(fold))
    return [*movies, *corpus.split("unpaired")] if unpaired else movies


@lru_cache(maxsize=4)
def _parts(targets: bytes, n_genres: int, count: int) -> list[tuple[Rows, Rows]]:
    """Seconds for a large corpus, and asked for again and again."""
    return make_folds(np.frombuffer(targets, dtype=np.bool_).reshape(-1, n_genres), SEED, count)
