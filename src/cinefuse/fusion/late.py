"""Late fusion: each modality judges alone, and a trained share mixes their probabilities.

Where a movie lacks a modality, the other one's probabilities are taken as they are.
"""

from typing import ClassVar, Self

import torch
from torch import Tensor, nn

from cinefuse.encoders.encoder import Encoded
from cinefuse.fusion.fusion import FUSIONS, Fusion, FusionOutput, mix, single_head
from cinefuse.fusion.settings import FusionSettings


@FUSIONS.register("late", "alpha * p_text + (1 - alpha) * p_vision, alpha trained")
class LateFusion(Fusion):
    """Heads on both pooled vectors; features are the logits of the mixed probabilities (B, G)."""

    reads_tokens: ClassVar[bool] = False
    takes_heads: ClassVar[bool] = False
    heads_beside = ()
    weights_name: ClassVar[str] = "alpha"

    def __init__(self, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> None:
        super().__init__()
        self.out_features = n_genres
        self.text = single_head(widths["text"], n_genres, settings)
        self.vision = single_head(widths["vision"], n_genres, settings)
        # trained as a logit, so that alpha stays inside 0..1
        self.alpha_logit = nn.Parameter(torch.logit(self._first_alpha(n_genres, settings)))

    @classmethod
    def build(cls, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> Self:
        """See `Fusion.build`."""
        return cls(widths, n_genres, settings)

    def forward(self, encoded: dict[str, Encoded]) -> FusionOutput:
        """See `Fusion.forward`."""
        alpha = torch.sigmoid(self.alpha_logit)
        shares = self._shares(alpha, encoded)
        text: Tensor = self.text(encoded["text"].pooled).float()
        vision: Tensor = self.vision(encoded["vision"].pooled).float()
        probabilities = torch.sigmoid(torch.stack([text, vision], dim=1))
        logits = mix(probabilities, torch.stack([shares, 1 - shares], dim=1))
        return FusionOutput(logits, {self.weights_name: alpha.detach()}, {"text": text, "vision": vision})

    @staticmethod
    def _first_alpha(n_genres: int, settings: FusionSettings) -> Tensor:
        """(), or one a genre (G,)."""
        del n_genres
        return torch.tensor(settings.alpha)

    @staticmethod
    def _shares(alpha: Tensor, encoded: dict[str, Encoded]) -> Tensor:
        """(B, 1 or G), the text's share of each movie: all or nothing where the other modality is absent."""
        shares = alpha.reshape(1, -1).expand(encoded["text"].pooled.shape[0], -1)
        has_text, has_vision = encoded["text"].present, encoded["vision"].present
        if has_text is None or has_vision is None:
            return shares
        # (B,) -> (B, 1)
        shares = torch.where((has_text & ~has_vision)[:, None], torch.ones_like(shares), shares)
        return torch.where((has_vision & ~has_text)[:, None], torch.zeros_like(shares), shares)

    def head(self, n_genres: int) -> nn.Module:
        """See `Fusion.head`: the features are logits already."""
        del n_genres
        return nn.Identity()
