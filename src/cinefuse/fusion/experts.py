"""Mixture of experts: each modality has experts of its own, and a gate mixes their probabilities.

Arevalo et al. 2017 (https://arxiv.org/abs/1702.01992), after Jacobs et al. 1991
(https://doi.org/10.1162/neco.1991.3.1.79): experts are maxout networks, one a modality; the gate is a
softmax over them of a linear layer on both inputs, untied (a gate a genre, as in the authors' code) or tied
(one for all). With the untied gate, weights are of a film and a genre. Where a movie lacks a modality, its
experts are not asked.
"""

from typing import ClassVar, Self

import torch
from torch import Tensor, nn

from cinefuse.encoders.encoder import Encoded
from cinefuse.fusion.fusion import FUSIONS, NEAREST, Fusion, FusionOutput, mix, norm
from cinefuse.fusion.maxout import maxout_network
from cinefuse.fusion.settings import FusionSettings

MODALITIES = ("text", "vision")


@FUSIONS.register("experts", "mixture of experts: a gate mixes what each modality's own networks say")
class Experts(Fusion):
    """(B, D_text), (B, D_vision) -> logits of the mixed probabilities (B, G); E experts a modality."""

    reads_tokens: ClassVar[bool] = False
    takes_heads: ClassVar[bool] = False
    heads_beside = ()

    def __init__(self, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> None:
        super().__init__()
        self.out_features = n_genres
        self.experts = settings.experts
        for modality in MODALITIES:
            networks = [maxout_network(widths[modality], n_genres, settings) for _ in range(self.experts)]
            self.add_module(modality, nn.ModuleList(networks))
            self.add_module(f"{modality}_norm", norm(widths[modality], settings))
        self.gates = n_genres if settings.gate_per_genre else 1
        self.gate = nn.Linear(widths["text"] + widths["vision"], 2 * self.experts * self.gates)

    @classmethod
    def build(cls, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> Self:
        """See `Fusion.build`."""
        return cls(widths, n_genres, settings)

    def forward(self, encoded: dict[str, Encoded]) -> FusionOutput:
        """See `Fusion.forward`; `text_gate` (B, G), or (B, 1) if tied, is the text's experts' share."""
        # (B, E, G) each
        told = {name: self._told(name, encoded[name].pooled) for name in MODALITIES}
        shares = self._shares(encoded)
        features = mix(torch.cat([told["text"], told["vision"]], dim=1), shares)
        alone = {name: torch.logit(one.mean(dim=1), eps=NEAREST) for name, one in told.items()}
        weights = {"text_gate": shares[:, : self.experts].sum(dim=1).detach()}
        return FusionOutput(features, weights, alone)

    def _told(self, modality: str, pooled: Tensor) -> Tensor:
        """(B, E, G) probabilities."""
        networks = self.get_submodule(modality).children()
        return torch.sigmoid(torch.stack([network(pooled).float() for network in networks], dim=1))

    def _shares(self, encoded: dict[str, Encoded]) -> Tensor:
        """(B, 2 E, G or 1): sums to 1 over the experts, nothing for those of an absent modality."""
        inputs = [self.get_submodule(f"{name}_norm")(encoded[name].pooled) for name in MODALITIES]
        # (B, 2 E * gates) -> (B, 2 E, gates)
        scores: Tensor = (
            self.gate(torch.cat(inputs, dim=1)).float().unflatten(1, (2 * self.experts, self.gates))
        )
        has_text, has_vision = encoded["text"].present, encoded["vision"].present
        if has_text is not None and has_vision is not None:
            # (B, 2) -> (B, 2 E, 1)
            silent = torch.stack([has_vision & ~has_text, has_text & ~has_vision], dim=1)
            silent = silent.repeat_interleave(self.experts, dim=1)[..., None]
            scores = scores.masked_fill(silent, float("-inf"))
        return scores.softmax(dim=1)

    def head(self, n_genres: int) -> nn.Module:
        """See `Fusion.head`: the features are logits already."""
        del n_genres
        return nn.Identity()
