"""What every loss over logits keeps to.

Each averages over movies and genres, so that one learning rate suits them all. `genre_weights` multiply the
terms of a genre's own movies, in every loss alike; with `class_weights=none` they are 1, and a loss is its
paper's, averaged.
"""

from typing import Self

import torch
from torch import Tensor, nn

from cinefuse.features.table import films_of_genres
from cinefuse.registry import Registry
from cinefuse.training.losses.settings import LossSettings

LOSSES: Registry[type["Loss"]] = Registry("loss")


class Loss(nn.Module):
    """Logits (B, G) and genres (B, G) -> a number, in float32 whatever the precision of the model.

    Args:
        genre_weights: (G,), what a movie of the genre counts against one that is not of it.
    """

    genre_weights: Tensor

    def __init__(self, genre_weights: Tensor) -> None:
        super().__init__()
        self.register_buffer("genre_weights", genre_weights)

    @classmethod
    def build(cls, genre_weights: Tensor, settings: LossSettings, genres: Tensor) -> Self:
        """The loss with those of the settings that it has.

        Args:
            genre_weights: see the class.
            settings: of all losses.
            genres: the training split's matrix, (N, G) bool.
        """
        del settings, genres
        return cls(genre_weights)


def genre_weights(genres: Tensor, how: str) -> Tensor:
    """(G,) weights from the training split's (N, G) genres; 1 for a genre that it does not have.

    Args:
        genres: the training split's matrix, bool.
        how: `balanced`, `sqrt` or `none`; see `LossSettings.class_weights`.
    """
    positives = films_of_genres(genres)
    ratio = torch.where(positives > 0, (len(genres) - positives) / positives.clamp(min=1), torch.ones(()))
    # a genre that every movie has would weigh nothing
    ratio = ratio.clamp(min=1 / max(1, len(genres)))
    return {"balanced": ratio, "sqrt": ratio.sqrt(), "none": torch.ones_like(ratio)}[how]
