"""How sure a score is on these films: what models give, and the interval of every metric of one of them.

Films are what is sampled: a resample draws as many films as there are, with replacement, and keeps a
film's genres and predictions together. Intervals are percentile intervals (Efron 1979). All resamples are
scored together as weightings of the films; nothing loops over them. Models are compared in `pairs`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cinefuse.metrics.arrays import Bools, Floats, check_probabilities, check_targets, check_thresholds
from cinefuse.metrics.resampling import bootstrap_weights, percentiles
from cinefuse.metrics.weighted import METRIC_NAMES, WeightedScorer


@dataclass(frozen=True)
class Predictions:
    """One model's probabilities (N, G) with its thresholds (G,)."""

    probabilities: ArrayLike
    thresholds: ArrayLike


def bootstrap_intervals(
    probabilities: ArrayLike,
    targets: ArrayLike,
    thresholds: ArrayLike,
    *,
    n_resamples: int = 10_000,
    seed: int = 0,
    confidence: float = 0.95,
) -> dict[str, tuple[float, float]]:
    """The interval (low, high) of every metric; a metric that is undefined in every resample is absent.

    A genre that a resample leaves without a positive film is left out of that resample's macro averages.

    Raises:
        ValueError: for input that `score` refuses.
    """
    checked, decisions, truth = check_predictions(Predictions(probabilities, thresholds), targets)
    scorer = WeightedScorer(checked, decisions, truth)
    found = [scorer.metrics(weights) for weights in bootstrap_weights(len(checked), n_resamples, seed)]
    resampled = {name: np.concatenate([scores[name] for scores in found]) for name in METRIC_NAMES}
    return {
        name: percentiles(values, confidence)
        for name, values in resampled.items()
        if not np.isnan(values).all()
    }


def check_predictions(model: Predictions, targets: ArrayLike) -> tuple[Floats, Bools, Bools]:
    """Probabilities, decisions and targets, each (N, G).

    Raises:
        ValueError: for input that `score` refuses.
    """
    probabilities = check_probabilities(model.probabilities)
    truth = check_targets(targets, probabilities.shape)
    return probabilities, probabilities >= check_thresholds(model.thresholds, truth.shape[1]), truth


def known_metric(metric: str) -> tuple[str, ...]:
    """The names that a `WeightedScorer` of this metric needs.

    Raises:
        ValueError: for a metric that does not exist.
    """
    if metric not in METRIC_NAMES:
        raise ValueError(f"metric: {metric!r}; allowed are {', '.join(METRIC_NAMES)}")
    return (metric,)
