"""The arithmetic of all metrics, for many weightings of the films at once.

One weight a film is enough for everything above it: ones give the score itself, multinomial counts a
bootstrap resample, zeros and ones over two stacked models a permutation. scikit-learn is the judge.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from scipy.sparse import csr_array, vstack

from cinefuse.metrics.arrays import Bools, Floats
from cinefuse.metrics.ranking import GenreRanking

RANKING_METRICS = ("roc_auc_macro", "average_precision_macro")
METRIC_NAMES = (
    "f1_macro",
    "f1_micro",
    "f1_weighted",
    "f1_samples",
    "precision_macro",
    "recall_macro",
    *RANKING_METRICS,
    "hamming_loss",
    "subset_accuracy",
)


class WeightedScorer:
    """Scores of fixed predictions under weights (N, R): R weightings of N films.

    Attributes:
        names: the metrics that `metrics` gives.
    """

    def __init__(
        self, probabilities: Floats, decisions: Bools, targets: Bools, names: tuple[str, ...] = METRIC_NAMES
    ) -> None:
        """Prepares what does not depend on weights. All arrays are (N, G) and checked already."""
        self.names = names
        self._n_genres = targets.shape[1]
        hits = decisions & targets
        chosen = decisions.sum(axis=1) + targets.sum(axis=1)
        wrong = (decisions != targets).sum(axis=1)
        f1 = _ratio(2.0 * hits.sum(axis=1), chosen)
        per_film = np.stack([f1, wrong / self._n_genres, wrong == 0, np.ones(len(targets))])
        # rows: hits, decisions, targets of each genre, then F1, wrong share, exactness of a film, and ones;
        # sparse because few genres are given, and because dense products wait for each other's threads
        rows = [csr_array(part, dtype=np.float64) for part in (hits.T, decisions.T, targets.T, per_film)]
        self._rows = csr_array(vstack(rows))
        # what films are ranked by, until they are; None where no name needs a ranking
        ranks = any(name in RANKING_METRICS for name in names)
        self._ranked_by = (probabilities, targets) if ranks else None
        self._kept: list[GenreRanking] = []

    def metrics(self, weights: Floats) -> dict[str, Floats]:
        """Name -> (R,), NaN where undefined.

        A genre that has no positive film under a weighting is left out of that weighting's macro averages.
        """
        return self.metrics_of(self.sums(weights), self.areas(weights))

    def per_genre(self, weights: Floats) -> dict[str, Floats]:
        """f1, precision, recall, roc_auc, average_precision and support -> (G, R), NaN where undefined."""
        return self.per_genre_of(self.sums(weights), self.areas(weights))

    def sums(self, weights: Floats) -> Floats:
        """All that the metrics need of the films but the order of their probabilities, (3 G + 4, R).

        Linear in the weights: what is swapped between two models can be added and taken away.
        """
        return np.asarray(self._rows @ weights)

    def metrics_of(self, sums: Floats, areas: dict[str, Floats] | None = None) -> dict[str, Floats]:
        """What `metrics` gives, from `sums`; without `areas` only for names that need no ranking."""
        hits, decided, positive, per_film = self._split(sums)
        genre = _genre_scores(hits, decided, positive) | (areas or {})
        means = {f"{name}_macro": _mean_over_genres(scores) for name, scores in genre.items()}
        n_positive = positive.sum(axis=0)
        some_positive = np.where(n_positive > 0, 1.0, np.nan)
        f1_samples, hamming_loss, subset_accuracy = per_film[:3] / per_film[3]
        scores = means | {
            "f1_micro": some_positive * _ratio(2 * hits.sum(axis=0), decided.sum(axis=0) + n_positive),
            "f1_weighted": some_positive * _ratio(np.nansum(genre["f1"] * positive, axis=0), n_positive),
            "f1_samples": f1_samples,
            "hamming_loss": hamming_loss,
            "subset_accuracy": subset_accuracy,
        }
        return {name: scores[name] for name in self.names}

    def per_genre_of(self, sums: Floats, areas: dict[str, Floats]) -> dict[str, Floats]:
        """What `per_genre` gives, from `sums` and `areas`."""
        hits, decided, positive, _ = self._split(sums)
        return _genre_scores(hits, decided, positive) | areas | {"support": positive}

    def areas(self, weights: Floats, *, keep: bool = True) -> dict[str, Floats]:
        """roc_auc and average_precision -> (G, R), NaN where undefined; nothing, if no name needs a ranking.

        Args:
            weights: (N, R).
            keep: how films rank in all genres, for the next weights; else it is found a genre at a time.
        """
        rankings: Iterable[GenreRanking] = self._kept
        if self._ranked_by is not None:
            rankings = _rank(*self._ranked_by)
            if keep:
                rankings = self._kept = list(rankings)
                self._ranked_by = None
        areas = [ranking.areas(weights) for ranking in rankings]
        if not areas:
            return {}
        roc_auc, average_precision = zip(*areas, strict=True)
        return {"roc_auc": np.stack(roc_auc), "average_precision": np.stack(average_precision)}

    def _split(self, sums: Floats) -> list[Floats]:
        return np.split(sums, [self._n_genres * k for k in (1, 2, 3)])


def _rank(probabilities: Floats, targets: Bools) -> Iterator[GenreRanking]:
    """One genre after the other."""
    for column, truth in zip(probabilities.T, targets.T, strict=True):
        yield GenreRanking(column, truth)


def _genre_scores(hits: Floats, decided: Floats, positive: Floats) -> dict[str, Floats]:
    defined = np.where(positive > 0, 1.0, np.nan)
    return {
        "f1": defined * _ratio(2 * hits, decided + positive),
        "precision": defined * _ratio(hits, decided),
        "recall": defined * _ratio(hits, positive),
    }


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Zero where the denominator is: scikit-learn's zero_division=0."""
    return np.divide(numerator, denominator, out=np.zeros(numerator.shape), where=denominator > 0)


def _mean_over_genres(scores: Floats) -> Floats:
    """Over those that are defined, (G, R) -> (R,); NaN where none is."""
    n_defined = np.count_nonzero(~np.isnan(scores), axis=0)
    return np.where(n_defined > 0, np.nansum(scores, axis=0) / np.maximum(n_defined, 1), np.nan)
