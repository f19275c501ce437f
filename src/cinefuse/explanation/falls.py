"""How far a genre's probability falls, over films: means with intervals, and the record of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cinefuse.metrics.resampling import bootstrap_weights, percentiles
from cinefuse.results.record import Record

Interval = tuple[float, float]


class Falls(Record):
    """How far a genre's probability falls, mean over pairs of film and genre, with 95 % intervals over films.

    Attributes:
        deleted: how many words or places: "1", "3", "5" or "10 %" of them.
        films: that have more words or places than that.
        pairs: of film and genre.
        highest: without those that rank highest.
        random: without as many drawn at random, mean over draws.
        difference: `highest` less `random`, paired.
    """

    deleted: str
    films: int
    pairs: int
    highest: float
    highest_interval: Interval
    random: float
    random_interval: Interval
    difference: float
    difference_interval: Interval


class DeletionTest(Record):
    """What deletion did to one model's probabilities; a part that the model does not read has no rows."""

    model: str
    films: int
    draws: int
    seed: int
    words: list[Falls]
    places: list[Falls]


@dataclass
class Tally:
    """Falls of each pair: its film, without the highest-ranked, without random ones."""

    films: list[int] = field(default_factory=list)
    highest: list[float] = field(default_factory=list)
    random: list[float] = field(default_factory=list)


def summaries(tallies: Mapping[str, Tally], resamples: int, seed: int) -> list[Falls]:
    """A row for each number of words or places that any film has."""
    return [summary(name, tally, resamples, seed) for name, tally in tallies.items() if tally.films]


def summary(name: str, tally: Tally, resamples: int, seed: int) -> Falls:
    """Means over pairs; a film that is drawn again brings all its pairs again."""
    films, place = np.unique(tally.films, return_inverse=True)
    pairs = np.bincount(place).astype(np.float64)
    columns = np.array([tally.highest, tally.random, np.subtract(tally.highest, tally.random)])
    sums = np.array([np.bincount(place, weights=column) for column in columns])
    means = np.concatenate(
        [_means(sums, pairs, weights) for weights in bootstrap_weights(len(films), resamples, seed)], axis=1
    )
    intervals = [percentiles(row, 0.95) for row in means]
    highest, random, difference = columns.mean(axis=1).tolist()
    return Falls(
        deleted=name,
        films=len(films),
        pairs=len(place),
        highest=highest,
        highest_interval=intervals[0],
        random=random,
        random_interval=intervals[1],
        difference=difference,
        difference_interval=intervals[2],
    )


def _means(
    sums: NDArray[np.float64], pairs: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(3, N) sums and (N,) numbers of pairs, weighted by (N, R) -> (3, R)."""
    return np.asarray((sums @ weights) / (pairs @ weights))
