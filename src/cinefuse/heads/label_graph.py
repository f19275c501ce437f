"""Label graph: genres that come together share what their classifiers learn."""

from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from cinefuse.encoders.encoder import Encoded
from cinefuse.fusion import Fusion, FusionOutput
from cinefuse.heads.head import HEADS, Head, HeadedSettings

SLOPE = 0.2  # of the leaky ReLU, as in the paper


@HEADS.register("label-graph", "genres that come together share what they learn")
class LabelGraphHead(Head):
    """ML-GCN (Chen et al. 2019, https://arxiv.org/abs/1904.03582).

    Two graph convolutions turn a vector a genre into its classifier: logits are features times classifiers.
    The paper's vectors are GloVe's of the classes' names; ours are learned.

    Attributes:
        ties: (G, G), what each genre takes from each; its own vector alone before `fit`.
    """

    ties: Tensor

    def __init__(self, features: int, n_genres: int, settings: HeadedSettings) -> None:
        super().__init__()
        own, hidden = settings.label_graph_widths
        self.threshold, self.share = settings.label_graph_threshold, settings.label_graph_share
        self.genres = nn.Parameter(torch.randn(n_genres, own))
        self.first, self.second = (
            nn.Linear(before, after, bias=False) for before, after in ((own, hidden), (hidden, features))
        )
        # what joins two modalities ends in dropout already
        self.dropout = nn.Dropout(settings.dropout if settings.fusion == "single" else 0.0)
        self.register_buffer("ties", torch.eye(n_genres))

    @classmethod
    def build(cls, fusion: Fusion, widths: dict[str, int], n_genres: int, settings: HeadedSettings) -> Self:
        """See `Head.build`."""
        del widths
        return cls(fusion.out_features, n_genres, settings)

    def fit(self, genres: Tensor) -> Self:
        """See `Head.fit`."""
        self.ties.copy_(genre_ties(genres, self.threshold, self.share))
        return self

    def forward(
        self, fused: FusionOutput, encoded: Mapping[str, Encoded], genres: Tensor | None = None
    ) -> Tensor:
        """See `Head.forward`."""
        del encoded, genres
        hidden = leaky_relu(self.ties @ self.first(self.genres), SLOPE)
        classifiers = self.ties @ self.second(hidden)
        # of the movies (B, D), of the genres (G, D)
        logits: Tensor = self.dropout(fused.features) @ classifiers.T
        return logits


def genre_ties(genres: Tensor, threshold: float, share: float) -> Tensor:
    """(G, G), rows that sum to 1, from the training split's (N, G): equations 6 to 8 of the paper.

    P_ij is the share of the films of i that have j as well, and A_ij = 1 where it reaches the threshold. Row
    i gives `share` evenly to the others of A_ij = 1 and the rest to i itself; without others, all of it.
    """
    films_of = genres.float()
    together = films_of.T @ films_of
    films = together.diagonal().clamp(min=1)
    tied = (together / films[:, None] >= threshold).float().fill_diagonal_(0)
    ties = share * tied / tied.sum(dim=1, keepdim=True).clamp(min=1)
    return ties + torch.diag(1 - ties.sum(dim=1))
