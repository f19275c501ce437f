"""Classifier chain: each genre is told knowing those before it."""

from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor, nn

from cinefuse.encoders.encoder import Encoded
from cinefuse.features.table import films_of_genres
from cinefuse.fusion import Fusion, FusionOutput
from cinefuse.heads.head import HEADS, Head, HeadedSettings


@HEADS.register("classifier-chain", "each genre is told knowing those that are more common")
class ClassifierChainHead(Head):
    """Classifier chain (Read et al. 2011, https://doi.org/10.1007/s10994-011-5256-5).

    The k-th genre's logit is the linear head's, and linear in the k - 1 genres before it: in training in
    those that the movie has, in scoring in their own probabilities, where the paper takes decisions. The
    paper's order is random, of many chains; this one goes from the commonest genre to the rarest.

    Attributes:
        order: (G,), the genre at each place of the chain; as they are before `fit`.
    """

    order: Tensor

    def __init__(self, layers: nn.Module, n_genres: int) -> None:
        super().__init__()
        self.layers = layers
        # the k-th genre's weights on those before it stand from k (k - 1) / 2 on, k from 0
        self.links = nn.Parameter(torch.zeros(n_genres * (n_genres - 1) // 2))
        self.register_buffer("order", torch.arange(n_genres))

    @classmethod
    def build(cls, fusion: Fusion, widths: dict[str, int], n_genres: int, settings: HeadedSettings) -> Self:
        """See `Head.build`."""
        del widths, settings
        return cls(fusion.head(n_genres), n_genres)

    def fit(self, genres: Tensor) -> Self:
        """See `Head.fit`."""
        self.order.copy_(films_of_genres(genres).argsort(descending=True, stable=True))
        return self

    def forward(
        self, fused: FusionOutput, encoded: Mapping[str, Encoded], genres: Tensor | None = None
    ) -> Tensor:
        """See `Head.forward`."""
        del encoded
        alone: Tensor = self.layers(fused.features)[:, self.order]
        if genres is not None:
            told = genres[:, self.order].to(alone.dtype)
        logits = alone[:, :1]
        for place in range(1, len(self.order)):
            before = told[:, :place] if genres is not None else logits.sigmoid()
            start = place * (place - 1) // 2
            linked = before @ self.links[start : start + place, None]
            logits = torch.cat([logits, alone[:, place : place + 1] + linked], dim=1)
        return logits[:, self.order.argsort()]
