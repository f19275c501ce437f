"""The scores of one model on one set of films.

Conventions, where a score could be argued about:

- A genre without a positive film is undefined: NaN, listed in `undefined`, left out of macro averages.
  ROC-AUC is undefined also for a genre that every film has.
- A genre that is given to no film has precision 0, and a film without a genre that is given none has
  sample F1 0: scikit-learn's `zero_division=0`.
- Micro and weighted F1 are undefined if no film has any genre.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cinefuse.metrics.arrays import Bools, Floats, check_probabilities, check_targets, check_thresholds
from cinefuse.metrics.weighted import WeightedScorer


@dataclass(frozen=True)
class PerGenre:
    """Scores of each genre, all (G,) in the corpus' order, NaN where undefined."""

    f1: Floats
    precision: Floats
    recall: Floats
    roc_auc: Floats
    average_precision: Floats
    support: NDArray[np.int64]


@dataclass(frozen=True)
class Scores:
    """What `score` found.

    Attributes:
        metrics: the ten metrics of the results' contract by name; None where undefined.
        undefined: (G,), true for genres without a positive film.
    """

    metrics: dict[str, float | None]
    per_genre: PerGenre
    undefined: Bools


def score(probabilities: ArrayLike, targets: ArrayLike, thresholds: ArrayLike) -> Scores:
    """Every metric of one model's probabilities (N, G) against targets (N, G), with thresholds (G,).

    Raises:
        ValueError: for probabilities outside [0, 1] or shapes that do not fit each other.

    Example:
        >>> scores = score([[0.9, 0.2], [0.4, 0.8]], [[1, 0], [1, 1]], thresholds=[0.5, 0.5])
        >>> round(scores.metrics["f1_macro"], 3), scores.metrics["subset_accuracy"]
        (0.833, 0.5)
    """
    checked = check_probabilities(probabilities)
    truth = check_targets(targets, checked.shape)
    decisions = checked >= check_thresholds(thresholds, checked.shape[1])
    scorer = WeightedScorer(checked, decisions, truth)
    each_film_once = np.ones((len(checked), 1))
    sums, areas = scorer.sums(each_film_once), scorer.areas(each_film_once, keep=False)
    genre = {name: values[:, 0] for name, values in scorer.per_genre_of(sums, areas).items()}
    support = genre.pop("support").astype(np.int64)
    metrics = {name: float(value[0]) for name, value in scorer.metrics_of(sums, areas).items()}
    return Scores(
        metrics={name: None if np.isnan(value) else value for name, value in metrics.items()},
        per_genre=PerGenre(**genre, support=support),
        undefined=support == 0,
    )
