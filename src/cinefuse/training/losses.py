"""Losses over logits. Each averages over movies and genres, so that one learning rate suits them all.

`genre_weights` multiply the terms of a genre's own movies, in every loss alike; with `class_weights=none`
they are 1, and a loss is its paper's, averaged.
"""

from math import log
from typing import Annotated, Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid

from cinefuse.registry import Registry

Power = Annotated[float, Field(ge=0)]

LOSSES: Registry[type["Loss"]] = Registry("loss")


class LossSettings(BaseModel):
    """Which loss, and its numbers.

    Attributes:
        loss: name of a registered loss.
        class_weights: of a genre's movies in the loss: `balanced` is negatives / positives of the training
            split, `sqrt` its square root.
        focal_gamma: how far what is told well counts less; 0 is binary cross-entropy.
        asymmetric_gamma_positive: as `focal_gamma`, for the genres that a movie has.
        asymmetric_gamma_negative: as `focal_gamma`, for those that it has not.
        asymmetric_clip: a genre that a movie has not costs nothing up to this probability.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    loss: str = "bce"
    class_weights: Literal["balanced", "sqrt", "none"] = "balanced"
    focal_gamma: Power = 2.0
    asymmetric_gamma_positive: Power = 1.0
    asymmetric_gamma_negative: Power = 4.0
    asymmetric_clip: Annotated[float, Field(ge=0, lt=1)] = 0.05


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
    def build(cls, genre_weights: Tensor, settings: LossSettings) -> Self:
        """The loss with those of the settings that it has."""
        del settings
        return cls(genre_weights)


@LOSSES.register("bce", "binary cross-entropy, each genre weighted by its rarity")
class WeightedBCE(Loss):
    """Mean binary cross-entropy with `pos_weight`."""

    def forward(self, logits: Tensor, genres: Tensor) -> Tensor:
        """See `Loss`."""
        return binary_cross_entropy_with_logits(logits.float(), genres, pos_weight=self.genre_weights)


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
    def build(cls, genre_weights: Tensor, settings: LossSettings) -> Self:
        """See `Loss.build`."""
        return cls(genre_weights, settings.focal_gamma)

    def forward(self, logits: Tensor, genres: Tensor) -> Tensor:
        """See `Loss`."""
        log_p, log_not_p = logsigmoid(logits.float()), logsigmoid(-logits.float())
        # powers by way of the logarithm: finite, with its gradient, however sure the model is
        own = self.genre_weights * (self.gamma * log_not_p).exp() * log_p
        other = (self.gamma * log_p).exp() * log_not_p
        return -torch.where(genres > 0, own, other).mean()


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
    def build(cls, genre_weights: Tensor, settings: LossSettings) -> Self:
        """See `Loss.build`."""
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


def genre_weights(genres: Tensor, how: str) -> Tensor:
    """(G,) weights from the training split's (N, G) genres; 1 for a genre that it does not have.

    Args:
        genres: the training split's matrix.
        how: `balanced`, `sqrt` or `none`; see `LossSettings.class_weights`.
    """
    positives = genres.sum(dim=0)
    ratio = torch.where(positives > 0, (len(genres) - positives) / positives.clamp(min=1), torch.ones(()))
    # a genre that every movie has would weigh nothing
    ratio = ratio.clamp(min=1 / max(1, len(genres)))
    return {"balanced": ratio, "sqrt": ratio.sqrt(), "none": torch.ones_like(ratio)}[how]


def contrastive_loss(similarity: Tensor, genres: Tensor) -> Tensor:
    """Draws each movie to its genres and away from the others (Li et al. 2023, https://arxiv.org/abs/2310.08032).

    Genres are the anchors, as in supervised contrastive learning (Khosla et al. 2020, eq. 2): the mean over a
    movie's genres of -log softmax, averaged over the movies that have any.

    Args:
        similarity: (B, G), over the temperature.
        genres: (B, G), 0 or 1.
    """
    log_shares = similarity.float().log_softmax(dim=1)
    counts = genres.sum(dim=1)
    own = -(log_shares * genres).sum(dim=1) / counts.clamp(min=1)
    return own.sum() / (counts > 0).sum().clamp(min=1)
