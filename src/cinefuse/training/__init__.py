"""Training: the report's recipe on transformers' Trainer."""

from cinefuse.training.determinism import seeded
from cinefuse.training.fitting import Fitted, fit
from cinefuse.training.settings import TrainingSettings
from cinefuse.training.sharing import check_shares

__all__ = ["Fitted", "TrainingSettings", "check_shares", "fit", "seeded"]
