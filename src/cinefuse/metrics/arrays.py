"""What the metrics accept: checked once, at each public door, before anything is computed.

Nothing is guessed: probabilities outside [0, 1] are an error, never silently passed through a sigmoid.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def check_probabilities(probabilities: ArrayLike) -> Floats:
    """(N, G) floats in [0, 1] with at least one film and one genre.

    Raises:
        ValueError: for anything else.
    """
    array = np.asarray(probabilities, dtype=np.float64)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(
            f"probabilities: shape {array.shape}; allowed is (films, genres) with at least one of each"
        )
    if not np.isfinite(array).all():
        raise ValueError(
            f"probabilities: {np.count_nonzero(~np.isfinite(array))} of {array.size} values are not finite; "
            "allowed is 0 to 1: did training diverge?"
        )
    if array.min() < 0 or array.max() > 1:
        raise ValueError(
            f"probabilities: values from {array.min():.4g} to {array.max():.4g}; allowed is 0 to 1: "
            "logits must go through the sigmoid first"
        )
    return array


def check_targets(targets: ArrayLike, shape: tuple[int, ...]) -> Bools:
    """Booleans (or zeros and ones) of the given shape.

    Raises:
        ValueError: for another shape or other values.
    """
    array = np.asarray(targets)
    if array.shape != shape:
        raise ValueError(f"targets: shape {array.shape}; allowed is that of the predictions, {shape}")
    if array.dtype != np.bool_ and not np.isin(array, (0, 1)).all():
        raise ValueError("targets: values other than 0 and 1; allowed are booleans, or zeros and ones")
    return array.astype(np.bool_)


def check_decisions(decisions: ArrayLike) -> Bools:
    """(N, G) booleans (or zeros and ones) with at least one film and one genre.

    Raises:
        ValueError: for another shape or other values.
    """
    array = np.asarray(decisions)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(
            f"decisions: shape {array.shape}; allowed is (films, genres) with at least one of each"
        )
    if array.dtype != np.bool_ and not np.isin(array, (0, 1)).all():
        raise ValueError("decisions: values other than 0 and 1; allowed are booleans, or zeros and ones")
    return array.astype(np.bool_)


def check_thresholds(thresholds: ArrayLike, n_genres: int) -> Floats:
    """(G,) finite floats, one for each genre.

    Raises:
        ValueError: for another shape or values that are not finite.
    """
    array = np.asarray(thresholds, dtype=np.float64)
    if array.shape != (n_genres,) or not np.isfinite(array).all():
        raise ValueError(
            f"thresholds: shape {array.shape}; allowed is ({n_genres},), one finite number for each genre"
        )
    return array


def decide(probabilities: ArrayLike, thresholds: ArrayLike) -> Bools:
    """The genres given to each film, (N, G): those with a probability at or above their threshold.

    Example:
        >>> decide([[0.4, 0.9]], [0.5, 0.5]).tolist()
        [[False, True]]
    """
    checked = check_probabilities(probabilities)
    return checked >= check_thresholds(thresholds, checked.shape[1])
