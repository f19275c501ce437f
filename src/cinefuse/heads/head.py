"""What every head keeps to."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Self

from torch import Tensor, nn

from cinefuse.encoders.encoder import Encoded
from cinefuse.fusion import Fusion, FusionOutput, FusionSettings
from cinefuse.heads.settings import HeadSettings
from cinefuse.registry import Registry


class HeadedSettings(FusionSettings, HeadSettings):
    """What decides the shape of a fusion and the head on it."""


HEADS: Registry[type["Head"]] = Registry("head")


class Head(nn.Module, ABC):
    """Says how likely each genre is, from what the fusion made of a movie.

    What it learns from the training split's genres alone (`fit`) are buffers: a bundle holds them.

    Attributes:
        reads_tokens: whether it reads words and places besides the fusion's features.
    """

    reads_tokens: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def build(cls, fusion: Fusion, widths: dict[str, int], n_genres: int, settings: HeadedSettings) -> Self:
        """Builds it for that fusion.

        Args:
            fusion: whose features it reads; left as it is.
            widths: of the encoders, by modality.
            n_genres: G.
            settings: of fusion and head.
        """

    @abstractmethod
    def forward(
        self, fused: FusionOutput, encoded: Mapping[str, Encoded], genres: Tensor | None = None
    ) -> Tensor:
        """Logits (B, G).

        Args:
            fused: what the fusion made of the movies.
            encoded: what it made that of, by modality.
            genres: (B, G) of 0 and 1, the truth, in training; None where genres are to be told.
        """

    def weigh(self, fused: FusionOutput, encoded: Mapping[str, Encoded]) -> dict[str, Tensor]:
        """What reports may show of it, by name, as a fusion's weights; nothing where it weighs nothing."""
        del fused, encoded
        return {}

    def fit(self, genres: Tensor) -> Self:
        """Learns how genres come, and come together, from the training split's matrix (N, G)."""
        del genres
        return self
