"""Scores of a model on the scale of another, so that what is learned of the former holds for the latter.

A model that has seen all films has none left to learn thresholds from; those that each left out a part have.
But scores are of a scale: a mean of models is less sure than each of them, and by their thresholds would give
rare genres to too few films. Linear equating, by which two tests of the same people are made comparable
(Kolen and Brennan 2014, Test Equating, Scaling, and Linking, chapter 2,
https://doi.org/10.1007/978-1-4939-0317-7): on the same films, each genre's log-odds get the mean and the
standard deviation that they have in the other model. The films may be any that no model has learned from;
their genres play no part.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from cinefuse.metrics.arrays import Floats
from cinefuse.metrics.calibration import LARGEST_SLOPE, calibrate, log_odds
from cinefuse.metrics.held_out import Rows


class LinearEquating:
    """A line for each genre on the logit scale.

    It follows scikit-learn: `fit` learns and returns self, learned names end in `_`.

    Attributes:
        slopes_: (G,), the other's deviation over the model's own, between 1 / `LARGEST_SLOPE` and that; 1
            where a genre's scores are all the same.
        intercepts_: (G,).
    """

    slopes_: Floats
    intercepts_: Floats

    def fit(self, own: ArrayLike, other: ArrayLike) -> Self:
        """Learns from the same N films.

        Args:
            own: (N, G) probabilities of the model.
            other: (N, G), of the model whose scale is wanted.

        Raises:
            ValueError: for probabilities of unlike shapes, or outside [0, 1].
        """
        given, wanted = log_odds(own), log_odds(other)
        if given.shape != wanted.shape:
            raise ValueError(f"own: shape {given.shape}; allowed is that of the other, {wanted.shape}")
        deviation, spread = given.std(axis=0), wanted.std(axis=0)
        known = (deviation > 0) & (spread > 0)
        slopes = np.divide(spread, deviation, out=np.ones_like(spread), where=known)
        self.slopes_ = slopes.clip(1 / LARGEST_SLOPE, LARGEST_SLOPE)
        self.intercepts_ = wanted.mean(axis=0) - self.slopes_ * given.mean(axis=0)
        return self

    def transform(self, probabilities: ArrayLike) -> Floats:
        """The model's probabilities (N, G), or thresholds (G,), on the other's scale, in their shape."""
        return calibrate(probabilities, self.slopes_, self.intercepts_)


def equate_parts(scores: ArrayLike, told_by: Rows, parts: Sequence[ArrayLike], whole: ArrayLike) -> Floats:
    """(N, G) what each of P models told, on the scale of another, by a line for each.

    Args:
        scores: (N, G).
        told_by: (N,) which of the P told each film.
        parts: of each of the P, (M, G) of other films.
        whole: (M, G) of the same, by the model whose scale is wanted.
    """
    found = np.array(scores, dtype=np.float64)
    for number, own in enumerate(parts):
        rows = told_by == number
        if rows.any():
            found[rows] = LinearEquating().fit(own, whole).transform(found[rows])
    return found
