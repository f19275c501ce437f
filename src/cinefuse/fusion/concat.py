"""Concatenation: both pooled vectors side by side under one linear head, with nothing between.

The plainest rival in Arevalo et al. 2017 (https://arxiv.org/abs/1702.01992), which puts its maxout network
on top; with a network, `early` is that.
"""

from typing import ClassVar, Self

import torch
from torch import nn

from cinefuse.encoders.encoder import Encoded
from cinefuse.fusion.fusion import FUSIONS, Fusion, FusionOutput, norm
from cinefuse.fusion.settings import FusionSettings


@FUSIONS.register("concat", "both pooled vectors under one linear head")
class Concatenation(Fusion):
    """(B, D_text), (B, D_vision) -> (B, D_text + D_vision).

    Where layers are normalised, each modality is for itself.
    """

    reads_tokens: ClassVar[bool] = False

    def __init__(self, text: int, vision: int, settings: FusionSettings) -> None:
        super().__init__()
        self.out_features = text + vision
        self.text, self.vision = norm(text, settings), norm(vision, settings)
        self.dropout = nn.Dropout(settings.dropout)

    @classmethod
    def build(cls, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> Self:
        """See `Fusion.build`."""
        del n_genres
        return cls(widths["text"], widths["vision"], settings)

    def forward(self, encoded: dict[str, Encoded]) -> FusionOutput:
        """See `Fusion.forward`."""
        both = [self.text(encoded["text"].pooled), self.vision(encoded["vision"].pooled)]
        return FusionOutput(self.dropout(torch.cat(both, dim=1)))
