"""Early fusion: both pooled vectors side by side, one network over them."""

from typing import ClassVar, Self

import torch
from torch import nn

from cinefuse.encoders.encoder import Encoded
from cinefuse.fusion.fusion import FUSIONS, Fusion, FusionOutput, activation, hidden_layers
from cinefuse.fusion.settings import FusionSettings


@FUSIONS.register("early", "project both, concatenate, one network over the whole")
class EarlyFusion(Fusion):
    """(B, D_text), (B, D_vision) -> (B, 2 * width) -> the joint network.

    Where layers are normalised, each modality is for itself: over both together a poster's large numbers
    would make the words small, and a film without a poster would look unlike every other.
    """

    reads_tokens: ClassVar[bool] = False

    def __init__(self, text: int, vision: int, settings: FusionSettings) -> None:
        super().__init__()
        width = settings.early_width
        self.text = nn.Linear(text, width)
        self.vision = nn.Linear(vision, width)
        widths = [2 * width, *settings.early_layers]
        self.text_activation = nn.Sequential(*activation(width, settings))
        self.vision_activation = nn.Sequential(*activation(width, settings))
        self.joint = nn.Sequential(nn.Dropout(settings.dropout), hidden_layers(widths, settings))
        self.out_features = widths[-1]

    @classmethod
    def build(cls, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> Self:
        """See `Fusion.build`."""
        del n_genres
        return cls(widths["text"], widths["vision"], settings)

    def forward(self, encoded: dict[str, Encoded]) -> FusionOutput:
        """See `Fusion.forward`."""
        text = self.text_activation(self.text(encoded["text"].pooled))
        vision = self.vision_activation(self.vision(encoded["vision"].pooled))
        return FusionOutput(self.joint(torch.cat([text, vision], dim=1)))
