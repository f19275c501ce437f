"""How sure the F1 of each genre is: bootstrap intervals over films, genre by genre."""

import warnings

import numpy as np
from numpy.typing import NDArray

from cinefuse.metrics.arrays import check_probabilities, check_targets, check_thresholds
from cinefuse.metrics.resampling import bootstrap_weights
from cinefuse.metrics.uncertainty import Predictions
from cinefuse.metrics.weighted import WeightedScorer


def genre_f1_intervals(
    model: Predictions, targets: NDArray[np.bool_], *, n_resamples: int = 2000, seed: int = 0
) -> NDArray[np.float64]:
    """The 95 % interval of each genre's F1, (G, 2), low and high; NaN for a genre without a positive film.

    Resamples that leave a genre without a positive film are left out of its interval.

    Raises:
        ValueError: for input that `score` refuses.
    """
    probabilities = check_probabilities(model.probabilities)
    truth = check_targets(targets, probabilities.shape)
    decisions = probabilities >= check_thresholds(model.thresholds, truth.shape[1])
    scorer = WeightedScorer(probabilities, decisions, truth, names=("f1_macro",))
    chunks = [scorer.per_genre(weights)["f1"] for weights in bootstrap_weights(len(truth), n_resamples, seed)]
    with warnings.catch_warnings():  # a genre that no resample has is NaN, as promised
        warnings.filterwarnings("ignore", message="All-NaN slice encountered")
        low_high = np.nanpercentile(np.concatenate(chunks, axis=1), [2.5, 97.5], axis=1)
    return np.asarray(low_high.T)
