"""Several models' probabilities of the same films, blended into one: weights that learn from the dev split.

M members tell N films' G genres, (M, N, G). The mean is taken of their log-odds (a logarithmic pool) or of
their probabilities (a linear one). Weights follow scikit-learn: the constructor stores, `fit` learns and
returns self, learned names end in `_`.

Weights are those of the best log loss on dev, none below 0. As in ensemble selection (Caruana et al. 2004,
https://doi.org/10.1145/1015330.1015432) they are fitted to the ensemble as a whole, but by convex
optimisation in place of a greedy search: M numbers have little to overfit with, and no chance is in them.
Each genre's loss is divided by that of always telling how frequent the genre is (normalised cross-entropy,
He et al. 2014, https://doi.org/10.1145/2648584.2648589), so that a rare genre counts as a frequent one does,
as in macro averages. A pull towards equal weights, `shrinkage` times the squared distance, matters where dev
is small.
"""

from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import expit, logit

from cinefuse.metrics.arrays import Bools, Floats, check_probabilities, check_targets
from cinefuse.metrics.calibration import LARGEST_LOGIT

Blend = Literal["log-odds", "probabilities"]

BLENDS: dict[Blend, str] = {
    "log-odds": "mean of the members' log-odds: one that is sure outvotes others that are not",
    "probabilities": "mean of the members' probabilities",
}
SHRINKAGE = 10.0
LEAST_WEIGHT = 0.01  # what weighs less is left out: it costs as much as any other member


def blend(told: Floats, weights: ArrayLike, how: Blend, reading: Bools | None = None) -> Floats:
    """(N, G) weighted means of (M, N, G) probabilities.

    Args:
        told: each member's probabilities of each film.
        weights: (M,), none below 0, of any sum above 0.
        how: one of `BLENDS`.
        reading: (M, N), which members read anything of a film: the others have no say in it. Of a film of
            which none that weighs anything reads anything, all have. None where all read something.

    Example:
        >>> blend(np.array([[[0.5]], [[0.9]]]), [1, 1], "probabilities").round(6).tolist()
        [[0.7]]
        >>> blend(np.array([[[0.5]], [[0.9]]]), [1, 1], "log-odds").round(6).tolist()  # odds 1 and 9
        [[0.75]]
    """
    checked = np.stack([check_probabilities(one) for one in told])
    shares = np.repeat(np.asarray(weights, dtype=np.float64)[:, None], checked.shape[1], axis=1)  # (M, N)
    if shares.shape[0] != len(checked) or shares.min() < 0 or not shares[:, 0].sum() > 0:
        raise ValueError(
            f"weights: {np.asarray(weights).tolist()} for {len(checked)} members; "
            "allowed is one each, none below 0 and not all 0"
        )
    if reading is not None:
        own = shares * reading
        shares = np.where(own.sum(axis=0) > 0, own, shares)
    shares = shares / shares.sum(axis=0)
    mean: Floats = (shares[:, :, None] * _scale(checked, how)).sum(axis=0)
    return np.asarray(expit(mean)) if how == "log-odds" else mean.clip(0, 1)


class BlendWeights:
    """Weights of the best normalised log loss.

    Attributes:
        weights_: (M,), of sum 1, each 0 or at least `LEAST_WEIGHT`; after `fit`.
    """

    weights_: Floats

    def __init__(self, how: Blend = "log-odds", shrinkage: float = SHRINKAGE) -> None:
        self.how = how
        self.shrinkage = shrinkage

    def fit(self, told: Floats, targets: ArrayLike) -> Self:
        """Learns from the dev split's (M, N, G) probabilities and (N, G) targets.

        Genres that no film has, or every film, have no say; with no other the weights are equal.
        """
        checked = np.stack([check_probabilities(one) for one in told])
        truth = check_targets(targets, checked.shape[1:])
        shares = truth.mean(axis=0)
        defined = (shares > 0) & (shares < 1)
        equal = np.full(len(checked), 1 / len(checked))
        if not defined.any():
            self.weights_ = equal
            return self
        found = self._minimise(checked[:, :, defined], truth[:, defined], equal)
        weights = found / found.sum() if found.sum() > 1e-9 else equal
        weights = np.where(weights < LEAST_WEIGHT, 0.0, weights)
        self.weights_ = weights / weights.sum()
        return self

    def transform(self, told: Floats) -> Floats:
        """(N, G) blended probabilities."""
        return blend(told, self.weights_, self.how)

    def _minimise(self, told: Floats, truth: Bools, equal: Floats) -> Floats:
        """(M,), of any sum for log-odds: how sure their mean is, calibration sees to."""
        scaled = _scale(told, self.how)
        shares = truth.mean(axis=0)
        entropy = -(shares * np.log(shares) + (1 - shares) * np.log(1 - shares))
        of_genre = 1 / (entropy * len(entropy))  # (G,): sums over films are in films' worth of base rate

        def loss(weights: Floats) -> tuple[float, Floats]:
            mixed: Floats = np.einsum("m,mng->ng", weights, scaled)
            if self.how == "log-odds":
                value = np.logaddexp(0, np.where(truth, -mixed, mixed))
                push = expit(mixed) - truth
            else:
                right = np.where(truth, mixed, 1 - mixed).clip(1e-9)
                value = -np.log(right)
                push = np.where(truth, -1.0, 1.0) / right
            pull = self.shrinkage * (weights - equal)
            total = (value * of_genre).sum() + 0.5 * (pull * (weights - equal)).sum()
            return float(total), np.einsum("mng,ng->m", scaled, push * of_genre) + pull

        sums_to_one = {"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like}
        found = minimize(
            loss,
            equal,
            jac=True,
            method="SLSQP",
            bounds=[(0.0, None if self.how == "log-odds" else 1.0)] * len(equal),
            constraints=[sums_to_one] if self.how == "probabilities" else [],
            options={"ftol": 1e-10, "maxiter": 500},
        )
        return np.asarray(found.x).clip(0)


def _scale(told: Floats, how: Blend) -> Floats:
    """What the mean is taken of; log-odds within what single precision can tell from certainty."""
    if how == "probabilities":
        return told
    with np.errstate(divide="ignore"):
        return np.asarray(np.clip(logit(told), -LARGEST_LOGIT, LARGEST_LOGIT))
