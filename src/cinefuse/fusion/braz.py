"""Two branches, the poster's with class activation maps for attention, after Braz et al. 2021.

Braz, Teixeira, Pedrini, Dias: "Image-Text Integration Using a Multimodal Fusion Network Module for Movie
Genre Classification" (https://doi.org/10.1049/icp.2021.1456). Its abstract, which is all that we could read
of it, says: a branch classifies the text, another the image; in the image's, class activation maps (Zhou et
al. 2016, https://arxiv.org/abs/1512.04150) are the attention that finds the regions that matter; a module
joins the two.

Not told there, and chosen here: the map of a film is the sum of its genres' maps, each times the genre's
probability by the poster alone; a softmax over the places makes attention of it; the attended places are
added to the mean of all; the module is a projection a branch, side by side, and a hidden layer. Read its
numbers as those of this reading, not of the paper.
"""

from typing import ClassVar, Self

import torch
from torch import Tensor, nn

from cinefuse.encoders.encoder import Encoded, Modality
from cinefuse.fusion.fusion import FUSIONS, Fusion, FusionOutput, hidden_layers, norm
from cinefuse.fusion.settings import FusionSettings


@FUSIONS.register("braz", "class activation maps attend to the poster, joined with the text")
class ActivationFusion(Fusion):
    """(B, D_text), places (B, P, D_vision) -> (B, joint_width)."""

    heads_beside: ClassVar[tuple[Modality, ...]] = ("text",)

    def __init__(self, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> None:
        super().__init__()
        width = self.out_features = settings.joint_width
        self.places = norm(widths["vision"], settings)
        self.maps = nn.Linear(widths["vision"], n_genres)
        self.text = hidden_layers([widths["text"], width], settings)
        self.vision = hidden_layers([widths["vision"], width], settings)
        self.joint = hidden_layers([2 * width, width], settings)

    @classmethod
    def build(cls, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> Self:
        """See `Fusion.build`."""
        return cls(widths, n_genres, settings)

    def forward(self, encoded: dict[str, Encoded]) -> FusionOutput:
        """See `Fusion.forward`; `maps_to_places` is attention (B, 1, P)."""
        mask = encoded["vision"].mask
        places = self.places(encoded["vision"].tokens)
        evenly = (mask / mask.sum(dim=1, keepdim=True)).to(places.dtype)
        maps = self.maps(places)
        logits = self._weighed(maps, evenly)
        attention = self._attention(maps, logits, mask)
        seen = self._weighed(places, evenly) + self._weighed(places, attention)
        both = [self.text(encoded["text"].pooled), self.vision(seen)]
        weights = {"maps_to_places": attention[:, None].detach()}
        return FusionOutput(self.joint(torch.cat(both, dim=1)), weights, {"vision": logits})

    @staticmethod
    def _attention(maps: Tensor, logits: Tensor, mask: Tensor) -> Tensor:
        """Maps (B, P, G) and what they say together (B, G) -> (B, P)."""
        # (B, P, G) @ (B, G, 1) -> (B, P)
        activation = (maps @ torch.sigmoid(logits)[..., None]).squeeze(2)
        return activation.masked_fill(~mask, float("-inf")).softmax(dim=1)

    @staticmethod
    def _weighed(places: Tensor, weights: Tensor) -> Tensor:
        """(B, P, D), (B, P) -> (B, D)."""
        return (weights[:, None] @ places).squeeze(1)
