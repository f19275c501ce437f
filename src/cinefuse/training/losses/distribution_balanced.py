"""Distribution-balanced loss: for genres that are rare, and come with others that are not."""

from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import softplus

from cinefuse.features.table import films_of_genres
from cinefuse.training.losses.loss import LOSSES, Loss
from cinefuse.training.losses.settings import LossSettings


@LOSSES.register("distribution-balanced", "cross-entropy that undoes what rare genres drag along")
class DistributionBalancedLoss(Loss):
    """Distribution-balanced loss (Wu et al. 2020, https://arxiv.org/abs/2007.09654).

    Re-balanced weights: drawn by genre, each as often, a film of genre i (n_i films) would come at the rate
    1 / n_i; it comes at the sum of 1 / n_j over all its genres j. The rate of the one over that of the other,
    r_i, becomes the weight alpha + sigmoid(beta (r_i - mu)) of both terms of the genre.

    Negative-tolerant regularisation: with the share p_i of films that have the genre, the logit z_i becomes
    u_i = z_i - v_i where v_i = kappa log(1 / p_i - 1), and the terms are log(1 + exp(-u_i)) where the movie
    has the genre and log(1 + exp(lambda u_i)) / lambda where it has not. (The authors' code shifts by v_i /
    lambda, and its focal variant is not this loss.)

    The defaults are the authors' for VOC-MLT, which has about as many classes as films have genres. Their
    best results draw films by genre as well: `sampling=class-aware`.

    Args:
        genre_weights: see `Loss`.
        films: (G,), n of each genre.
        n_movies: of the training split.
        settings: with alpha, beta, mu, kappa and lambda.
    """

    rates: Tensor
    shifts: Tensor

    def __init__(self, genre_weights: Tensor, films: Tensor, n_movies: int, settings: LossSettings) -> None:
        super().__init__(genre_weights)
        self.floor, self.slope = settings.distribution_alpha, settings.distribution_beta
        self.centre, self.tolerance = settings.distribution_mu, settings.distribution_lambda
        self.register_buffer("rates", 1 / films.clamp(min=1))
        # half a film, where all or none have the genre: its logarithm would be infinite
        shares = films.clamp(0.5, n_movies - 0.5) / n_movies
        self.register_buffer("shifts", settings.distribution_kappa * torch.log(1 / shares - 1))

    @classmethod
    def build(cls, genre_weights: Tensor, settings: LossSettings, genres: Tensor) -> Self:
        """See `Loss.build`."""
        return cls(genre_weights, films_of_genres(genres), len(genres), settings)

    def forward(self, logits: Tensor, genres: Tensor) -> Tensor:
        """See `Loss`."""
        shifted = logits.float() - self.shifts
        own = self.genre_weights * softplus(-shifted)
        other = softplus(self.tolerance * shifted) / self.tolerance
        return (self.balance(genres) * torch.where(genres > 0, own, other)).mean()

    def balance(self, genres: Tensor) -> Tensor:
        """(B, G) genres -> the weight of each movie's term of each genre, between alpha and alpha + 1."""
        # a movie without a genre is never drawn by one: all its weights are the largest
        drawn = (genres @ self.rates)[:, None].clamp(min=torch.finfo(torch.float32).tiny)
        return self.floor + torch.sigmoid(self.slope * (self.rates / drawn - self.centre))
