"""Label attention: each genre looks for its own words and places."""

from collections.abc import Mapping
from math import sqrt
from typing import ClassVar, Self

import torch
from torch import Tensor, nn

from cinefuse.encoders.encoder import Encoded
from cinefuse.fusion import Fusion, FusionOutput
from cinefuse.heads.head import HEADS, Head, HeadedSettings


@HEADS.register("label-attention", "each genre looks for its own words and places")
class LabelAttentionHead(Head):
    """Per-label attention as in CAML (Mullenbach et al. 2018, https://arxiv.org/abs/1802.05695, section 2.2).

    Every genre has a query; its softmax over all words and places h gives v = sum of a h, and its logit is
    linear in v. Ours adds the fusion's features to v, so that a genre begins with what the fusion knows, and
    divides scores by the root of the width. Words and places are projected, each modality normalised by
    itself: over both together a poster's large numbers would drown the words.
    """

    reads_tokens: ClassVar[bool] = True

    def __init__(
        self, features: int, widths: dict[str, int], n_genres: int, width: int, dropout: float
    ) -> None:
        super().__init__()
        self.features = nn.Linear(features, width)
        self.tokens = nn.ModuleDict(
            {name: nn.Sequential(nn.Linear(own, width), nn.LayerNorm(width)) for name, own in widths.items()}
        )
        self.queries = nn.Parameter(torch.randn(n_genres, width))
        self.classifiers = nn.Parameter(torch.randn(n_genres, width) / sqrt(width))
        self.bias = nn.Parameter(torch.zeros(n_genres))
        self.dropout = nn.Dropout(dropout)

    @classmethod
    def build(cls, fusion: Fusion, widths: dict[str, int], n_genres: int, settings: HeadedSettings) -> Self:
        """See `Head.build`."""
        return cls(fusion.out_features, widths, n_genres, settings.label_width, settings.dropout)

    def forward(
        self, fused: FusionOutput, encoded: Mapping[str, Encoded], genres: Tensor | None = None
    ) -> Tensor:
        """See `Head.forward`."""
        del genres
        tokens, shares = self._look(encoded)
        # (B, G, L) @ (B, L, W), and (B, 1, W) of the fusion
        seen = shares @ tokens + self.features(fused.features)[:, None]
        logits: Tensor = (self.dropout(seen) * self.classifiers).sum(dim=-1) + self.bias
        return logits

    @torch.no_grad()
    def weigh(self, fused: FusionOutput, encoded: Mapping[str, Encoded]) -> dict[str, Tensor]:
        """See `Head.weigh`: (B, G) of each genre's attention the share that goes to the poster's places."""
        del fused
        if "vision" not in self.tokens or len(self.tokens) == 1:
            return {}
        _, shares = self._look(encoded)
        before = 0
        for name in self.tokens:
            if name == "vision":
                break
            before += encoded[name].tokens.shape[1]
        places = shares[..., before : before + encoded["vision"].tokens.shape[1]]
        return {"poster_attention": places.float().sum(dim=-1)}

    def _look(self, encoded: Mapping[str, Encoded]) -> tuple[Tensor, Tensor]:
        """(B, L, W) words and places of all modalities side by side, and (B, G, L) what genres give each."""
        tokens = torch.cat([project(encoded[name].tokens) for name, project in self.tokens.items()], dim=1)
        mask = torch.cat([encoded[name].mask for name in self.tokens], dim=1)
        # written out: torch's own becomes an ONNX operation that onnxruntime does not run with this mask
        scores = self.queries @ tokens.transpose(1, 2) / sqrt(self.queries.shape[1])
        scores = scores.masked_fill(~mask[:, None], torch.finfo(scores.dtype).min)
        return tokens, scores.softmax(dim=-1)
