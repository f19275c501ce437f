"""The multimodal bitransformer: the text encoder itself reads the poster, as a few words before the plot.

Kiela et al. 2019, https://arxiv.org/abs/1909.02950: the poster's places are pooled to N vectors, projected
to the width of word vectors, and read as [CLS] image ... [SEP] text ... [SEP]; each segment counts its
places from 0 and has a segment of its own, the image's first. What the text encoder pools of it goes under
a linear head.

So the encoder's own layers are run here, on its word vectors (`Fusion.runs`). Frozen layers stay as they
are and are run all the same, in every epoch: of them nothing can be made beforehand, and what is learned is
the projection.

Where it differs: [SEP] between is a vector of its own; an encoder without segments or numbered places
(DistilBERT has no segments) tells the image's words by the projection's bias; places are pooled in the
order of rows, to N bands of like size, where the authors cut at whole rows; BERT's own pooler is not used.
"""

from typing import ClassVar, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool1d

from cinefuse.encoders.encoder import Encoded, Layers, Modality
from cinefuse.fusion.fusion import FUSIONS, Fusion, FusionOutput, norm
from cinefuse.fusion.settings import FusionSettings


@FUSIONS.register(
    "mmbt", "multimodal bitransformer: the text encoder reads the poster as words before the plot"
)
class Bitransformer(Fusion):
    """Word vectors (B, L, D), places (B, P, D_vision) -> what the text encoder pools of both (B, D)."""

    heads_beside: ClassVar[tuple[Modality, ...]] = ("vision",)
    runs: ClassVar[Modality | None] = "text"

    def __init__(self, text: int, vision: int, settings: FusionSettings) -> None:
        super().__init__()
        self.out_features = text
        self.image_tokens = settings.image_tokens
        self.image = nn.Sequential(norm(vision, settings), nn.Linear(vision, text))
        self.separator = nn.Parameter(torch.zeros(text))
        self.dropout = nn.Dropout(settings.dropout)
        self._layers: Layers | None = None

    @classmethod
    def build(cls, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> Self:
        """See `Fusion.build`."""
        del n_genres
        return cls(widths["text"], widths["vision"], settings)

    def take(self, layers: Layers) -> None:
        """See `Fusion.take`."""
        self._layers = layers

    def forward(self, encoded: dict[str, Encoded]) -> FusionOutput:
        """See `Fusion.forward`."""
        assert self._layers is not None, "the text encoder has handed nothing over"
        return FusionOutput(self.dropout(self._layers(*self._reading(encoded))))

    @torch.no_grad()
    def weigh(self, encoded: dict[str, Encoded]) -> dict[str, Tensor]:
        """See `Fusion.weigh`: (B, 1) the share of attention that the poster gets in what is pooled."""
        assert self._layers is not None, "the text encoder has handed nothing over"
        looks = self._layers.attention(*self._reading(encoded))
        return {"poster_share": looks[:, 1 : 1 + self.image_tokens].float().sum(dim=1, keepdim=True)}

    def _reading(self, encoded: dict[str, Encoded]) -> tuple[Tensor, Tensor, int]:
        """Vectors (B, L + N + 1, D), which of them count, and how many are the image's segment."""
        words, mask = encoded["text"].tokens, encoded["text"].mask
        # (B, P, D_vision) -> (B, N, D_vision) -> (B, N, D)
        bands = adaptive_avg_pool1d(encoded["vision"].tokens.transpose(1, 2), self.image_tokens).transpose(
            1, 2
        )
        image = torch.cat([self.image(bands), self.separator.expand(len(words), 1, -1)], dim=1)
        read = torch.cat([words[:, :1], image.to(words.dtype), words[:, 1:]], dim=1)
        rest = mask[:, 1:]
        if encoded["text"].present is not None:  # the stand-in of an absent plot is one word
            rest = rest & encoded["text"].present[:, None]
        first = torch.ones_like(mask[:, :1]).expand(-1, 1 + image.shape[1])
        return read, torch.cat([first, rest], dim=1), first.shape[1]
