"""Focal loss: what is told well counts less."""

from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from cinefuse.training.losses.loss import LOSSES, Loss
from cinefuse.training.losses.settings import LossSettings


@LOSSES.register("focal", "cross-entropy that dwells on what is told badly")
class FocalLoss(Loss):
    """Focal loss (Lin et al. 2017, https://arxiv.org/abs/1708.02002).

    -(1 - p)^gamma log p where the movie has the genre, -p^gamma log(1 - p) where it has not. The paper's
    alpha is here `genre_weights`: a weight w is alpha = w / (1 + w), the loss 1 / (1 - alpha) times as large.
    """

    def __init__(self, genre_weights: Tensor, gamma: float) -> None:
        super().__init__(genre_weights)
        self.gamma = gamma

    @classmethod
    def build(cls, genre_weights: Tensor, settings: LossSettings, genres: Tensor) -> Self:
        """See `Loss.build`."""
        del genres
        return cls(genre_weights, settings.focal_gamma)

    def forward(self, logits: Tensor, genres: Tensor) -> Tensor:
        """See `Loss`."""
        log_p, log_not_p = logsigmoid(logits.float()), logsigmoid(-logits.float())
        # powers by way of the logarithm: finite, with its gradient, however sure the model is
        own = self.genre_weights * (self.gamma * log_not_p).exp() * log_p
        other = (self.gamma * log_p).exp() * log_not_p
        return -torch.where(genres > 0, own, other).mean()
