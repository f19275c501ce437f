"""Losses over logits. Each averages over movies and genres, so that one learning rate suits them all."""

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from cinefuse.registry import Registry

LOSSES: Registry[type["Loss"]] = Registry("loss")


class Loss(nn.Module):
    """Logits (B, G) and genres (B, G) -> a number.

    Args:
        genre_weights: (G,), what a movie of the genre counts against one that is not of it.
    """

    genre_weights: Tensor

    def __init__(self, genre_weights: Tensor) -> None:
        super().__init__()
        self.register_buffer("genre_weights", genre_weights)


@LOSSES.register("bce", "binary cross-entropy, each genre weighted by its rarity")
class WeightedBCE(Loss):
    """Mean binary cross-entropy with `pos_weight`."""

    def forward(self, logits: Tensor, genres: Tensor) -> Tensor:
        """In float32, whatever the precision of the model."""
        return binary_cross_entropy_with_logits(logits.float(), genres, pos_weight=self.genre_weights)


def genre_weights(genres: Tensor, how: str) -> Tensor:
    """(G,) weights from the training split's (N, G) genres; 1 for a genre that it does not have.

    Args:
        genres: the training split's matrix.
        how: `balanced`, `sqrt` or `none`; see `TrainingSettings.class_weights`.
    """
    positives = genres.sum(dim=0)
    ratio = torch.where(positives > 0, (len(genres) - positives) / positives.clamp(min=1), torch.ones(()))
    # a genre that every movie has would weigh nothing
    ratio = ratio.clamp(min=1 / max(1, len(genres)))
    return {"balanced": ratio, "sqrt": ratio.sqrt(), "none": torch.ones_like(ratio)}[how]
