"""Attention in training on a processor, in the two cases in which torch's own takes its slowest way.

With dropout torch's fast attention is out of use; its other one computes in float32, copies included, and
draws a number for every pair of words: half of DistilBERT's training (docs/log.md). In bfloat16 the fast
one's way back asks for products one by one, and prepares each for longer than it takes. All else is torch's.
"""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from cinefuse.encoders.dropout import drop

NAME = "cinefuse"
PASSED_ALONG = {"position_ids"}  # what BERT hands to everything in it, and attention has no use for


def attend_quickly(backbone: PreTrainedModel, *, quickly: bool = True) -> None:
    """Has a model that takes torch's attention take this one, or the other way; others keep their own."""
    own, new = ("sdpa", NAME) if quickly else (NAME, "sdpa")
    if backbone.config._attn_implementation == own:
        backbone.set_attn_implementation(new)


def attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **others: Any,
) -> tuple[Tensor, None]:
    """(B, heads, L, D) each -> (B, L, heads, D); in transformers' words, which calls it by them.

    Args:
        module: that asks.
        query: what each word looks for.
        key: what each offers.
        value: what each gives.
        attention_mask: (B, 1, L, L) bool, True where a word may look; None for everywhere.
        dropout: chance of each pair of words to be passed over; 0 outside of training.
        scaling: of query times key.
        others: what transformers asks of some models.
    """
    asked = {name for name, value in others.items() if not (value is None or value is False)}
    usual = not (getattr(module, "is_causal", True) or asked - PASSED_ALONG) and scaling is not None
    slow = dropout > 0 or (query.dtype == torch.bfloat16 and query.requires_grad)
    if not slow or query.device.type != "cpu" or not usual or query.shape[1] != key.shape[1]:
        found, _ = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **others
        )
        return found, None
    assert scaling is not None, "that is part of the usual"
    scores = (query * scaling) @ key.transpose(-1, -2)
    if attention_mask is not None:
        scores = scores.masked_fill(~attention_mask, torch.finfo(scores.dtype).min)
    found = drop(scores.softmax(dim=-1), dropout) @ value
    return found.transpose(1, 2).contiguous(), None


AttentionInterface.register(NAME, attention)
AttentionMaskInterface.register(NAME, sdpa_mask)
