"""Which genres are missed, which are given wrongly, and which stand in for those that were missed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cinefuse.metrics.arrays import Bools, Floats, check_decisions, check_targets


@dataclass(frozen=True)
class ConfusionRates:
    """What happened to each genre's films and to the others, all (G,); rates are NaN where undefined.

    Attributes:
        recall: share of the genre's films that were given it.
        miss_rate: share of them that were not.
        false_alarm_rate: share of the other films that were given it.
    """

    true_positives: NDArray[np.int64]
    false_positives: NDArray[np.int64]
    false_negatives: NDArray[np.int64]
    true_negatives: NDArray[np.int64]
    recall: Floats
    miss_rate: Floats
    false_alarm_rate: Floats


@dataclass(frozen=True)
class StandIns:
    """What films were given instead of a genre that they have.

    Attributes:
        share: (G, G); in row g and column h, of the films of genre g that were not given g, the share that
            were given h without having it. NaN where g was never missed; 0 on the diagonal otherwise.
        missed: (G,), films of each genre that were not given it.
    """

    share: Floats
    missed: NDArray[np.int64]


def confusion_rates(decisions: ArrayLike, targets: ArrayLike) -> ConfusionRates:
    """Counts and rates of each genre, from decisions (N, G) and targets (N, G).

    Raises:
        ValueError: for values other than booleans or zeros and ones, or shapes that do not fit each other.

    Example:
        >>> confusion_rates([[1, 1], [0, 0]], [[1, 0], [1, 0]]).recall.tolist()
        [0.5, nan]
    """
    given, truth = _check(decisions, targets)
    true_positives, false_positives = (given & truth).sum(axis=0), (given & ~truth).sum(axis=0)
    false_negatives, true_negatives = (~given & truth).sum(axis=0), (~given & ~truth).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return ConfusionRates(
            true_positives,
            false_positives,
            false_negatives,
            true_negatives,
            recall=true_positives / (true_positives + false_negatives),
            miss_rate=false_negatives / (true_positives + false_negatives),
            false_alarm_rate=false_positives / (false_positives + true_negatives),
        )


def stand_ins(decisions: ArrayLike, targets: ArrayLike) -> StandIns:
    """Which genres stand in for which, from decisions (N, G) and targets (N, G).

    A film may be given several in one's stead, or none: rows need not sum to 1.

    Raises:
        ValueError: as for `confusion_rates`.
    """
    given, truth = _check(decisions, targets)
    missed, wrong = truth & ~given, given & ~truth
    n_missed = missed.sum(axis=0)
    both = missed.T.astype(np.float64) @ wrong.astype(np.float64)
    with np.errstate(invalid="ignore"):
        return StandIns(both / n_missed[:, None], n_missed)


def _check(decisions: ArrayLike, targets: ArrayLike) -> tuple[Bools, Bools]:
    given = check_decisions(decisions)
    return given, check_targets(targets, given.shape)
