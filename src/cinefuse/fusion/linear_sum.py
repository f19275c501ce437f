"""Linear sum: both pooled vectors projected to one width and added up.

The rival that the gated unit is held against in Arevalo et al. 2017 (https://arxiv.org/abs/1702.01992).
There the maxout network of `gmu` goes on top; here a linear head, so that what is measured is the sum.
"""

from typing import ClassVar, Self

from torch import nn

from cinefuse.encoders.encoder import Encoded
from cinefuse.fusion.fusion import FUSIONS, Fusion, FusionOutput, projection
from cinefuse.fusion.settings import FusionSettings


@FUSIONS.register("sum", "project both to one width, add up")
class LinearSum(Fusion):
    """(B, D_text), (B, D_vision) -> activation of W_text x_text + W_vision x_vision, (B, joint_width)."""

    reads_tokens: ClassVar[bool] = False

    def __init__(self, text: int, vision: int, settings: FusionSettings) -> None:
        super().__init__()
        self.out_features = settings.joint_width
        self.text = projection(text, settings.joint_width, settings)
        self.vision = projection(vision, settings.joint_width, settings)
        self.activation = nn.Sequential(
            nn.GELU() if settings.layer_norm else nn.ReLU(), nn.Dropout(settings.dropout)
        )

    @classmethod
    def build(cls, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> Self:
        """See `Fusion.build`."""
        del n_genres
        return cls(widths["text"], widths["vision"], settings)

    def forward(self, encoded: dict[str, Encoded]) -> FusionOutput:
        """See `Fusion.forward`."""
        joined = self.text(encoded["text"].pooled) + self.vision(encoded["vision"].pooled)
        return FusionOutput(self.activation(joined))
