"""Cross-attention fusion: the words look at the poster, the poster looks at the words.

The report's own code attends to one pooled poster vector, where a softmax over one key is always 1,
and averages over padding too: `attention_pooled=true` is that variant, to measure the difference.
"""

from typing import Self

import torch
from torch import Tensor, nn

from cinefuse.encoders.encoder import Encoded
from cinefuse.errors import SettingsError
from cinefuse.fusion.fusion import FUSIONS, Fusion, FusionOutput, hidden_layers
from cinefuse.fusion.settings import FusionSettings


@FUSIONS.register("attention", "8-head cross-attention both ways between words and places")
class AttentionFusion(Fusion):
    """Words (B, L, D) and places (B, P, D) -> each attended by the other, averaged, joined."""

    def __init__(self, text: int, vision: int, settings: FusionSettings) -> None:
        super().__init__()
        width = settings.attention_width or text
        if width % settings.attention_heads:
            raise SettingsError(
                f"attention_heads={settings.attention_heads} does not divide the width {width}; "
                "allowed is a number of heads that does: set attention_heads or attention_width"
            )
        self.pooled = settings.attention_pooled
        self.text = nn.Linear(text, width) if text != width else nn.Identity()
        self.vision = nn.Linear(vision, width) if vision != width else nn.Identity()
        heads, dropout = settings.attention_heads, settings.dropout
        self.words_to_places = nn.MultiheadAttention(width, heads, dropout=dropout, batch_first=True)
        self.places_to_words = nn.MultiheadAttention(width, heads, dropout=dropout, batch_first=True)
        self.text_norm, self.vision_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.joint = hidden_layers([2 * width, settings.attention_hidden], settings)
        self.out_features = settings.attention_hidden

    @classmethod
    def build(cls, widths: dict[str, int], n_genres: int, settings: FusionSettings) -> Self:
        """See `Fusion.build`."""
        del n_genres
        return cls(widths["text"], widths["vision"], settings)

    def forward(self, encoded: dict[str, Encoded]) -> FusionOutput:
        """See `Fusion.forward`; in evaluation with weights, averaged over heads: (B, L, P) and (B, P, L)."""
        text, vision = encoded["text"], encoded["vision"]
        words, places = self.text(text.tokens), self.vision(vision.tokens)
        word_mask, place_mask = text.mask, vision.mask
        if self.pooled:
            places, place_mask = self.vision(vision.pooled)[:, None], place_mask[:, :1]
        tell = not self.training  # torch has a faster way where nobody asks for the weights
        seen, seen_weights = self.words_to_places(
            words, places, places, key_padding_mask=~place_mask, need_weights=tell
        )
        read, read_weights = self.places_to_words(
            places, words, words, key_padding_mask=None if self.pooled else ~word_mask, need_weights=tell
        )
        text_side = self._mean(
            self.text_norm(words + seen), torch.ones_like(word_mask) if self.pooled else word_mask
        )
        vision_side = self._mean(self.vision_norm(places + read), place_mask)
        weights = (
            {"words_to_places": seen_weights.detach(), "places_to_words": read_weights.detach()}
            if tell
            else {}
        )
        return FusionOutput(self.joint(torch.cat([text_side, vision_side], dim=1)), weights)

    @staticmethod
    def _mean(tokens: Tensor, mask: Tensor) -> Tensor:
        """(B, L, D) -> (B, D), over what the mask keeps."""
        kept = mask.to(tokens.dtype)[..., None]
        return (tokens * kept).sum(dim=1) / kept.sum(dim=1).clamp(min=1)
