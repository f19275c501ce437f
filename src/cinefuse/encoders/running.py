"""The layers of a text transformer, run by a fusion on word vectors of its own making."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import torch
from torch import Tensor
from transformers import PreTrainedModel

from cinefuse.encoders.segments import segments

AT_ONCE = 8  # films whose every pair of words is kept for every layer and head


class Runs(Protocol):
    """Whose layers they are; what it has of them may be filled in later."""

    backbone: PreTrainedModel
    pooling: Literal["cls", "mean"]


@dataclass(frozen=True, slots=True)
class TransformerLayers:
    """See `encoder.Layers`; segments are numbered, and count their places from 0, where it has such."""

    owner: Runs

    def __call__(self, vectors: Tensor, mask: Tensor, first: int) -> Tensor:
        """See `encoder.Layers`."""
        tokens: Tensor = self._run(vectors, mask, first).last_hidden_state
        return tokens[:, 0] if self.owner.pooling == "cls" else mean_of_words(tokens, mask)

    def attention(self, vectors: Tensor, mask: Tensor, first: int) -> Tensor:
        """See `encoder.Layers`; by transformers' slow attention, the only one that tells what it looks at."""
        backbone = self.owner.backbone
        usual = backbone.config._attn_implementation
        backbone.set_attn_implementation("eager")
        try:
            looks = [
                self._looks(vectors[start : start + AT_ONCE], mask[start : start + AT_ONCE], first)
                for start in range(0, len(vectors), AT_ONCE)
            ]
        finally:
            backbone.set_attn_implementation(usual)
        return torch.cat(looks)

    def _looks(self, vectors: Tensor, mask: Tensor, first: int) -> Tensor:
        layers = self._run(vectors, mask, first, output_attentions=True).attentions
        # a layer (B, heads, L, L) each -> (B, L, L), a row for each place that looks
        looks = torch.stack([layer.float().mean(dim=1) for layer in layers]).mean(dim=0)
        return looks[:, 0] if self.owner.pooling == "cls" else mean_of_words(looks, mask)

    def _run(self, vectors: Tensor, mask: Tensor, first: int, **more: bool) -> Any:
        backbone = self.owner.backbone
        told = segments(backbone, vectors, first)
        return backbone(inputs_embeds=vectors, attention_mask=mask.long(), **told, **more)


def mean_of_words(tokens: Tensor, mask: Tensor) -> Tensor:
    """(B, L, D) -> (B, D), over what the mask keeps."""
    weights = mask.to(tokens.dtype)
    # (B, 1, L) @ (B, L, D) -> (B, D)
    summed = torch.bmm(weights[:, None], tokens).squeeze(1)
    return summed / weights.sum(dim=1, keepdim=True).clamp(min=1)
