"""Late fusion: each modality judges alone, and a trained share mixes their probabilities."""

from typing import ClassVar, Self

import torch
from torch import Tensor, nn

from cinefuse.encoders.encoder import Encoded
from cinefuse.fusion.fusion import FUSIONS, Fusion, FusionOutput, single_head
from cinefuse.fusion.settings import FusionSettings

NEAREST = 1e-6  # how near to 0 and 1 a mixed probability may come before its logit is taken


@FUSIONS.register("late", "alpha * p_text + (1 - alpha) * p_vision, alpha trained")
class LateFusion(Fusion):
    """Heads on both pooled vectors; features are the logits of the mixed probabilities (B, G)."""

    reads_tokens: ClassVar[bool] = False

    def __init__(self, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> None:
        super().__init__()
        self.out_features = n_genres
        self.text = single_head(widths["text"], n_genres, settings)
        self.vision = single_head(widths["vision"], n_genres, settings)
        # trained as a logit, so that alpha stays inside 0..1
        self.alpha_logit = nn.Parameter(torch.logit(torch.tensor(settings.alpha)))

    @classmethod
    def build(cls, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> Self:
        """See `Fusion.build`."""
        return cls(widths, n_genres, settings)

    def forward(self, encoded: dict[str, Encoded]) -> FusionOutput:
        """See `Fusion.forward`."""
        alpha = torch.sigmoid(self.alpha_logit)
        text: Tensor = self.text(encoded["text"].pooled).float()
        vision: Tensor = self.vision(encoded["vision"].pooled).float()
        mixed = alpha * torch.sigmoid(text) + (1 - alpha) * torch.sigmoid(vision)
        logits = torch.logit(mixed, eps=NEAREST)
        return FusionOutput(logits, {"alpha": alpha.detach()}, {"text": text, "vision": vision})

    def head(self, n_genres: int) -> nn.Module:
        """See `Fusion.head`: the features are logits already."""
        del n_genres
        return nn.Identity()
