"""From probabilities to genres: three rules that learn a threshold for each genre on the dev split.

They follow scikit-learn: the constructor stores, `fit` learns and returns self, learned names end in `_`.
Among thresholds that are equally good on dev, the one closest to 0.5 wins, then the lower.
"""

from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cinefuse.metrics.arrays import Bools, Floats, check_probabilities, check_targets, decide
from cinefuse.metrics.calibration import PlattScaling

GRID: Floats = np.round(np.arange(0.10, 0.905, 0.02), 2)  # 0.10, 0.12, ... 0.90


class Thresholds(Protocol):
    """A rule that learns thresholds.

    Attributes:
        rule: its name in `THRESHOLD_RULES` and in results.
        thresholds_: (G,), after `fit`.
        value_: the threshold of all genres, or None where each has its own; after `fit`.
    """

    rule: ClassVar[str]
    description: ClassVar[str]
    thresholds_: Floats
    value_: float | None

    def fit(self, probabilities: ArrayLike, targets: ArrayLike) -> Self:
        """Learns from the dev split's probabilities (N, G) and targets (N, G)."""
        ...

    def predict(self, probabilities: ArrayLike) -> Bools:
        """The genres given, (N, G)."""
        ...


class FixedThreshold:
    """The same threshold for every genre, given beforehand."""

    rule: ClassVar[str] = "fixed"
    description: ClassVar[str] = "the same for all genres, given beforehand (0.5)"
    thresholds_: Floats
    value_: float | None

    def __init__(self, value: float = 0.5) -> None:
        self.value = value

    def fit(self, probabilities: ArrayLike, targets: ArrayLike) -> Self:
        """Learns no more than the number of genres."""
        checked, _ = _check(probabilities, targets)
        self.value_ = self.value
        self.thresholds_ = np.full(checked.shape[1], self.value)
        return self

    def predict(self, probabilities: ArrayLike) -> Bools:
        """The genres given, (N, G)."""
        return decide(probabilities, self.thresholds_)


class GlobalThreshold:
    """One threshold for all genres: the one with the best macro F1 on dev.

    Example:
        >>> GlobalThreshold().fit([[0.2, 0.3], [0.6, 0.1]], [[0, 1], [1, 0]]).thresholds_.tolist()
        [0.3, 0.3]
    """

    rule: ClassVar[str] = "global"
    description: ClassVar[str] = "one for all genres, best macro F1 on dev (0.10 to 0.90 in steps of 0.02)"
    thresholds_: Floats
    value_: float | None

    def fit(self, probabilities: ArrayLike, targets: ArrayLike) -> Self:
        """Learns from genres that have a positive film on dev.

        Raises:
            ValueError: if none has.
        """
        checked, truth = _check(probabilities, targets)
        defined = truth.any(axis=0)
        if not defined.any():
            raise ValueError(
                "targets: no film of the dev split has any genre; a threshold needs at least one"
            )
        macro_f1 = _f1_over_grid(checked, truth)[:, defined].mean(axis=1, keepdims=True)
        self.value_ = float(_best_on_grid(macro_f1)[0])
        self.thresholds_ = np.full(checked.shape[1], self.value_)
        return self

    def predict(self, probabilities: ArrayLike) -> Bools:
        """The genres given, (N, G)."""
        return decide(probabilities, self.thresholds_)


class PerGenreThreshold:
    """A threshold for each genre: its best F1 on dev, by calibrated probabilities where dev has few films.

    The best threshold of a rare genre is mostly luck, and the global one is no better guess: probabilities
    of a rare genre are small, and a threshold that suits the others may never give it. So with n films on
    dev the F1 that is maximised takes each film's target with the weight n / (n + shrinkage), and with the
    rest the chance that it has the genre, by `PlattScaling`, which learns from all films and genres.
    """

    rule: ClassVar[str] = "per-genre"
    description: ClassVar[str] = (
        "one for each genre, best F1 on dev, for rare genres by calibrated probabilities more than by targets"
    )
    thresholds_: Floats
    value_: float | None

    def __init__(self, shrinkage: float = 60.0) -> None:
        self.shrinkage = shrinkage

    def fit(self, probabilities: ArrayLike, targets: ArrayLike) -> Self:
        """Learns; a genre without a positive film on dev gets the global threshold.

        Raises:
            ValueError: if no genre has one.
        """
        checked, truth = _check(probabilities, targets)
        everywhere = GlobalThreshold().fit(checked, truth).thresholds_
        support = truth.sum(axis=0)
        own_weight = support / np.maximum(support + self.shrinkage, 1e-12)
        chance = PlattScaling().fit(checked, truth).transform(checked)
        expected = own_weight * truth + (1 - own_weight) * chance
        self.value_ = None
        self.thresholds_ = np.where(support > 0, _best_on_grid(_f1_over_grid(checked, expected)), everywhere)
        return self

    def predict(self, probabilities: ArrayLike) -> Bools:
        """The genres given, (N, G)."""
        return decide(probabilities, self.thresholds_)


THRESHOLD_RULES: dict[str, type[FixedThreshold | GlobalThreshold | PerGenreThreshold]] = {
    rule.rule: rule for rule in (GlobalThreshold, FixedThreshold, PerGenreThreshold)
}


def _check(probabilities: ArrayLike, targets: ArrayLike) -> tuple[Floats, Bools]:
    checked = check_probabilities(probabilities)
    return checked, check_targets(targets, checked.shape)


def _f1_over_grid(probabilities: Floats, targets: Floats | Bools) -> Floats:
    """F1 of each genre at each threshold, (len(GRID), G); 0 for a genre without a positive.

    Targets may be the chances that films have a genre: then sums of chances take the place of counts.
    """
    f1 = np.empty((len(GRID), targets.shape[1]))
    # a genre at a time: the numbers between are as many again as there are films
    for genre, positive in enumerate(targets.sum(axis=0)):
        # the number of thresholds at or below a probability says at which of them its film is given the genre
        reached = np.searchsorted(GRID, probabilities[:, genre], side="right")  # (N,), 0 to len(GRID)
        hits = _at_or_above(np.bincount(reached, weights=targets[:, genre], minlength=len(GRID) + 1))
        decided = _at_or_above(np.bincount(reached, minlength=len(GRID) + 1))
        f1[:, genre] = 2 * hits / np.maximum(decided + positive, 1e-12)
    return f1


def _at_or_above(counts: NDArray[Any]) -> NDArray[Any]:
    """Of counts between thresholds, (len(GRID) + 1,), the sums from each threshold on, (len(GRID),)."""
    return np.asarray(counts[::-1].cumsum()[::-1][1:])


def _best_on_grid(f1: Floats) -> Floats:
    """The threshold with the best F1 of each column of (len(GRID), columns)."""
    good = f1 >= f1.max(axis=0) - 1e-12
    far_from_half = np.abs(GRID - 0.5)[:, None].round(6)
    return np.asarray(GRID[np.where(good, far_from_half, np.inf).argmin(axis=0)])
