"""How well calibrated probabilities are: whether of all pairs given 0.7, seven of ten are true.

A pair is one film and one genre; unless a name says otherwise, all pairs count alike.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cinefuse.metrics.arrays import Bools, Floats, check_probabilities, check_targets

SMALLEST = float(np.finfo(np.float64).eps)  # what an exact 0 counts as in the log loss, as in scikit-learn


@dataclass(frozen=True)
class Reliability:
    """Points of a reliability diagram, least probable first, all (B,).

    Attributes:
        mean_probability: of the pairs in each bin.
        share: of them that are true.
        films: how many pairs of film and genre there are in each.
    """

    mean_probability: Floats
    share: Floats
    films: NDArray[np.int64]


def expected_calibration_error(probabilities: ArrayLike, targets: ArrayLike, n_bins: int = 15) -> float:
    """How far mean probability and share of true pairs are apart, over bins of all pairs.

    The bins are equally wide, as in Guo et al. (2017, https://arxiv.org/abs/1706.04599), so that the number
    can be held against published ones. Most pairs are improbable and share few bins: see `reliability` for
    bins of equally many pairs.

    Raises:
        ValueError: for input that `score` refuses, or fewer than one bin.
    """
    checked, truth = _check(probabilities, targets, n_bins)
    inner_edges = np.linspace(0, 1, n_bins + 1)[1:-1]
    cell = np.searchsorted(inner_edges, checked.ravel())
    apart = np.bincount(cell, weights=(checked - truth).ravel(), minlength=n_bins)
    return float(np.abs(apart).sum() / checked.size)


def brier_score(probabilities: ArrayLike, targets: ArrayLike) -> float:
    """The mean squared distance from the truth: 0 is best, 0.25 what 0.5 for every pair gives."""
    checked, truth = _check(probabilities, targets)
    return float(np.mean((checked - truth) ** 2))


def log_loss(probabilities: ArrayLike, targets: ArrayLike) -> float:
    """The mean negative logarithm of what the truth was given; an exact 0 or 1 that is wrong costs 36."""
    checked, truth = _check(probabilities, targets)
    given = np.where(truth, checked, 1 - checked)
    return float(-np.log(np.clip(given, SMALLEST, 1 - SMALLEST)).mean())


def reliability(probabilities: ArrayLike, targets: ArrayLike, n_bins: int = 10) -> Reliability:
    """A reliability diagram's points, over bins of equally many pairs.

    Equal probabilities share a bin, so that there may be fewer bins than asked for.

    Raises:
        ValueError: as for `expected_calibration_error`.
    """
    checked, truth = _check(probabilities, targets, n_bins)
    edges = np.quantile(checked, np.arange(1, n_bins) / n_bins)
    cell = np.searchsorted(edges, checked.ravel())
    films = np.bincount(cell)
    filled = films > 0
    mean_probability, share = (
        np.bincount(cell, weights=values.ravel())[filled] / films[filled] for values in (checked, truth)
    )
    return Reliability(mean_probability, share, films[filled])


def _check(probabilities: ArrayLike, targets: ArrayLike, n_bins: int = 1) -> tuple[Floats, Bools]:
    if n_bins < 1:
        raise ValueError(f"n_bins: {n_bins}; allowed is 1 or more")
    checked = check_probabilities(probabilities)
    return checked, check_targets(targets, checked.shape)
