"""Asymmetric loss: focal, otherwise for what a movie has than for what it has not."""

from math import log
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from cinefuse.training.losses.loss import LOSSES, Loss
from cinefuse.training.losses.settings import LossSettings


@LOSSES.register("asymmetric", "focal loss that soon lets go of the genres that a movie has not")
class AsymmetricLoss(Loss):
    """Asymmetric loss (Ridnik et al. 2021, https://arxiv.org/abs/2009.14119).

    -(1 - p)^gamma_positive log p where the movie has the genre; where it has not,
    -q^gamma_negative log(1 - q) with q = max(p - clip, 0). The paper's authors sum over movies and genres.
    """

    SMALLEST = 1e-8  # q is not less: a power below 1 has no gradient at 0

    def __init__(
        self, genre_weights: Tensor, gamma_positive: float, gamma_negative: float, clip: float
    ) -> None:
        super().__init__(genre_weights)
        self.gamma_positive, self.gamma_negative, self.clip = gamma_positive, gamma_negative, clip

    @classmethod
    def build(cls, genre_weights: Tensor, settings: LossSettings, genres: Tensor) -> Self:
        """See `Loss.build`."""
        del genres
        return cls(
            genre_weights,
            settings.asymmetric_gamma_positive,
            settings.asymmetric_gamma_negative,
            settings.asymmetric_clip,
        )

    def forward(self, logits: Tensor, genres: Tensor) -> Tensor:
        """See `Loss`."""
        log_p, log_not_p = logsigmoid(logits.float()), logsigmoid(-logits.float())
        own = self.genre_weights * (self.gamma_positive * log_not_p).exp() * log_p
        q = (log_p.exp() - self.clip).clamp(min=self.SMALLEST)
        # log(1 - q) = log(1 - p + clip), and 0 where q is
        log_not_q = log_not_p
        if self.clip:
            log_not_q = torch.logaddexp(log_not_p, log_not_p.new_tensor(log(self.clip))).clamp(max=0)
        return -torch.where(genres > 0, own, q**self.gamma_negative * log_not_q).mean()
