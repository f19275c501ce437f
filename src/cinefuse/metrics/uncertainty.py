"""How sure a score is, and whether one model is better than another, on these films.

Films are what is sampled: a resample draws as many films as there are, with replacement, and keeps a
film's genres and both models' predictions together. Intervals are percentile intervals (Efron 1979).
All resamples are scored together as weightings of the films; nothing loops over them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cinefuse.metrics.arrays import Bools, Floats, check_probabilities, check_targets, check_thresholds
from cinefuse.metrics.weighted import METRIC_NAMES, WeightedScorer

CHUNK_VALUES = 250_000  # weights held at a time (2 MB): what fits a processor's cache is fastest


@dataclass(frozen=True)
class Predictions:
    """One model's probabilities (N, G) with its thresholds (G,)."""

    probabilities: ArrayLike
    thresholds: ArrayLike


@dataclass(frozen=True)
class Difference:
    """The score of model A minus that of model B, with its interval and two-sided p-value."""

    difference: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class PermutationTest:
    """The score of model A minus that of model B, and how often chance alone gives as much."""

    difference: float
    p: float


def bootstrap_intervals(
    probabilities: ArrayLike,
    targets: ArrayLike,
    thresholds: ArrayLike,
    *,
    n_resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> dict[str, tuple[float, float]]:
    """The interval (low, high) of every metric; a metric that is undefined in every resample is absent.

    A genre that a resample leaves without a positive film is left out of that resample's macro averages.

    Raises:
        ValueError: for input that `score` refuses.
    """
    checked, decisions, truth = _check(Predictions(probabilities, thresholds), targets)
    scorer = WeightedScorer(checked, decisions, truth)
    found = [scorer.metrics(weights) for weights in _bootstrap_weights(len(checked), n_resamples, seed)]
    resampled = {name: np.concatenate([scores[name] for scores in found]) for name in METRIC_NAMES}
    return {
        name: _percentiles(values, confidence)
        for name, values in resampled.items()
        if not np.isnan(values).all()
    }


def paired_bootstrap(
    a: Predictions,
    b: Predictions,
    targets: ArrayLike,
    metric: str = "f1_macro",
    *,
    n_resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> Difference:
    """How much better model `a` is than `b` on the same films, and between which bounds.

    The p-value is twice the smaller share of resamples on either side of 0, with one added above and below.

    Raises:
        ValueError: for input that `score` refuses, an unknown metric, or one undefined on these films.
    """
    pair = [_check(model, targets) for model in (a, b)]
    scorers = [WeightedScorer(*checked, names=_known(metric)) for checked in pair]
    observed = _observed(scorers, len(pair[0][0]), metric)
    differences = np.concatenate(
        [
            scorers[0].metrics(weights)[metric] - scorers[1].metrics(weights)[metric]
            for weights in _bootstrap_weights(len(pair[0][0]), n_resamples, seed)
        ]
    )
    differences = differences[~np.isnan(differences)]
    one_side = int(min(np.count_nonzero(differences <= 0), np.count_nonzero(differences >= 0)))
    low, high = _percentiles(differences, confidence)
    return Difference(observed, low, high, p=min(1.0, 2 * (one_side + 1) / (len(differences) + 1)))


def permutation_test(
    a: Predictions,
    b: Predictions,
    targets: ArrayLike,
    metric: str = "f1_macro",
    *,
    n_resamples: int = 10_000,
    seed: int = 0,
) -> PermutationTest:
    """Whether `a` and `b` can be told apart: two-sided, their predictions swapped film by film at random.

    The observed arrangement counts as one of those drawn, so p is never 0 (Phipson & Smyth 2010,
    https://arxiv.org/abs/1603.05766).

    Raises:
        ValueError: as for `paired_bootstrap`.
    """
    pair = [_check(model, targets) for model in (a, b)]
    n_films = len(pair[0][0])
    observed = _observed(
        [WeightedScorer(*checked, names=_known(metric)) for checked in pair], n_films, metric
    )
    # both models' films stacked: a swap gives one film of the stack the weight of the other
    probabilities, decisions, truth = (np.concatenate(arrays) for arrays in zip(*pair, strict=True))
    scorer = WeightedScorer(probabilities, decisions, truth, names=(metric,))
    as_far = 0
    for swapped in _swaps(n_films, n_resamples, seed):
        first = scorer.metrics(np.concatenate([1 - swapped, swapped]))[metric]
        second = scorer.metrics(np.concatenate([swapped, 1 - swapped]))[metric]
        as_far += int(np.count_nonzero(np.abs(first - second) >= abs(observed) - 1e-12))
    return PermutationTest(observed, p=(as_far + 1) / (n_resamples + 1))


def resampled_films(n_films: int, n_resamples: int, random: np.random.Generator) -> NDArray[np.int64]:
    """The films of each resample, (R, N): what `bootstrap_intervals` draws, in the same order."""
    return random.integers(0, n_films, size=(n_resamples, n_films))


def _bootstrap_weights(n_films: int, n_resamples: int, seed: int) -> Iterator[Floats]:
    """How often each film was drawn, (N, R) at a time."""
    random = np.random.default_rng(seed)
    for size in _chunks(n_films, n_resamples):
        films = resampled_films(n_films, size, random)
        cell = films * size + np.arange(size)[:, None]
        counts = np.bincount(cell.ravel(), minlength=n_films * size)
        yield counts.reshape(n_films, size).astype(np.float64)


def _swaps(n_films: int, n_resamples: int, seed: int) -> Iterator[Floats]:
    """Ones for films that are swapped, (N, R) at a time."""
    random = np.random.default_rng(seed)
    for size in _chunks(2 * n_films, n_resamples):
        yield random.integers(0, 2, size=(n_films, size), dtype=np.int8).astype(np.float64)


def _chunks(n_rows: int, n_resamples: int) -> Iterator[int]:
    if n_resamples < 1:
        raise ValueError(f"n_resamples: {n_resamples}; allowed is 1 or more")
    most = max(1, CHUNK_VALUES // n_rows)
    for start in range(0, n_resamples, most):
        yield min(most, n_resamples - start)


def _observed(scorers: list[WeightedScorer], n_films: int, metric: str) -> float:
    a, b = (float(scorer.metrics(np.ones((n_films, 1)))[metric][0]) for scorer in scorers)
    if np.isnan(a - b):
        raise ValueError(f"{metric}: undefined on these {n_films} films; compare by another metric")
    return a - b


def _percentiles(values: Floats, confidence: float) -> tuple[float, float]:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: {confidence}; allowed is between 0 and 1, as 0.95")
    low, high = np.nanpercentile(values, [50 * (1 - confidence), 50 * (1 + confidence)])
    return float(low), float(high)


def _check(model: Predictions, targets: ArrayLike) -> tuple[Floats, Bools, Bools]:
    probabilities = check_probabilities(model.probabilities)
    truth = check_targets(targets, probabilities.shape)
    return probabilities, probabilities >= check_thresholds(model.thresholds, truth.shape[1]), truth


def _known(metric: str) -> tuple[str, ...]:
    if metric not in METRIC_NAMES:
        raise ValueError(f"metric: {metric!r}; allowed are {', '.join(METRIC_NAMES)}")
    return (metric,)
