"""Scores of some models on the scale of another, so that what is learned of the former holds for the latter.

A model that has seen all films has none left to learn thresholds from; those that each left out a part have.
But scores are of a scale: a mean of models is less sure than each of them, and by their thresholds would give
rare genres to too few films. Linear equating, by which two tests of the same people are made comparable
(Kolen and Brennan 2014, Test Equating, Scaling, and Linking, section 2.3,
https://doi.org/10.1007/978-1-4939-0317-7): on the same films, each genre's log-odds get the mean and the
standard deviation that they have in the other model. The films may be any that no model has learned from;
their genres play no part.
"""

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from cinefuse.metrics.arrays import Floats
from cinefuse.metrics.calibration import LARGEST_SLOPE, calibrate, log_odds


class LinearEquating:
    """A line for each genre on the logit scale.

    It follows scikit-learn: `fit` learns and returns self, learned names end in `_`.

    Attributes:
        rule: its name in records.
        slopes_: (G,), the other's deviation over the models' own, between 1 / `LARGEST_SLOPE` and that; 1
            where a genre's scores are all the same.
        intercepts_: (G,).
    """

    rule: ClassVar[str] = "linear-equating"
    slopes_: Floats
    intercepts_: Floats

    def fit(self, own: Sequence[ArrayLike], other: ArrayLike) -> Self:
        """Learns from the same N films.

        Args:
            own: of each of the models, (N, G) probabilities; means and deviations are averaged over models.
            other: (N, G), of the model whose scale is wanted.

        Raises:
            ValueError: for probabilities of other shapes, or outside [0, 1].
        """
        found = [log_odds(one) for one in own]
        target = log_odds(other)
        if not found or any(one.shape != target.shape for one in found):
            raise ValueError(
                f"own: shapes {[one.shape for one in found]}; allowed is one array or more of {target.shape}"
            )
        mean, deviation = (np.mean([how(one, axis=0) for one in found], axis=0) for how in (np.mean, np.std))
        spread = target.std(axis=0)
        known = (deviation > 0) & (spread > 0)
        slopes = np.divide(spread, deviation, out=np.ones_like(spread), where=known)
        self.slopes_ = slopes.clip(1 / LARGEST_SLOPE, LARGEST_SLOPE)
        self.intercepts_ = target.mean(axis=0) - self.slopes_ * mean
        return self

    def transform(self, probabilities: ArrayLike) -> Floats:
        """The models' probabilities (N, G), or thresholds (G,), on the other's scale, in their shape."""
        return calibrate(probabilities, self.slopes_, self.intercepts_)
