"""The embedded catalogue: invented films, so that everything can be tried without a download.

`generate` is deterministic: the same number of films and the same seed give the same films, plots and
posters. Genres have MM-IMDb's imbalance and company; plots are composed of sentences written for this
catalogue, with words that overlap between genres and sentences that mislead; posters carry a weaker,
noisier signal. So it behaves as real films do: text ahead of vision, fusion ahead of text, rare genres hard.
"""

from collections.abc import Iterator

import numpy as np

from cinefuse.corpus.catalogue.genre_sets import draw_genre_sets
from cinefuse.corpus.catalogue.people import N_ACTORS, N_DIRECTORS, Troupe, gather_troupe
from cinefuse.corpus.catalogue.plots import PlotWriter
from cinefuse.corpus.catalogue.posters import draw_look, draw_poster
from cinefuse.corpus.catalogue.splits import deal_splits
from cinefuse.corpus.catalogue.titles import draw_title, draw_year
from cinefuse.corpus.movie import SourceMovie

__all__ = ["generate"]

MISSING = 0.01  # share of films without a poster, and as many others without a plot


def generate(n_movies: int = 1200, seed: int = 42) -> Iterator[SourceMovie]:
    """Yields invented films with plots, posters, genres, people and a split of 70 / 15 / 15.

    Every genre is in every split at least twice from about 1,200 films up.

    Example:
        >>> movie = next(generate(50, seed=1))
        >>> movie.id, movie.where
        ('inv0001', 'catalogue movie 1')
    """
    assert n_movies > 0, f"a catalogue has at least one film, not {n_movies}"
    random = np.random.default_rng(seed)
    genre_sets = draw_genre_sets(n_movies, random)
    splits = deal_splits(genre_sets)
    directors, actors = gather_troupe(N_DIRECTORS, random), gather_troupe(N_ACTORS, random)
    missing = int(n_movies * MISSING)
    without = random.permutation(n_movies)
    no_poster, no_plot = set(without[:missing]), set(without[missing : 2 * missing])
    for index, genres in enumerate(genre_sets):
        yield _make_movie(
            index + 1,
            genres,
            splits[index],
            # a source of randomness a film: no film depends on how another was drawn
            np.random.default_rng((seed, index)),
            (directors, actors),
            (index not in no_poster, index not in no_plot),
        )


def _make_movie(
    number: int,
    genres: tuple[str, ...],
    split: str,
    random: np.random.Generator,
    people: tuple[Troupe, Troupe],
    has: tuple[bool, bool],
) -> SourceMovie:
    """One film; `has` says whether it has a poster and a plot."""
    has_poster, has_plot = has
    directors, actors = people
    written = PlotWriter(random).write(genres)
    title = draw_title(random)
    look = draw_look(genres, written.told, random)
    return SourceMovie(
        id=f"inv{number:04d}",
        where=f"catalogue movie {number}",
        split=split,
        plots=written.plots if has_plot else (),
        genres=genres,
        year=draw_year(genres, random),
        director=directors.engage(genres, 1, random),
        cast=actors.engage(genres, int(random.integers(2, 5)), random),
        title=title,
        poster=draw_poster(look, title, random) if has_poster else None,
    )
