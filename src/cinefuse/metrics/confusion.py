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
        told: (G, G); in row g and column h, films of genre g that were not given g, and were given h without
            having it.
        share: (G, G); `told` of those that could be: films of g that were not given g and have no h. NaN
            where there are none, on the diagonal too.
        usual: (G,); of all films without h, the share that are given it: what `share` is to be held against.
            NaN where every film has h.
        missed: (G,), films of each genre that were not given it.
    """

    told: NDArray[np.int64]
    share: Floats
    usual: Floats
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
    missed, wrong = (truth & ~given).astype(np.float64), (given & ~truth).astype(np.float64)
    told, could = missed.T @ wrong, missed.T @ (~truth).astype(np.float64)
    with np.errstate(invalid="ignore"):
        return StandIns(
            told.astype(np.int64),
            share=told / could,
            usual=wrong.sum(axis=0) / (~truth).sum(axis=0),
            missed=missed.sum(axis=0).astype(np.int64),
        )


def _check(decisions: ArrayLike, targets: ArrayLike) -> tuple[Bools, Bools]:
    given = check_decisions(decisions)
    return given, check_targets(targets, given.shape)
