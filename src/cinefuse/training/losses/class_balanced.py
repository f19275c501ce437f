"""Class-balanced loss: a genre weighs by the films that it has, where more of them bring less and less."""

from typing import Self

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from cinefuse.features.table import films_of_genres
from cinefuse.training.losses.loss import LOSSES, Loss
from cinefuse.training.losses.settings import LossSettings


@LOSSES.register("class-balanced", "cross-entropy, each genre weighted by its effective number of films")
class ClassBalancedLoss(Loss):
    """Class-balanced sigmoid cross-entropy (Cui et al. 2019, https://arxiv.org/abs/1901.05555).

    A genre of n films weighs (1 - beta) / (1 - beta^n), the inverse of its effective number of films, and
    all G weights are scaled to sum to G. The paper's movie has one class, whose weight all its terms have; of
    several, each weighs its own terms, as in Huang et al. 2021 (https://arxiv.org/abs/2109.04712).

    Args:
        genre_weights: see `Loss`.
        balance: (G,), what both terms of a genre count.
    """

    balance: Tensor

    def __init__(self, genre_weights: Tensor, balance: Tensor) -> None:
        super().__init__(genre_weights)
        self.register_buffer("balance", balance)

    @classmethod
    def build(cls, genre_weights: Tensor, settings: LossSettings, genres: Tensor) -> Self:
        """See `Loss.build`."""
        return cls(genre_weights, class_balance(films_of_genres(genres), settings.class_balanced_beta))

    def forward(self, logits: Tensor, genres: Tensor) -> Tensor:
        """See `Loss`."""
        return binary_cross_entropy_with_logits(
            logits.float(), genres, weight=self.balance, pos_weight=self.genre_weights
        )


def class_balance(films: Tensor, beta: float) -> Tensor:
    """(G,) weights that sum to G, of genres with so many films (G,); one without any counts as one film."""
    # in float64, where 1 - beta^n of a beta near 1 keeps its digits
    weights = (1 - beta) / (1 - beta ** films.double().clamp(min=1))
    return (weights * len(weights) / weights.sum()).float()
