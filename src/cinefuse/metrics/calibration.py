"""Probabilities that mean what they say: two calibrators that learn from the dev split.

They follow scikit-learn: the constructor stores, `fit` learns and returns self, learned names end in `_`.
Both draw a straight line on the logit scale, of a slope above 0 for each genre, so that no film overtakes
another within a genre and thresholds can be carried over (see `calibrate`).

Both are fitted by log loss with a pull: the shared line is drawn towards the one that changes nothing (slope
1, intercept 0), the line of a genre towards the shared one, each with the weight `shrinkage` on the squared
distance. The loss is summed over films, so the pull matters where dev is small. The problem stays convex, and
finite also where the films of a genre can be told apart without a mistake.
"""

from typing import ClassVar, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import expit, logit

from cinefuse.metrics.arrays import Bools, Floats, check_probabilities, check_targets

SHRINKAGE = 10.0
SMALLEST_SLOPE = 0.01  # reached only where more probable films are of the genre less often
LARGEST_SLOPE = 8.0  # steeper, and double precision would round different films to the same 1
PAIRS_AT_ONCE = 1 << 18  # of film and genre, whose losses are added up
LARGEST_LOGIT = 17.3  # of 1 - 2 ** -25, above which single precision rounds to 1


class Calibrator(Protocol):
    """A rule that learns a line for each genre.

    Attributes:
        rule: its name in `CALIBRATORS` and in results.
        slopes_: (G,), all above 0; after `fit`.
        intercepts_: (G,); after `fit`.
    """

    rule: ClassVar[str]
    description: ClassVar[str]
    slopes_: Floats
    intercepts_: Floats

    def fit(self, probabilities: ArrayLike, targets: ArrayLike) -> Self:
        """Learns from the dev split's probabilities (N, G) and targets (N, G)."""
        ...

    def transform(self, probabilities: ArrayLike) -> Floats:
        """Calibrated probabilities, (N, G)."""
        ...


class TemperatureScaling:
    """One slope for all genres, the inverse of a temperature (Guo et al. 2017).

    https://arxiv.org/abs/1706.04599
    """

    rule: ClassVar[str] = "temperature"
    description: ClassVar[str] = "one slope for all genres on the logit, best log loss on dev"
    slopes_: Floats
    intercepts_: Floats

    def __init__(self, shrinkage: float = SHRINKAGE) -> None:
        self.shrinkage = shrinkage

    def fit(self, probabilities: ArrayLike, targets: ArrayLike) -> Self:
        """Learns from all pairs of film and genre.

        Raises:
            ValueError: if no film has any genre.
        """
        logits, truth = _check(probabilities, targets)
        slope, _ = _line(logits.ravel(), truth.ravel(), (1.0, 0.0), self.shrinkage, through_origin=True)
        self.slopes_ = np.full(truth.shape[1], slope)
        self.intercepts_ = np.zeros(truth.shape[1])
        return self

    def transform(self, probabilities: ArrayLike) -> Floats:
        """Calibrated probabilities, (N, G)."""
        return calibrate(check_probabilities(probabilities), self.slopes_, self.intercepts_)


class PlattScaling:
    """A slope and an intercept for each genre (Platt 1999), drawn towards those of all genres together.

    A genre without a positive film on dev gets the shared line.
    """

    rule: ClassVar[str] = "platt"
    description: ClassVar[str] = (
        "slope and intercept for each genre on the logit, best log loss on dev, "
        "drawn towards those of all genres for rare ones"
    )
    slopes_: Floats
    intercepts_: Floats

    def __init__(self, shrinkage: float = SHRINKAGE) -> None:
        self.shrinkage = shrinkage

    def fit(self, probabilities: ArrayLike, targets: ArrayLike) -> Self:
        """Learns the shared line, then each genre's.

        Raises:
            ValueError: if no film has any genre.
        """
        logits, truth = _check(probabilities, targets)
        shared = _line(logits.ravel(), truth.ravel(), (1.0, 0.0), self.shrinkage)
        lines = [
            _line(logits[:, genre], truth[:, genre], shared, self.shrinkage) if there else shared
            for genre, there in enumerate(truth.sum(axis=0) > 0)
        ]
        self.slopes_, self.intercepts_ = np.array(lines).T.copy()
        return self

    def transform(self, probabilities: ArrayLike) -> Floats:
        """Calibrated probabilities, (N, G)."""
        return calibrate(check_probabilities(probabilities), self.slopes_, self.intercepts_)


CALIBRATORS: dict[str, type[TemperatureScaling | PlattScaling]] = {
    calibrator.rule: calibrator for calibrator in (TemperatureScaling, PlattScaling)
}


def calibrate(probabilities: ArrayLike, slopes: ArrayLike, intercepts: ArrayLike) -> Floats:
    """Probabilities (N, G), or thresholds (G,), by the line of each genre, in their own shape.

    Calibrated probabilities against calibrated thresholds give the same genres as before, since a slope is
    above 0. What is 0 or 1 counts as 2 ** -25 from it: single precision cannot tell it from certainty.

    Raises:
        ValueError: for values outside [0, 1], or slopes and intercepts that are not (G,), finite and, the
            slopes, above 0.

    Example:
        >>> calibrate([[0.5, 0.9]], slopes=[1, 0.5], intercepts=[0, 0]).round(6).tolist()
        [[0.5, 0.75]]
    """
    checked = check_probabilities(np.atleast_2d(np.asarray(probabilities, dtype=np.float64)))
    lines = np.asarray(slopes, dtype=np.float64), np.asarray(intercepts, dtype=np.float64)
    n_genres = checked.shape[1]
    if any(line.shape != (n_genres,) or not np.isfinite(line).all() for line in lines):
        raise ValueError(
            f"slopes and intercepts: shapes {lines[0].shape} and {lines[1].shape}; allowed is ({n_genres},), "
            "one finite number for each genre"
        )
    if lines[0].min() <= 0:
        raise ValueError(f"slopes: {lines[0].min():.4g}; allowed is above 0, or films would change places")
    found = expit(lines[0] * log_odds(checked) + lines[1])
    return np.asarray(found).reshape(np.shape(probabilities))


def _check(probabilities: ArrayLike, targets: ArrayLike) -> tuple[Floats, Bools]:
    """Logits and targets."""
    checked = check_probabilities(probabilities)
    truth = check_targets(targets, checked.shape)
    if not truth.any():
        raise ValueError("targets: no film of the dev split has any genre; calibration needs at least one")
    return log_odds(checked), truth


def log_odds(probabilities: ArrayLike) -> Floats:
    """(N, G), within what single precision can tell from certainty.

    Raises:
        ValueError: for values outside [0, 1].
    """
    logits = np.asarray(logit(check_probabilities(probabilities)))
    return np.asarray(np.clip(logits, -LARGEST_LOGIT, LARGEST_LOGIT, out=logits))


def _line(
    logits: Floats,
    targets: Bools,
    towards: tuple[float, float],
    shrinkage: float,
    *,
    through_origin: bool = False,
) -> tuple[float, float]:
    """Slope and intercept of the best log loss over pairs of logit and target, (P,) each."""
    portions = [slice(start, start + PAIRS_AT_ONCE) for start in range(0, len(logits), PAIRS_AT_ONCE)]
    fixed = np.array([1.0, 0.0 if through_origin else 1.0])  # zero holds the intercept where it starts

    def loss(line: Floats) -> tuple[float, Floats]:
        value, slope = 0.0, np.zeros(2)
        for some in portions:
            signs = np.where(targets[some], 1.0, -1.0)
            margins = signs * (line[0] * logits[some] + line[1])
            push = -signs * expit(-margins)
            value += np.logaddexp(0, -margins).sum()
            # sums, no dot products, and no optimiser that solves by LAPACK: their threads wait for each other
            slope += np.array([(push * logits[some]).sum(), push.sum()])
        pull = shrinkage * (line - towards)
        value += 0.5 * (pull * (line - towards)).sum()
        return value / len(logits), fixed * (slope + pull) / len(logits)

    found = minimize(
        loss,
        np.array(towards),
        jac=True,
        method="TNC",
        bounds=[(SMALLEST_SLOPE, LARGEST_SLOPE), (None, None)],
        options={"ftol": 1e-15, "xtol": 1e-9, "maxfun": 500},
    ).x
    return float(found[0]), float(found[1])
