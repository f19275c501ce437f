"""Low-rank fusion: every feature of the one times every feature of the other, by factors of low rank.

Liu et al. 2018, https://arxiv.org/abs/1806.00064: a linear layer on the outer product of the modalities'
vectors, each with a 1 appended, whose weights are a sum of R products of a vector a modality, is

    h = sum over r = 1..R of  product over modalities m of  W_m^r [h_m; 1]

so that the outer product is never made. By the appended 1 each modality alone is in the sum too. Before it,
as in the paper, each modality has a small network of its own.
"""

from typing import ClassVar, Self

from torch import Tensor, nn

from cinefuse.encoders.encoder import Encoded
from cinefuse.fusion.fusion import FUSIONS, Fusion, FusionOutput, hidden_layers
from cinefuse.fusion.settings import FusionSettings


@FUSIONS.register("low-rank", "low-rank tensor fusion: products of both modalities' factors, added up")
class LowRankFusion(Fusion):
    """(B, D_text), (B, D_vision) -> (B, low_rank_width)."""

    reads_tokens: ClassVar[bool] = False

    def __init__(self, text: int, vision: int, settings: FusionSettings) -> None:
        super().__init__()
        width = self.out_features = settings.low_rank_width
        self.rank = settings.rank
        self.text = hidden_layers([text, settings.joint_width], settings)
        self.vision = hidden_layers([vision, settings.joint_width], settings)
        # the bias is the weight of the appended 1
        self.text_factors = nn.Linear(settings.joint_width, self.rank * width)
        self.vision_factors = nn.Linear(settings.joint_width, self.rank * width)

    @classmethod
    def build(cls, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> Self:
        """See `Fusion.build`."""
        del n_genres
        return cls(widths["text"], widths["vision"], settings)

    def forward(self, encoded: dict[str, Encoded]) -> FusionOutput:
        """See `Fusion.forward`."""
        return FusionOutput(
            self.join(self.text(encoded["text"].pooled), self.vision(encoded["vision"].pooled))
        )

    def join(self, text: Tensor, vision: Tensor) -> Tensor:
        """(B, joint_width) twice -> (B, low_rank_width)."""
        # (B, R * width) -> (B, R, width) -> (B, width)
        shape = (self.rank, self.out_features)
        read: Tensor = self.text_factors(text).unflatten(1, shape)
        seen: Tensor = self.vision_factors(vision).unflatten(1, shape)
        return (read * seen).sum(dim=1)
