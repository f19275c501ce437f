"""What a frozen encoder makes of every movie of a table: computed once, read in every epoch."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence


@dataclass(frozen=True, slots=True)
class FrozenRows:
    """N movies as one frozen encoder sees them.

    Attributes:
        tokens: N tensors (L, D), each as long as its own plot or poster; None where the fusion reads pooled
            vectors alone.
        pooled: (N, D).
    """

    tokens: list[Tensor] | None
    pooled: Tensor

    def at(self, rows: Sequence[int]) -> "FrozenRows":
        """Those of these movies alone."""
        tokens = self.tokens and [self.tokens[row] for row in rows]
        return FrozenRows(tokens, self.pooled[torch.as_tensor(rows)])

    def batch(self, modality: str, indices: Sequence[int]) -> dict[str, Tensor]:
        """The movies at `indices`, under the names that `Batch` has for them."""
        pooled = self.pooled[torch.as_tensor(indices)]
        if self.tokens is None:
            # a fusion that reads pooled vectors alone gets them as one token: (B, D) -> (B, 1, D)
            tokens, mask = pooled[:, None], torch.ones((len(pooled), 1), dtype=torch.bool)
        else:
            chosen = [self.tokens[index] for index in indices]
            tokens = pad_sequence(chosen, batch_first=True)
            lengths = torch.tensor([len(one) for one in chosen])
            mask = torch.arange(tokens.shape[1])[None, :] < lengths[:, None]
        return {f"{modality}_tokens": tokens, f"{modality}_mask": mask, f"{modality}_pooled": pooled}
