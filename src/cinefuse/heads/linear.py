"""The head that a fusion brings along."""

from collections.abc import Mapping
from typing import Any, Self

from torch import Tensor, nn

from cinefuse.encoders.encoder import Encoded
from cinefuse.fusion import Fusion, FusionOutput
from cinefuse.heads.head import HEADS, Head, HeadedSettings


@HEADS.register("linear", "each genre by itself, from the fusion's features")
class LinearHead(Head):
    """`Fusion.head`: one layer, or two on one modality alone; (B, D) -> (B, G)."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.layers = layers

    @classmethod
    def build(cls, fusion: Fusion, widths: dict[str, int], n_genres: int, settings: HeadedSettings) -> Self:
        """See `Head.build`."""
        del widths, settings
        return cls(fusion.head(n_genres))

    def forward(
        self, fused: FusionOutput, encoded: Mapping[str, Encoded], genres: Tensor | None = None
    ) -> Tensor:
        """See `Head.forward`."""
        del encoded, genres
        logits: Tensor = self.layers(fused.features)
        return logits

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *others: Any) -> None:
        """Also of runs from before there was a choice of heads, whose layers were the head itself."""
        own = [name for name in state_dict if name.startswith(prefix)]
        for name in [name for name in own if not name.startswith(f"{prefix}layers.")]:
            state_dict[f"{prefix}layers.{name.removeprefix(prefix)}"] = state_dict.pop(name)
        super()._load_from_state_dict(state_dict, prefix, *others)
