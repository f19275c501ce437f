"""Two segments in one sequence, as BERT and its kin number them and count their places."""

import inspect

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel


def segments(backbone: PreTrainedModel, vectors: Tensor, first: int) -> dict[str, Tensor]:
    """What tells `backbone` that the first vectors of (B, L, D) are one segment and the others another.

    Each counts its places from 0 (Kiela et al. 2019). An encoder that has no such numbers is told nothing.
    """
    takes = inspect.signature(backbone.forward).parameters
    second = vectors.shape[1] - first
    told = {}
    if "token_type_ids" in takes and getattr(backbone.config, "type_vocab_size", 0) > 1:
        told["token_type_ids"] = torch.cat([_numbers(first, vectors) * 0, _numbers(second, vectors) * 0 + 1])
    table = position_table(backbone)
    if "position_ids" in takes and table is not None:
        begin = first_place(table)
        told["position_ids"] = torch.cat([_numbers(first, vectors), _numbers(second, vectors)]) + begin
    # (L,) -> (1, L), and (B, L) where no broadcasting is done
    return {
        name: one[None].expand(len(vectors) if name == "token_type_ids" else 1, -1)
        for name, one in told.items()
    }


def position_table(backbone: nn.Module) -> nn.Embedding | None:
    """A vector for each place in a sequence; None where the backbone has no table of them."""
    for name, module in backbone.named_modules():
        if name.endswith(("position_embeddings", "position_embedding")) and isinstance(module, nn.Embedding):
            return module
    return None


def first_place(table: nn.Embedding) -> int:
    """RoBERTa's kin begin to count behind the padding's own number."""
    return 0 if table.padding_idx is None else table.padding_idx + 1


def _numbers(count: int, like: Tensor) -> Tensor:
    return torch.arange(count, device=like.device)
