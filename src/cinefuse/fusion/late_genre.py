"""Late fusion with a share a genre: a plot may tell War better than it tells Animation.

The sum rule of Kittler et al. 1998 ("On combining classifiers", https://doi.org/10.1109/34.667881) with
weights, one a genre, which are trained with the classifiers. Weights of a genre in a film are those of
`experts`.
"""

from typing import ClassVar

import torch
from torch import Tensor

from cinefuse.fusion.fusion import FUSIONS
from cinefuse.fusion.late import LateFusion
from cinefuse.fusion.settings import FusionSettings


@FUSIONS.register("late-genre", "late fusion, with a trained share of the text for every genre")
class LateGenreFusion(LateFusion):
    """As `LateFusion`, with alpha (G,)."""

    weights_name: ClassVar[str] = "alpha_by_genre"

    @staticmethod
    def _first_alpha(n_genres: int, settings: FusionSettings) -> Tensor:
        return torch.full((n_genres,), settings.alpha)
