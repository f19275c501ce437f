"""Films drawn at random: bootstrap resamples, and swaps between two models, as weights for `WeightedScorer`.

What is drawn depends on the number of films, the number of resamples and the seed alone, never on how
many of them are held in memory at a time.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from cinefuse.metrics.arrays import Floats

CHUNK_VALUES = 250_000  # weights held at a time (2 MB): what fits a processor's cache is fastest


def resampled_films(n_films: int, n_resamples: int, random: np.random.Generator) -> NDArray[np.int64]:
    """The films of each resample, (R, N)."""
    return random.integers(0, n_films, size=(n_resamples, n_films))


def swapped_films(n_films: int, n_resamples: int, random: np.random.Generator) -> NDArray[np.int64]:
    """One for each film that is swapped, otherwise zero, (R, N)."""
    return random.integers(0, 2, size=(n_resamples, n_films))


def bootstrap_weights(n_films: int, n_resamples: int, seed: int) -> Iterator[Floats]:
    """How often each film was drawn, (N, R) at a time.

    Raises:
        ValueError: for fewer than one resample.
    """
    random = np.random.default_rng(seed)
    for size in _chunks(n_films, n_resamples):
        films = resampled_films(n_films, size, random)
        cell = films * size + np.arange(size)[:, None]
        counts = np.bincount(cell.ravel(), minlength=n_films * size)
        yield counts.reshape(n_films, size).astype(np.float64)


def swaps(n_films: int, n_resamples: int, seed: int) -> Iterator[Floats]:
    """Ones for films that are swapped, (N, R) at a time.

    Raises:
        ValueError: for fewer than one resample.
    """
    random = np.random.default_rng(seed)
    for size in _chunks(n_films, n_resamples):
        yield np.ascontiguousarray(swapped_films(n_films, size, random).T, dtype=np.float64)


def percentiles(values: Floats, confidence: float) -> tuple[float, float]:
    """The interval (low, high) that holds this share of the values (Efron 1979); NaN among them is left out.

    Raises:
        ValueError: for a confidence that is not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: {confidence}; allowed is between 0 and 1, as 0.95")
    low, high = np.nanpercentile(values, [50 * (1 - confidence), 50 * (1 + confidence)])
    return float(low), float(high)


def _chunks(n_films: int, n_resamples: int) -> Iterator[int]:
    if n_resamples < 1:
        raise ValueError(f"n_resamples: {n_resamples}; allowed is 1 or more")
    most = max(1, CHUNK_VALUES // n_films)
    for start in range(0, n_resamples, most):
        yield min(most, n_resamples - start)
