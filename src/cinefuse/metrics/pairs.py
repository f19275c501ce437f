"""Models compared on the same films: every pair of them, and how far each one's score would move.

A model is a sequence of `Predictions`, one a seed, and its score the mean over its seeds. All models are
scored on the same bootstrap resamples, and all pairs under the same swaps, so that rows of a table may be
held against each other. With a single film every resample is that film: intervals have no width, and p is 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from cinefuse.metrics.arrays import Floats
from cinefuse.metrics.permutation import Checked, permutation_p
from cinefuse.metrics.resampling import bootstrap_weights, percentiles
from cinefuse.metrics.uncertainty import Predictions, check_predictions, known_metric
from cinefuse.metrics.weighted import WeightedScorer
from cinefuse.results.significance import told_apart

Models = Mapping[str, Sequence[Predictions]]


@dataclass(frozen=True)
class PairedComparison:
    """The score of `first` minus that of `second`, with its interval over films.

    Attributes:
        p: two-sided, by permutation.
        p_holm: the same, raised for the number of pairs that were compared at once (Holm 1979).
    """

    first: str
    second: str
    difference: float
    low: float
    high: float
    p: float
    p_holm: float

    @property
    def told_apart(self) -> bool:
        """See `results.significance`."""
        return told_apart(self.p_holm, self.low, self.high)


@dataclass(frozen=True)
class Spread:
    """How far one model's score would move, were it measured again.

    Attributes:
        mean: of the seeds' scores on these films.
        seeds_sd: between the seeds' scores on these films, unbiased (n - 1); None with one seed.
        films_sd: of `mean` over bootstrap resamples of the films.
        both_sd: of one training's score on one new test set of this size; None with one seed.
        low: end of the interval of `mean` over resamples of the films.
        high: its other end.
    """

    mean: float
    seeds_sd: float | None
    films_sd: float
    both_sd: float | None
    low: float
    high: float


def compare_pairs(
    models: Models,
    targets: ArrayLike,
    metric: str = "f1_macro",
    *,
    n_resamples: int = 10_000,
    seed: int = 0,
    confidence: float = 0.95,
) -> list[PairedComparison]:
    """Every unordered pair, in the order of `models`; none for fewer than two models.

    Every seed counts, in p as in the difference and its interval, also where one model has more of them (see
    `permutation_p`). For ROC-AUC and average precision the permutations sort the films
    of each pair, and take minutes on thousands of them.

    Raises:
        ValueError: for input that `score` refuses, a model without predictions, an unknown metric, or one
            that is undefined on these films.
    """
    checked = _check(models, targets)
    observed, resampled = _scores(checked, metric, n_resamples, seed)
    pairs = list(combinations(models, 2))
    p = permutation_p(checked, pairs, metric, n_resamples, seed)
    raised = dict(zip(pairs, holm(list(p.values())), strict=True))
    found = []
    for a, b in pairs:
        low, high = percentiles(resampled[a] - resampled[b], confidence)
        difference = float(observed[a].mean() - observed[b].mean())
        found.append(PairedComparison(a, b, difference, low, high, p[a, b], raised[a, b]))
    return found


def spread(
    models: Models,
    targets: ArrayLike,
    metric: str = "f1_macro",
    *,
    n_resamples: int = 10_000,
    seed: int = 0,
    confidence: float = 0.95,
) -> dict[str, Spread]:
    """The spread of each model's score over seeds and over films; resamples as in `compare_pairs`.

    Raises:
        ValueError: as for `compare_pairs`.
    """
    observed, resampled = _scores(_check(models, targets), metric, n_resamples, seed)
    return {name: _spread(observed[name], resampled[name], confidence) for name in models}


def holm(p: Sequence[float]) -> list[float]:
    """Each p-value raised so that the chance of any false alarm among all of them is kept (Holm 1979).

    Example:
        >>> holm([0.04, 0.01, 0.02])
        [0.04, 0.03, 0.04]
    """
    order = np.argsort(p, kind="stable")
    raised = np.maximum.accumulate(np.asarray(p)[order] * np.arange(len(p), 0, -1))
    found = np.empty(len(p))
    found[order] = np.minimum(raised, 1.0)
    return [float(value) for value in found]


def _check(models: Models, targets: ArrayLike) -> Checked:
    for name, of_seeds in models.items():
        if not of_seeds:
            raise ValueError(f"models: {name} has no predictions; allowed is one or more, one a seed")
    return {name: [check_predictions(one, targets) for one in of_seeds] for name, of_seeds in models.items()}


def _scores(
    models: Checked, metric: str, n_resamples: int, seed: int
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Of each model: the seeds' scores on all films, (seeds,), and their mean on each resample, (R,)."""
    names = known_metric(metric)
    scorers = {name: [WeightedScorer(*one, names=names) for one in models[name]] for name in models}
    n_films = next((len(of_seeds[0][0]) for of_seeds in models.values()), 1)

    def scores(name: str, weights: Floats) -> Floats:
        return np.stack([scorer.metrics(weights)[metric] for scorer in scorers[name]])  # (seeds, R)

    observed = {name: scores(name, np.ones((n_films, 1)))[:, 0] for name in models}
    if any(np.isnan(found).any() for found in observed.values()):
        raise ValueError(f"{metric}: undefined on these {n_films} films; compare by another metric")
    resampled: dict[str, list[Floats]] = {name: [] for name in models}
    for weights in bootstrap_weights(n_films, n_resamples, seed):
        for name, chunks in resampled.items():
            chunks.append(scores(name, weights).mean(axis=0))
    return observed, {name: np.concatenate(chunks) for name, chunks in resampled.items()}


def _spread(observed: Floats, resampled: Floats, confidence: float) -> Spread:
    films_sd = float(np.nanstd(resampled, ddof=1)) if len(resampled) > 1 else 0.0
    seeds_sd = float(observed.std(ddof=1)) if len(observed) > 1 else None
    both_sd = None if seeds_sd is None else float(np.hypot(seeds_sd, films_sd))
    return Spread(float(observed.mean()), seeds_sd, films_sd, both_sd, *percentiles(resampled, confidence))
