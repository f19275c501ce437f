"""What was chosen on dev, scored on films of dev that had no say in it: cross-validation.

Beside the score of the same films that were chosen by (in-sample), it shows how optimistic that one is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cinefuse.metrics.arrays import Bools, Floats
from cinefuse.metrics.multilabel import score

Rows = NDArray[np.int64]
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """Films as some rule judges them.

    Attributes:
        probabilities: (N, G).
        given: (N, G), the genres that they are given.
    """

    probabilities: Floats
    given: Bools


Judge = Callable[[Rows], Judged]  # films -> as they are judged
Learn = Callable[[Rows], Judge]  # films to learn from -> what was learned


@dataclass(frozen=True, slots=True)
class DevScores:
    """Macro F1 and macro average precision; None where undefined."""

    f1_macro: float | None
    average_precision_macro: float | None


def make_folds(targets: Bools, seed: int, count: int = FOLDS) -> list[tuple[Rows, Rows]]:
    """(films to learn from, films to judge), `count` times; every film is judged once.

    Genres are spread evenly (iterative stratification, Sechidis et al. 2011).

    Raises:
        ValueError: for fewer than two films.
    """
    count = min(count, len(targets))
    if count < 2:
        raise ValueError(f"targets: {len(targets)} films; allowed is two or more, for some to be held out")
    from iterstrat.ml_stratifiers import MultilabelStratifiedKFold  # brings scikit-learn, slow to import

    # films without a genre are spread too; and the library takes no single column
    spread = np.column_stack([targets, ~targets.any(axis=1)]).astype(int)
    folds = MultilabelStratifiedKFold(n_splits=count, shuffle=True, random_state=seed)
    return [(learned, judged) for learned, judged in folds.split(spread, spread) if len(judged)]


def cross_validated(learn: Learn, targets: Bools, folds: Sequence[tuple[Rows, Rows]]) -> DevScores:
    """Every film as it is judged by what was learned from the others, scored all together.

    Together, since a fold of its own may have no film of a rare genre.
    """
    probabilities, given = np.zeros(targets.shape), np.zeros(targets.shape, dtype=np.bool_)
    for learned, judged in folds:
        found = learn(learned)(judged)
        probabilities[judged], given[judged] = found.probabilities, found.given
    return scores_of(Judged(probabilities, given), targets)


def scores_of(judged: Judged, targets: Bools) -> DevScores:
    """Of films as they are judged."""
    half = np.full(targets.shape[1], 0.5)
    ranked = score(judged.probabilities, targets, half).metrics["average_precision_macro"]
    return DevScores(score(judged.given.astype(np.float64), targets, half).metrics["f1_macro"], ranked)
