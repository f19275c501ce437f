"""Whether chance alone tells two models apart: predictions swapped film by film, for many pairs at once.

Most metrics are made of sums over films. A swap moves a film's part of each sum from one model to the other,
so one sparse product a model serves all of its pairs. Areas under curves need both models' films sorted
together, pair by pair.
"""

from collections.abc import Callable, Mapping
from itertools import product

import numpy as np

from cinefuse.metrics.arrays import Bools, Floats
from cinefuse.metrics.resampling import swaps
from cinefuse.metrics.weighted import RANKING_METRICS, WeightedScorer

AS_FAR = 1e-12  # what rounding may take from a difference that is as large as the observed one

Checked = Mapping[str, list[tuple[Floats, Bools, Bools]]]
"""Probabilities, decisions and targets, each (N, G), of each model and seed."""

Pair = tuple[str, str]


def permutation_p(
    models: Checked, pairs: list[Pair], metric: str, n_resamples: int, seed: int
) -> dict[Pair, float]:
    """The two-sided p-value of each pair; all pairs see the same swaps.

    A swap takes all seeds of a film together: seed k of one model changes places with seed k of the other.
    Where one has more seeds, every seed of one is swapped with every seed of the other, and their differences
    are averaged: without a swap that is the difference of the means, which is what is tested. The observed
    arrangement counts as one of those drawn, so p is never 0 (Phipson & Smyth 2010,
    https://arxiv.org/abs/1603.05766).
    """
    if not pairs:
        return {}
    n_films = len(models[pairs[0][0]][0][0])
    differences = (_of_areas if metric in RANKING_METRICS else _of_sums)(models, pairs, metric)
    observed = differences(np.zeros((n_films, 1)))
    as_far = dict.fromkeys(pairs, 0)
    for swapped in swaps(n_films, n_resamples, seed):
        for pair, difference in differences(swapped).items():
            as_far[pair] += int(np.count_nonzero(np.abs(difference) >= np.abs(observed[pair]) - AS_FAR))
    return {pair: (count + 1) / (n_resamples + 1) for pair, count in as_far.items()}


Differences = Callable[[Floats], dict[Pair, Floats]]
"""From swaps (N, R) to the difference of each pair, (R,)."""


def _of_sums(models: Checked, pairs: list[Pair], metric: str) -> Differences:
    scorers = {name: [WeightedScorer(*one, names=(metric,)) for one in models[name]] for name in models}
    all_films = np.ones((len(models[pairs[0][0]][0][0]), 1))
    whole = {name: [scorer.sums(all_films) for scorer in scorers[name]] for name in models}

    def differences(swapped: Floats) -> dict[Pair, Floats]:
        moved = {name: [scorer.sums(swapped) for scorer in scorers[name]] for name in models}

        def difference(a: str, b: str) -> Floats:
            seeds = _partners(len(moved[a]), len(moved[b]))
            # the first model of every pair of seeds after the swap, then the second
            columns = [whole[a][i] + moved[b][j] - moved[a][i] for i, j in seeds]
            columns += [whole[b][j] + moved[a][i] - moved[b][j] for i, j in seeds]
            found = scorers[a][0].metrics_of(np.concatenate(columns, axis=1))[metric]
            first, second = found.reshape(2, -1, swapped.shape[1]).mean(axis=1)
            return np.asarray(first - second)

        return {pair: difference(*pair) for pair in pairs}

    return differences


def _partners(n_first: int, n_second: int) -> list[tuple[int, int]]:
    """Which seed of one model is swapped with which of the other."""
    if n_first == n_second:
        return [(number, number) for number in range(n_first)]
    return list(product(range(n_first), range(n_second)))


def _of_areas(models: Checked, pairs: list[Pair], metric: str) -> Differences:
    def stack(a: str, b: str) -> list[WeightedScorer]:
        """Both models' films in one scorer a seed: a swap gives a film's weight to its other copy."""
        scorers = []
        for i, j in _partners(len(models[a]), len(models[b])):
            seeds = (models[a][i], models[b][j])
            probabilities, decisions, targets = (np.concatenate(both) for both in zip(*seeds, strict=True))
            scorers.append(WeightedScorer(probabilities, decisions, targets, names=(metric,)))
        return scorers

    stacked = {pair: stack(*pair) for pair in pairs}

    def differences(swapped: Floats) -> dict[Pair, Floats]:
        as_first, as_second = np.concatenate([1 - swapped, swapped]), np.concatenate([swapped, 1 - swapped])
        return {
            pair: np.mean(
                [scorer.metrics(as_first)[metric] - scorer.metrics(as_second)[metric] for scorer in of_seeds],
                axis=0,
            )
            for pair, of_seeds in stacked.items()
        }

    return differences
