"""Losses over logits. A new one is a file here and a line below."""

from cinefuse.training.losses.asymmetric import AsymmetricLoss
from cinefuse.training.losses.bce import WeightedBCE
from cinefuse.training.losses.class_balanced import ClassBalancedLoss
from cinefuse.training.losses.contrastive import contrastive_loss
from cinefuse.training.losses.distribution_balanced import DistributionBalancedLoss
from cinefuse.training.losses.focal import FocalLoss
from cinefuse.training.losses.loss import LOSSES, Loss, genre_weights
from cinefuse.training.losses.settings import LossSettings

__all__ = [
    "LOSSES",
    "AsymmetricLoss",
    "ClassBalancedLoss",
    "DistributionBalancedLoss",
    "FocalLoss",
    "Loss",
    "LossSettings",
    "WeightedBCE",
    "contrastive_loss",
    "genre_weights",
]
