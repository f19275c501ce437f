"""Early fusion: both pooled vectors side by side, one network over them."""

from typing import ClassVar, Self

import torch
from torch import nn

from cinefuse.encoders.encoder import Encoded
from cinefuse.fusion.fusion import FUSIONS, Fusion, FusionOutput, activation, hidden_layers
from cinefuse.fusion.settings import FusionSettings


@FUSIONS.register("early", "project both, concatenate, one network over the whole")
class EarlyFusion(Fusion):
    """(B, D_text), (B, D_vision) -> (B, 2 * width) -> the joint network."""

    reads_tokens: ClassVar[bool] = False

    def __init__(self, text: int, vision: int, settings: FusionSettings) -> None:
        super().__init__()
        width = settings.early_width
        self.text = nn.Linear(text, width)
        self.vision = nn.Linear(vision, width)
        widths = [2 * width, *settings.early_layers]
        self.joint = nn.Sequential(
            *activation(2 * width, settings), nn.Dropout(settings.dropout), hidden_layers(widths, settings)
        )
        self.out_features = widths[-1]

    @classmethod
    def build(cls, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> Self:
        """See `Fusion.build`."""
        del n_genres
        return cls(widths["text"], widths["vision"], settings)

    def forward(self, encoded: dict[str, Encoded]) -> FusionOutput:
        """See `Fusion.forward`."""
        both = torch.cat([self.text(encoded["text"].pooled), self.vision(encoded["vision"].pooled)], dim=1)
        return FusionOutput(self.joint(both))
