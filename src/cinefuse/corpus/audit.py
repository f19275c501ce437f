"""What is in a corpus: sizes, genres, lengths, and what is missing, unreadable or there twice.

`describe_corpus` decodes every poster once, for it cannot know otherwise which are damaged or identical.
"""

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import count

import numpy as np
from pydantic import BaseModel, ConfigDict

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import PosterError
from cinefuse.corpus.record import Corpus, missing_genres
from cinefuse.progress import track

SHORT_PLOT_WORDS = 10  # a plot of fewer words is reported as too short
MOST_BINS = 40  # of the histogram of plot lengths
COUNTED_HERE = {"poster missing", "plot missing"}  # among a source's counts, and counted anew here


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GenreDescription(_Record):
    """One genre. `share` is of all movies, from 0 to 1; `by_split` holds split -> number of movies."""

    movies: int
    share: float
    by_split: dict[str, int]


class Lengths(_Record):
    """Words a plot."""

    min: int
    median: float
    mean: float
    p95: float
    max: int


class Histogram(_Record):
    """How many plots are how long.

    Attributes:
        edges: (bins + 1), in words, evenly apart; a bin holds plots from its left edge to below its right.
        counts: (bins,), plots in each.
        longer: plots of the last edge or more.
    """

    edges: list[int]
    counts: list[int]
    longer: int


class Duplicates(_Record):
    """Movies that have something in common that should be their own.

    Attributes:
        movies: how many share it with another movie.
        across_splits: how many of those share it with a movie of another split: what leaks.
        examples: the ids of the first few groups.
    """

    movies: int
    across_splits: int
    examples: list[list[str]]


class CorpusDescription(_Record):
    """What `cinefuse corpus describe` says and `--json` writes.

    Attributes:
        imbalance: movies of the most frequent genre to those of the rarest that occurs.
        genres_a_movie: the mean number.
        movies_with_genres: number of genres -> number of movies.
        co_occurrence: movies with both genres; rows and columns in the order of `genres`.
        plot_words: None where no movie has a plot.
        plot_lengths: likewise.
        posters: "missing" and, by reason, those that cannot be decoded -> number of movies.
        plots: "missing" and "shorter than 10 words" -> number of movies.
        duplicates: "posters" (identical pixels), "plots" (identical words). No two movies of a corpus
            share an id: "duplicate id" and "movie in two splits" are among what was skipped.
        skipped: what the source's reader and the rules left out, by reason, but for what `posters` and
            `plots` count already.
    """

    name: str
    plot_rule: str
    split_rule: str
    movies: int
    splits: dict[str, int]
    genres: dict[str, GenreDescription]
    imbalance: float | None
    genres_a_movie: float
    movies_with_genres: dict[int, int]
    co_occurrence: list[list[int]]
    plot_words: Lengths | None
    plot_lengths: Histogram | None = None
    posters: dict[str, int]
    plots: dict[str, int]
    duplicates: dict[str, Duplicates]
    skipped: dict[str, int]
    notes: list[str]


def describe_corpus(corpus: Corpus) -> CorpusDescription:
    """Counts everything that can be counted in a corpus."""
    movies = [(split, movie) for split, members in corpus.splits.items() for movie in members]
    total = len(movies)
    labels = _label_matrix([movie for _, movie in movies], corpus.genres)
    posters: Counter[str] = Counter(missing=0)
    poster_keys = [_poster_key(movie, posters) for _, movie in track(movies, "describing", total)]
    words = [len(movie.plot.split()) for _, movie in movies if movie.plot is not None]
    counts = labels.sum(axis=0)
    occurring = counts[counts > 0]
    return CorpusDescription(
        name=corpus.name,
        plot_rule=corpus.plot_rule,
        split_rule=corpus.split_rule,
        movies=total,
        splits={split: len(members) for split, members in corpus.splits.items()},
        genres=_describe_genres(corpus, total),
        imbalance=float(occurring.max() / occurring.min()) if occurring.size else None,
        genres_a_movie=float(labels.sum() / total) if total else 0.0,
        movies_with_genres=dict(sorted(Counter(map(int, labels.sum(axis=1))).items())),
        co_occurrence=(labels.T @ labels).tolist(),
        plot_words=_lengths(words),
        plot_lengths=_histogram(words),
        posters=dict(posters),
        plots={
            "missing": total - len(words),
            f"shorter than {SHORT_PLOT_WORDS} words": sum(number < SHORT_PLOT_WORDS for number in words),
        },
        duplicates={
            "posters": _duplicates(movies, poster_keys),
            "plots": _duplicates(movies, [_plot_key(movie) for _, movie in movies]),
        },
        skipped={reason: count for reason, count in corpus.skipped.items() if reason not in COUNTED_HERE},
        notes=list(dict.fromkeys((*corpus.notes, *missing_genres(corpus)))),
    )


def _label_matrix(
    movies: Sequence[Movie], genres: Sequence[str]
) -> "np.ndarray[tuple[int, int], np.dtype[np.int64]]":
    """(movies, genres), 1 where the movie has the genre."""
    labels = np.zeros((len(movies), len(genres)), dtype=np.int64)
    column = {genre: index for index, genre in enumerate(genres)}
    for row, movie in enumerate(movies):
        labels[row, [column[genre] for genre in movie.genres]] = 1
    return labels


def _describe_genres(corpus: Corpus, total: int) -> dict[str, GenreDescription]:
    by_split = {split: corpus.count(split) for split in corpus.splits}
    described = {}
    for genre in corpus.genres:
        counts = {split: genre_counts[genre] for split, genre_counts in by_split.items()}
        number = sum(counts.values())
        described[genre] = GenreDescription(
            movies=number, share=number / total if total else 0.0, by_split=counts
        )
    return described


def _lengths(words: Sequence[int]) -> Lengths | None:
    if not words:
        return None
    return Lengths(
        min=min(words),
        median=statistics.median(words),
        mean=statistics.fmean(words),
        p95=float(np.percentile(words, 95)),
        max=max(words),
    )


def _histogram(words: Sequence[int]) -> Histogram | None:
    """About 20 to 40 bins of a round width that hold 99 of 100 plots."""
    if not words:
        return None
    nearly_all = max(1.0, float(np.percentile(words, 99)))
    width = next(width for width in _round_numbers() if nearly_all / width < MOST_BINS)
    edges = width * np.arange(int(nearly_all // width) + 2)
    counts, _ = np.histogram([number for number in words if number < edges[-1]], bins=edges)
    return Histogram(
        edges=edges.tolist(),
        counts=counts.tolist(),
        longer=sum(number >= edges[-1] for number in words),
    )


def _round_numbers() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50, ..."""
    for power in count():
        yield from (digit * 10**power for digit in (1, 2, 5))


def _poster_key(movie: Movie, posters: Counter[str]) -> bytes | None:
    """A digest of the pixels; None, counted in `posters`, where there are none."""
    if movie.poster is None:
        posters["missing"] += 1
        return None
    try:
        pixels = movie.poster.pixels(256)
    except PosterError as error:
        posters[error.reason] += 1
        return None
    return blake2b(
        str(pixels.shape).encode() + np.ascontiguousarray(pixels).tobytes(), digest_size=16
    ).digest()


def _plot_key(movie: Movie) -> bytes | None:
    """A digest of the plot's words, whatever stands between them."""
    if movie.plot is None:
        return None
    return blake2b(" ".join(movie.plot.split()).encode(), digest_size=16).digest()


def _duplicates(movies: Sequence[tuple[str, Movie]], keys: Iterable[bytes | None]) -> Duplicates:
    groups: dict[bytes, list[tuple[str, str]]] = {}
    for (split, movie), key in zip(movies, keys, strict=True):
        if key is not None:
            groups.setdefault(key, []).append((split, movie.id))
    shared = [group for group in groups.values() if len(group) > 1]
    across = [group for group in shared if len({split for split, _ in group}) > 1]
    within = [group for group in shared if group not in across]
    return Duplicates(
        movies=sum(map(len, shared)),
        across_splits=sum(map(len, across)),
        examples=[[movie_id for _, movie_id in group] for group in (across + within)[:5]],
    )
