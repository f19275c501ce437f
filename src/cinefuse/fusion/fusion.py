"""What every fusion keeps to, and the head that most of them end in."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import ClassVar, Self

from torch import Tensor, nn

from cinefuse.encoders.encoder import Encoded
from cinefuse.fusion.settings import FusionSettings
from cinefuse.registry import Registry


@dataclass(frozen=True, slots=True)
class FusionOutput:
    """What a fusion makes of B movies.

    Attributes:
        features: (B, D), for the head.
        weights: how the modalities were weighted, by name (alpha, gate, attention), for reports.
        alone: modality -> logits (B, G) that it gives without the other, where the fusion makes them.
    """

    features: Tensor
    weights: dict[str, Tensor] = field(default_factory=dict)
    alone: dict[str, Tensor] = field(default_factory=dict)


FUSIONS: Registry[type["Fusion"]] = Registry("fusion")


class Fusion(nn.Module, ABC):
    """Joins what the encoders say of a movie.

    Attributes:
        out_features: width of `FusionOutput.features`.
        reads_tokens: whether it reads words and places; False where pooled vectors are enough.
    """

    out_features: int
    reads_tokens: ClassVar[bool] = True

    @classmethod
    @abstractmethod
    def build(cls, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> Self:
        """Builds it for encoders of those widths, by modality ("text", "vision")."""

    @abstractmethod
    def forward(self, encoded: dict[str, Encoded]) -> FusionOutput:
        """Joins the encoded modalities, by name."""

    def head(self, n_genres: int) -> nn.Module:
        """What goes on top: (B, out_features) -> logits (B, G)."""
        return nn.Linear(self.out_features, n_genres)


def hidden_layers(widths: Sequence[int], settings: FusionSettings) -> nn.Sequential:
    """Linear, activation, dropout from each width to the next; normalised where the settings say so."""
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), *activation(after, settings), nn.Dropout(settings.dropout)]
    return nn.Sequential(*layers)


def activation(width: int, settings: FusionSettings) -> list[nn.Module]:
    """ReLU, or layer norm and GELU."""
    return [nn.LayerNorm(width), nn.GELU()] if settings.layer_norm else [nn.ReLU()]


def single_head(in_features: int, n_genres: int, settings: FusionSettings) -> nn.Sequential:
    """The head on one modality: dropout, one hidden layer where there is one, logits."""
    if settings.head_width is None:
        return nn.Sequential(nn.Dropout(settings.dropout), nn.Linear(in_features, n_genres))
    return nn.Sequential(
        nn.Dropout(settings.dropout),
        *hidden_layers([in_features, settings.head_width], settings),
        nn.Linear(settings.head_width, n_genres),
    )
