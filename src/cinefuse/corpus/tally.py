"""What one pass over a corpus counts: a few numbers a movie, so that a million of them take little memory."""

from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b

import numpy as np

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import PosterError
from cinefuse.corpus.record import Corpus
from cinefuse.corpus.shared_keys import NONE
from cinefuse.progress import track


class Tally:
    """Every movie of a corpus, split by split, counted.

    A movie's row is its place among all of them. Texts and pixels are known by 64 bits of a digest: of a
    million movies two different ones are taken for the same once in thirty million corpora.

    Attributes:
        sizes: split -> number of movies.
        genres: split -> genre -> number of movies.
        together: (G, G), movies with both genres.
        movies_with_genres: number of genres -> number of movies.
        words: number of words -> number of plots that have so many.
        people: "director", "cast" -> number of movies that name any.
        posters: "missing" and, by reason, those that cannot be decoded -> number of movies.
        plot_keys: (movies,) uint64 of the plot's words, whatever stands between them; `NONE` without a plot.
        poster_keys: (movies,) uint64 of the pixels; likewise.
        split_numbers: (movies,) the place of each movie's split.
    """

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self.sizes = {split: len(movies) for split, movies in corpus.splits.items()}
        self.genres = {split: Counter[str]() for split in corpus.splits}
        self.together = np.zeros((len(corpus.genres), len(corpus.genres)), dtype=np.int64)
        self.movies_with_genres: Counter[int] = Counter()
        self.posters: Counter[str] = Counter(missing=0)
        self.words: Counter[int] = Counter()
        self.people: Counter[str] = Counter(director=0, cast=0)
        # pages of zeros take no memory until something is written to them
        self.plot_keys, self.poster_keys = (np.zeros(self.total, dtype=np.uint64) for _ in range(2))
        self.split_numbers = np.repeat(np.arange(len(self.sizes), dtype=np.int8), list(self.sizes.values()))
        column = {genre: index for index, genre in enumerate(corpus.genres)}
        for row, (split, movie) in enumerate(track(self._movies(), "describing", self.total)):
            self.genres[split].update(movie.genres)
            self.movies_with_genres[len(movie.genres)] += 1
            columns = [column[genre] for genre in movie.genres]
            self.together[np.ix_(columns, columns)] += 1
            if (key := self._poster_key(movie)) != NONE:
                self.poster_keys[row] = key
            self.people.update(director=bool(movie.director), cast=bool(movie.cast))
            if movie.plot is not None:
                words = movie.plot.split()
                self.plot_keys[row] = _key(" ".join(words).encode())
                self.words[len(words)] += 1

    @property
    def total(self) -> int:
        """Number of movies."""
        return sum(self.sizes.values())

    def id_of(self, row: int) -> str:
        """Of the movie in that row."""
        for movies in self._corpus.splits.values():
            if row < len(movies):
                return movies[row].id
            row -= len(movies)
        raise IndexError(row)

    def _movies(self) -> Iterator[tuple[str, Movie]]:
        for split, movies in self._corpus.splits.items():
            for movie in movies:
                yield split, movie

    def _poster_key(self, movie: Movie) -> int:
        """Of the pixels; `NONE`, counted, where there are none."""
        if movie.poster is None:
            self.posters["missing"] += 1
            return NONE
        try:
            pixels = movie.poster.pixels(256)
        except PosterError as error:
            self.posters[error.reason] += 1
            return NONE
        return _key(str(pixels.shape).encode() + np.ascontiguousarray(pixels).tobytes())


def _key(data: bytes) -> int:
    return max(1, int.from_bytes(blake2b(data, digest_size=8).digest(), "big"))
