"""Maxout layers: the largest of several linear layers, unit by unit.

Goodfellow et al. 2013, https://arxiv.org/abs/1302.4389; the gated unit's paper makes its classifiers of them.
"""

from torch import Tensor, nn

from cinefuse.fusion.fusion import norm
from cinefuse.fusion.settings import FusionSettings


class Maxout(nn.Module):
    """(B, in_features) -> (B, out_features): max over the pieces of W_piece x + b_piece."""

    def __init__(self, in_features: int, out_features: int, pieces: int) -> None:
        super().__init__()
        self.out_features, self.pieces = out_features, pieces
        self.linear = nn.Linear(in_features, out_features * pieces)

    def forward(self, features: Tensor) -> Tensor:
        """See the class."""
        # (B, out_features * pieces) -> (B, out_features, pieces) -> (B, out_features)
        pieces: Tensor = self.linear(features).unflatten(1, (self.out_features, self.pieces))
        return pieces.amax(dim=2)


def maxout_network(in_features: int, n_genres: int, settings: FusionSettings) -> nn.Sequential:
    """The classifier of Arevalo et al. 2017: dropout, two maxout layers, a linear one; logits (B, G).

    Its authors put batch norms between; here is what `layer_norm` says, which no other movie changes.
    """
    layers: list[nn.Module] = [nn.Dropout(settings.dropout)]
    for before in (in_features, settings.maxout_width):
        layers += [
            Maxout(before, settings.maxout_width, settings.maxout_pieces),
            norm(settings.maxout_width, settings),
            nn.Dropout(settings.dropout),
        ]
    return nn.Sequential(*layers, nn.Linear(settings.maxout_width, n_genres))
