"""The gated multimodal unit: a gate decides, feature by feature and movie by movie, whom to believe.

Arevalo et al. 2017, https://arxiv.org/abs/1702.01992, the bimodal unit:

    h_v = tanh(W_v x_v)    h_t = tanh(W_t x_t)    z = sigmoid(W_z [x_v, x_t])    h = z h_v + (1 - z) h_t

and a maxout network on top. Its authors' code normalises the inputs by batch statistics; here, where layers
are normalised, each modality's projections are, W_z's two halves among them.
"""

from typing import ClassVar, Self

import torch
from torch import nn

from cinefuse.encoders.encoder import Encoded
from cinefuse.fusion.fusion import FUSIONS, Fusion, FusionOutput, projection
from cinefuse.fusion.maxout import maxout_network
from cinefuse.fusion.settings import FusionSettings


@FUSIONS.register("gmu", "gated multimodal unit: a gate a feature between text and poster, maxout on top")
class GatedUnit(Fusion):
    """(B, D_text), (B, D_vision) -> (B, joint_width)."""

    reads_tokens: ClassVar[bool] = False

    def __init__(self, text: int, vision: int, settings: FusionSettings) -> None:
        super().__init__()
        width = self.out_features = settings.joint_width
        self.text, self.vision = projection(text, width, settings), projection(vision, width, settings)
        # W_z [x_v, x_t] is the sum of what its halves make of either
        self.gate_text = projection(text, width, settings)
        self.gate_vision = projection(vision, width, settings)
        self._settings = settings

    @classmethod
    def build(cls, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> Self:
        """See `Fusion.build`."""
        del n_genres
        return cls(widths["text"], widths["vision"], settings)

    def forward(self, encoded: dict[str, Encoded]) -> FusionOutput:
        """See `Fusion.forward`; `text_gate` is 1 - z (B, D), the text's share, as alpha is."""
        text, vision = encoded["text"].pooled, encoded["vision"].pooled
        z = torch.sigmoid(self.gate_vision(vision) + self.gate_text(text))
        joined = z * torch.tanh(self.vision(vision)) + (1 - z) * torch.tanh(self.text(text))
        return FusionOutput(joined, {"text_gate": (1 - z).detach()})

    def head(self, n_genres: int) -> nn.Module:
        """See `Fusion.head`."""
        return maxout_network(self.out_features, n_genres, self._settings)
