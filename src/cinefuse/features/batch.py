"""The one tensor container: what every model reads.

The legend of all shapes in cinefuse:

    B  movies in a batch        L  tokens (words of a plot, places of a poster)
    D  features                 G  genres
    H, W  pixels
"""

from dataclasses import dataclass, fields

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """B movies as tensors. A modality that the model does not read is None.

    Attributes:
        plot_tokens: (B, L) int64, padded to the longest plot of the batch.
        plot_mask: (B, L) bool, True where a token may be read. An absent plot is one readable padding
            token, so that no softmax runs over nothing; `has_plot` tells that it is absent.
        has_plot: (B,) bool.
        posters: (B, 3, H, W), uint8 in 0..255 or, augmented, float in 0..1; RGB. Zero where absent.
        has_poster: (B,) bool.
        genres: (B, G) float, 0 or 1; None when nothing is known of them.
        taught: (B, G), a teacher's probabilities of the genres, NaN for movies of which it told none; None
            without a teacher.
        text_tokens: (B, L, D), what a frozen text encoder made of the plots beforehand, in place of
            `plot_tokens`; see `FrozenRows`.
        text_mask: (B, L) bool, True where `text_tokens` counts.
        text_pooled: (B, D), likewise.
        vision_tokens: (B, L, D), likewise of the posters, in place of `posters`.
        vision_mask: (B, L) bool.
        vision_pooled: (B, D).
        neighbours: (B, L) int64, rows of the training films that share people with each; -1 is padding.
        people: (B, L, G), each film's people by the genres of their other films.
        people_roles: (B, L) int64, what they do in it; 0 is padding.
    """

    plot_tokens: Tensor | None = None
    plot_mask: Tensor | None = None
    has_plot: Tensor | None = None
    posters: Tensor | None = None
    has_poster: Tensor | None = None
    genres: Tensor | None = None
    taught: Tensor | None = None
    text_tokens: Tensor | None = None
    text_mask: Tensor | None = None
    text_pooled: Tensor | None = None
    vision_tokens: Tensor | None = None
    vision_mask: Tensor | None = None
    vision_pooled: Tensor | None = None
    neighbours: Tensor | None = None
    people: Tensor | None = None
    people_roles: Tensor | None = None

    def tensors(self) -> dict[str, Tensor]:
        """The tensors by name, without those that are None."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: tensor for name, tensor in named.items() if tensor is not None}

    def to(self, device: torch.device) -> "Batch":
        """The same batch on `device`."""
        return Batch(**{name: tensor.to(device) for name, tensor in self.tensors().items()})

    def at(self, rows: Tensor) -> "Batch":
        """The movies at `rows`, a mask (B,) or indices; still padded to the longest of the whole batch."""
        return Batch(**{name: tensor[rows] for name, tensor in self.tensors().items()})
