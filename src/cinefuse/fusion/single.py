"""No fusion: one modality, its pooled vector, a head with one hidden layer."""

from typing import ClassVar, Self

from torch import nn

from cinefuse.encoders.encoder import Encoded
from cinefuse.fusion.fusion import FUSIONS, Fusion, FusionOutput, single_head
from cinefuse.fusion.settings import FusionSettings


@FUSIONS.register("single", "one modality alone")
class Single(Fusion):
    """Passes the pooled vector on."""

    reads_tokens: ClassVar[bool] = False
    heads_beside = ()

    def __init__(self, width: int, settings: FusionSettings) -> None:
        super().__init__()
        self.out_features = width
        self._settings = settings

    @classmethod
    def build(cls, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> Self:
        """See `Fusion.build`; takes exactly one modality."""
        del n_genres
        (width,) = widths.values()
        return cls(width, settings)

    def forward(self, encoded: dict[str, Encoded]) -> FusionOutput:
        """See `Fusion.forward`."""
        (alone,) = encoded.values()
        return FusionOutput(alone.pooled)

    def head(self, n_genres: int) -> nn.Module:
        """See `Fusion.head`."""
        return single_head(self.out_features, n_genres, self._settings)
