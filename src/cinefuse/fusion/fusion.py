"""What every fusion keeps to, and the head that most of them end in."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import ClassVar, Self

import torch
from torch import Tensor, nn

from cinefuse.encoders.encoder import Encoded, Layers, Modality
from cinefuse.fusion.settings import FusionSettings
from cinefuse.registry import Registry


@dataclass(frozen=True, slots=True)
class FusionOutput:
    """What a fusion makes of B movies.

    Attributes:
        features: (B, D), for the head.
        weights: how the modalities were weighted, by name (alpha, gate, attention), for reports: a number or,
            a genre or a layer each, (G,) or (layers,), where all movies share them; else a row a movie.
        alone: modality -> logits (B, G) that it gives without the other, where the fusion makes them.
    """

    features: Tensor
    weights: dict[str, Tensor] = field(default_factory=dict)
    alone: dict[str, Tensor] = field(default_factory=dict)


NEAREST = 1e-6  # how near to 0 and 1 a mixed probability may come before its logit is taken

FUSIONS: Registry[type["Fusion"]] = Registry("fusion")


class Fusion(nn.Module, ABC):
    """Joins what the encoders say of a movie.

    Attributes:
        out_features: width of `FusionOutput.features`.
        reads_tokens: whether it reads words and places; False where pooled vectors are enough.
        takes_heads: whether a head may stand on its features; False where they are logits already.
        heads_beside: modalities that may have a head of their own beside it, for `auxiliary_loss`; not those
            whose logits it makes itself, nor one whose pooled vector says nothing yet.
        runs: the modality whose encoder it reads with: it is handed the encoder's layers, and word vectors in
            place of what they make of them. None for a fusion that joins what encoders say.
    """

    out_features: int
    reads_tokens: ClassVar[bool] = True
    takes_heads: ClassVar[bool] = True
    heads_beside: ClassVar[tuple[Modality, ...]] = ("text", "vision")
    runs: ClassVar[Modality | None] = None

    @classmethod
    @abstractmethod
    def build(cls, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> Self:
        """Builds it for encoders of those widths, by modality ("text", "vision")."""

    @abstractmethod
    def forward(self, encoded: dict[str, Encoded]) -> FusionOutput:
        """Joins the encoded modalities, by name."""

    def weigh(self, encoded: dict[str, Encoded]) -> dict[str, Tensor]:
        """What reports may show beside `FusionOutput.weights`, where that costs a second look."""
        del encoded
        return {}

    def head(self, n_genres: int) -> nn.Module:
        """What goes on top: (B, out_features) -> logits (B, G)."""
        return nn.Linear(self.out_features, n_genres)

    def take(self, layers: Layers) -> None:
        """Is handed the layers of the encoder that it `runs`, whose own they stay."""
        raise NotImplementedError(f"{type(self).__name__} runs no encoder")


def hidden_layers(widths: Sequence[int], settings: FusionSettings) -> nn.Sequential:
    """Linear, activation, dropout from each width to the next; normalised where the settings say so."""
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), *activation(after, settings), nn.Dropout(settings.dropout)]
    return nn.Sequential(*layers)


def activation(width: int, settings: FusionSettings) -> list[nn.Module]:
    """ReLU, or layer norm and GELU."""
    return [nn.LayerNorm(width), nn.GELU()] if settings.layer_norm else [nn.ReLU()]


def norm(width: int, settings: FusionSettings) -> nn.Module:
    """What keeps a modality of large numbers from drowning the other, where layers are normalised."""
    return nn.LayerNorm(width) if settings.layer_norm else nn.Identity()


def projection(in_features: int, out_features: int, settings: FusionSettings) -> nn.Sequential:
    """A linear layer, and `norm` behind it."""
    return nn.Sequential(nn.Linear(in_features, out_features), norm(out_features, settings))


def mix(probabilities: Tensor, shares: Tensor) -> Tensor:
    """Logits (B, G) of probabilities (B, K, G) mixed by shares (B, K, G or 1) that sum to 1 over K."""
    return torch.logit((shares * probabilities).sum(dim=1), eps=NEAREST)


def single_head(in_features: int, n_genres: int, settings: FusionSettings) -> nn.Sequential:
    """The head on one modality: dropout, one hidden layer where there is one, logits."""
    if settings.head_width is None:
        return nn.Sequential(nn.Dropout(settings.dropout), nn.Linear(in_features, n_genres))
    return nn.Sequential(
        nn.Dropout(settings.dropout),
        *hidden_layers([in_features, settings.head_width], settings),
        nn.Linear(settings.head_width, n_genres),
    )
