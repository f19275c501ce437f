"""Whether explanations hold: without the words that rank highest a genre must lose more than without others.

For every film and genre that the model gives it, the highest-ranked words are deleted from the plot, and the
highest-ranked places of the poster covered; the fall of the genre's probability is held against the fall
when as many words or places drawn at random go (deletion: Samek et al. 2017; comprehensiveness: DeYoung et
al. 2020). Films are what intervals are over: the genres of one film rise and fall together.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import ArrayPoster, Pixels
from cinefuse.explanation.explaining import explain
from cinefuse.explanation.falls import DeletionTest, Tally, summaries
from cinefuse.explanation.occlusion import edges_of
from cinefuse.explanation.spans import without_words
from cinefuse.inference import Predictor
from cinefuse.progress import track
from cinefuse.results.explanation import Explanation

HOW_MANY: Mapping[str, Callable[[int], int]] = {
    "1": lambda _: 1,
    "3": lambda _: 3,
    "5": lambda _: 5,
    "10 %": lambda number: max(1, round(number / 10)),
}
Tallies = dict[str, Tally]
Vary = Callable[[Sequence[int]], Movie]  # the film without those words or places, by their number


def deletion_test(
    predictor: Predictor, movies: Sequence[Movie], *, draws: int = 5, resamples: int = 10_000, seed: int = 0
) -> DeletionTest:
    """Deletes and covers in every film for every genre that the model gives it; shows how far it has come.

    Args:
        predictor: an opened run.
        movies: films without a genre given, and those that lack what the model reads, count for nothing.
        draws: how often words and places are drawn at random, for each film and number of them.
        resamples: of the films, for the intervals.
        seed: of the draws.
    """
    words, places = ({name: Tally() for name in HOW_MANY} for _ in range(2))
    for number, movie in enumerate(track(movies, "explained", len(movies))):
        (prediction,) = predictor.predict([movie])
        if len(prediction.lacking) == len(predictor.reads):
            continue
        found = [explain(predictor, movie, genre) for genre in prediction.genres]
        random = np.random.default_rng([seed, number])
        if found and found[0].words:
            weights = [[word.weight for word in one.words] for one in found]
            _measure(
                predictor, (words, number), found, weights, _word_deleter(movie, found[0]), (random, draws)
            )
        if found and found[0].poster is not None:
            weights = [np.ravel(one.poster.weights).tolist() for one in found if one.poster]
            cover = _place_cover(predictor, movie, found[0])
            _measure(predictor, (places, number), found, weights, cover, (random, draws))
    return DeletionTest(
        model=predictor.name,
        films=len(movies),
        draws=draws,
        seed=seed,
        words=summaries(words, resamples, seed),
        places=summaries(places, resamples, seed),
    )


def _measure(
    predictor: Predictor,
    tallied: tuple[Tallies, int],
    explanations: Sequence[Explanation],
    weights: Sequence[Sequence[float]],
    vary: Vary,
    drawn: tuple[np.random.Generator, int],
) -> None:
    """Adds one film's falls to the tallies.

    Args:
        predictor: says what is left of a probability.
        tallied: where to add, and the film's number.
        explanations: of the film, one a genre.
        weights: for each of them one a word, or one a place.
        vary: makes the film without some of them.
        drawn: the generator of the random ones, and how often to draw.
    """
    tallies, film = tallied
    random, draws = drawn
    size = len(weights[0])
    for name, how_many in HOW_MANY.items():
        count = how_many(size)
        if count >= size:
            continue
        highest = [np.argsort(-np.array(one), kind="stable")[:count] for one in weights]
        chance = [random.choice(size, count, replace=False) for _ in range(draws)]
        told = predictor.predict([vary(chosen.tolist()) for chosen in (*highest, *chance)])
        for place, one in enumerate(explanations):
            left = [prediction.probabilities[one.genre] for prediction in told]
            tallies[name].films.append(film)
            tallies[name].highest.append(one.probability - left[place])
            tallies[name].random.append(one.probability - float(np.mean(left[len(highest) :])))


def _word_deleter(movie: Movie, explanation: Explanation) -> Vary:
    plot = movie.plot or ""

    def vary(chosen: Sequence[int]) -> Movie:
        return replace(movie, plot=without_words(plot, [explanation.words[place] for place in chosen]))

    return vary


def _place_cover(predictor: Predictor, movie: Movie, explanation: Explanation) -> Vary:
    places = explanation.poster
    posters = predictor.features([replace(movie, genres=())], tell=False).batch([0]).posters
    assert places is not None, "the film has no poster"
    assert posters is not None, "the film has no poster"
    # (3, H, W) -> (H, W, 3), of the size that the model sees
    pixels: Pixels = posters[0].permute(1, 2, 0).numpy()

    def vary(chosen: Sequence[int]) -> Movie:
        return replace(movie, poster=ArrayPoster(cover(pixels, (places.rows, places.columns), chosen)))

    return vary


def cover(pixels: Pixels, grid: tuple[int, int], chosen: Sequence[int]) -> Pixels:
    """A copy of (H, W, 3) with those places of the grid, numbered row by row, in the poster's mean colour."""
    covered = pixels.copy()
    colour = pixels.mean(axis=(0, 1)).round().astype(np.uint8)
    down, across = (edges_of(side, number) for side, number in zip(pixels.shape, grid, strict=False))
    for row, column in (divmod(place, grid[1]) for place in chosen):
        covered[down[row] : down[row + 1], across[column] : across[column + 1]] = colour
    return covered
