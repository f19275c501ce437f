"""CentralNet: a central network weighs in, at every layer, what a network a modality has found there.

Vielzeuf et al. 2018, https://arxiv.org/abs/1808.07275, with trained numbers alpha for every layer i:

    h_C^(i+1) = layer_C( alpha_C^i h_C^i + sum over k of alpha_k^i h_k^i )

The first layer has no central term, and the last joins logits: with all weight on the first it is early
fusion, with all on the last late fusion. The loss is the central one's and each modality's own, here
`auxiliary_loss` times theirs (1 in the recipe; smaller profiles have their own). The alphas begin even. The
paper joins layers of the encoders themselves, of which ours say only the last: the networks joined here are
those on top of the pooled vectors.
"""

from itertools import pairwise
from typing import ClassVar, Self

import torch
from torch import Tensor, nn

from cinefuse.encoders.encoder import Encoded
from cinefuse.fusion.fusion import FUSIONS, Fusion, FusionOutput, hidden_layers
from cinefuse.fusion.settings import FusionSettings


@FUSIONS.register("centralnet", "a central network that joins both modalities' networks layer by layer")
class CentralNet(Fusion):
    """(B, D_text), (B, D_vision) -> logits (B, G)."""

    reads_tokens: ClassVar[bool] = False
    takes_heads: ClassVar[bool] = False
    heads_beside = ()

    def __init__(self, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> None:
        super().__init__()
        self.out_features = n_genres
        hidden = list(settings.central_layers)
        self.text = self._network([widths["text"], *hidden], n_genres, settings)
        self.vision = self._network([widths["vision"], *hidden], n_genres, settings)
        self.central = self._network(hidden, n_genres, settings)
        n_layers = len(hidden) + 1
        evenly = torch.full((n_layers,), 1 / 3)
        evenly[0] = 1 / 2
        self.text_alpha, self.vision_alpha = nn.Parameter(evenly.clone()), nn.Parameter(evenly.clone())
        self.central_alpha = nn.Parameter(evenly[1:].clone())

    @classmethod
    def build(cls, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> Self:
        """See `Fusion.build`."""
        return cls(widths, n_genres, settings)

    @staticmethod
    def _network(widths: list[int], n_genres: int, settings: FusionSettings) -> nn.ModuleList:
        """A layer from each width to the next, and one to logits."""
        hidden = [hidden_layers(pair, settings) for pair in pairwise(widths)]
        return nn.ModuleList([*hidden, nn.Linear(widths[-1], n_genres)])

    def forward(self, encoded: dict[str, Encoded]) -> FusionOutput:
        """See `Fusion.forward`; the weights are the alphas (layers,), the central one's 0 at first."""
        text, vision = encoded["text"].pooled, encoded["vision"].pooled
        central: Tensor | None = None
        for i, (read, look) in enumerate(zip(self.text, self.vision, strict=True)):
            text, vision = read(text), look(vision)
            joined = self.text_alpha[i] * text + self.vision_alpha[i] * vision
            if central is not None:
                joined = joined + self.central_alpha[i - 1] * self.central[i - 1](central)
            central = joined
        assert central is not None, "there are always logits to join"
        first = self.central_alpha.new_zeros(1)
        alphas = {
            "text": self.text_alpha,
            "vision": self.vision_alpha,
            "central": torch.cat([first, self.central_alpha]),
        }
        weights = {f"{name}_alpha_by_layer": alpha.detach() for name, alpha in alphas.items()}
        return FusionOutput(central, weights, {"text": text, "vision": vision})

    def head(self, n_genres: int) -> nn.Module:
        """See `Fusion.head`: the features are logits already."""
        del n_genres
        return nn.Identity()
