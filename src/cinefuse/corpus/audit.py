"""What is in a corpus: sizes, genres, lengths, and what is missing, unreadable or there twice.

`describe_corpus` decodes every poster once, for it cannot know otherwise which are damaged or identical.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import count

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from cinefuse.corpus.record import Corpus, missing_genres
from cinefuse.corpus.shared_keys import shared_keys
from cinefuse.corpus.tally import Tally

SHORT_PLOT_WORDS = 10  # a plot of fewer words is reported as too short
MOST_BINS = 40  # of the histogram of plot lengths
SHOWN_GROUPS, SHOWN_IDS = 5, 20  # of movies that have something in common
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
        examples: the ids of the first few groups, of each the first few.
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
        people: "director" and "cast" -> number of movies that name any; None in a record of an
            earlier version.
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
    people: dict[str, int] | None = None
    plots: dict[str, int]
    duplicates: dict[str, Duplicates]
    skipped: dict[str, int]
    notes: list[str]


def describe_corpus(corpus: Corpus) -> CorpusDescription:
    """Counts everything that can be counted in a corpus, in one pass over it."""
    tally = Tally(corpus)
    by_split = {
        split: {genre: found[genre] for genre in corpus.genres} for split, found in tally.genres.items()
    }
    counts = [sum(of_split[genre] for of_split in tally.genres.values()) for genre in corpus.genres]
    occurring = [number for number in counts if number]
    labels = sum(number * movies for number, movies in tally.movies_with_genres.items())
    return CorpusDescription(
        name=corpus.name,
        plot_rule=corpus.plot_rule,
        split_rule=corpus.split_rule,
        movies=tally.total,
        splits=tally.sizes,
        genres=_describe_genres(corpus, tally),
        imbalance=max(occurring) / min(occurring) if occurring else None,
        genres_a_movie=labels / tally.total if tally.total else 0.0,
        movies_with_genres=dict(sorted(tally.movies_with_genres.items())),
        co_occurrence=tally.together.tolist(),
        plot_words=_lengths(tally.words),
        plot_lengths=_histogram(tally.words),
        posters=dict(tally.posters),
        people=dict(tally.people),
        plots={
            "missing": tally.total - tally.words.total(),
            f"shorter than {SHORT_PLOT_WORDS} words": sum(
                plots for words, plots in tally.words.items() if words < SHORT_PLOT_WORDS
            ),
        },
        duplicates={
            "posters": _duplicates(tally, tally.poster_keys),
            "plots": _duplicates(tally, tally.plot_keys),
        },
        skipped={reason: count for reason, count in corpus.skipped.items() if reason not in COUNTED_HERE},
        notes=list(dict.fromkeys((*corpus.notes, *missing_genres(by_split)))),
    )


def _describe_genres(corpus: Corpus, tally: Tally) -> dict[str, GenreDescription]:
    described = {}
    for genre in corpus.genres:
        by_split = {split: counts[genre] for split, counts in tally.genres.items()}
        number = sum(by_split.values())
        described[genre] = GenreDescription(
            movies=number, share=number / tally.total if tally.total else 0.0, by_split=by_split
        )
    return described


def _lengths(words: Counter[int]) -> Lengths | None:
    if not words:
        return None
    return Lengths(
        min=min(words),
        median=_percentile(words, 50),
        mean=sum(length * plots for length, plots in words.items()) / words.total(),
        p95=_percentile(words, 95),
        max=max(words),
    )


def _percentile(words: Counter[int], share: float) -> float:
    """As NumPy's, of so many plots of so many words."""
    lengths = np.array(sorted(words))
    behind = np.cumsum([words[length] for length in lengths.tolist()])  # plots up to that length
    place = (words.total() - 1) * share / 100
    lower, upper = (
        lengths[np.searchsorted(behind, int(round_(place)), side="right")] for round_ in (np.floor, np.ceil)
    )
    return float(lower + (upper - lower) * (place % 1))


def _histogram(words: Counter[int]) -> Histogram | None:
    """About 20 to 40 bins of a round width that hold 99 of 100 plots."""
    if not words:
        return None
    nearly_all = max(1.0, _percentile(words, 99))
    width = next(width for width in _round_numbers() if nearly_all / width < MOST_BINS)
    edges = width * np.arange(int(nearly_all // width) + 2)
    lengths, plots = np.array(list(words)), np.array(list(words.values()))
    longer = lengths >= edges[-1]
    counts, _ = np.histogram(lengths[~longer], bins=edges, weights=plots[~longer])
    return Histogram(
        edges=edges.tolist(), counts=counts.astype(int).tolist(), longer=int(plots[longer].sum())
    )


def _round_numbers() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50, ..."""
    for power in count():
        yield from (digit * 10**power for digit in (1, 2, 5))


def _duplicates(tally: Tally, keys: NDArray[np.uint64]) -> Duplicates:
    found = shared_keys(keys, tally.split_numbers, SHOWN_GROUPS, SHOWN_IDS)
    return Duplicates(
        movies=found.movies,
        across_splits=found.across_splits,
        examples=[[tally.id_of(row) for row in rows] for rows in found.groups],
    )
