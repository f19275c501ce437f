"""The films that a bench runs on: a corpus' own, some with plots of MM-IMDb's lengths, or invented ones."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from cinefuse.corpus.corpus import open_corpus
from cinefuse.corpus.movie import Movie
from cinefuse.progress import say

WORDS = 100  # of an invented plot; MM-IMDb's have 107 in the median
MEDIAN_WORDS, SPREAD, LONGEST = 107, 0.6, 1200  # mean 127, 95th percentile 287; MM-IMDb: 124 and 301


def with_long_plots(movies: Sequence[Movie], seed: int = 0) -> list[Movie]:
    """The movies with plots of about MM-IMDb's lengths, made of the words of all of theirs.

    Lengths are log-normal, so that median and 95th percentile are near those of MM-IMDb's 25,959 plots.
    """
    generator = np.random.default_rng(seed)
    words = np.array([word for movie in movies if movie.plot for word in movie.plot.split()])
    lengths = np.exp(np.log(MEDIAN_WORDS) + SPREAD * generator.standard_normal(len(movies)))
    longer = []
    for movie, length in zip(movies, lengths.clip(5, LONGEST).astype(int), strict=True):
        start = int(generator.integers(0, max(1, len(words) - length)))
        plot = " ".join(np.take(words, range(start, start + length), mode="wrap"))
        longer.append(replace(movie, plot=plot) if movie.plot else movie)
    return longer


def invented_films(n_films: int) -> Iterator[Movie]:
    """Films with plots of a hundred words, joined from the embedded catalogue's; the same every time."""
    chance = random.Random(0)
    movies = [movie for movie in open_corpus("embedded").split("train") if movie.plot]
    words_of = [(movie, (movie.plot or "").split()) for movie in movies]
    for _ in range(n_films):
        movie, own = chance.choice(words_of)
        words = list(own)
        while len(words) < WORDS:
            words += chance.choice(words_of)[1]
        yield replace(movie, plot=" ".join(words[:WORDS]))


def spread_over(movies: Sequence[Movie], count: int) -> list[Movie]:
    """So many of the movies, evenly over all of them; all where there are fewer, and it is said."""
    if count > len(movies):
        say(f"bench: {len(movies):,} films of the {count:,} that are asked for: there are no more")
    places = np.linspace(0, len(movies) - 1, min(count, len(movies))).astype(int)
    return [movies[int(place)] for place in places]
