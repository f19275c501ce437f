"""Training: the report's recipe on transformers' Trainer."""

from cinefuse.training.determinism import seeded
from cinefuse.training.fitting import Fitted, fit
from cinefuse.training.settings import TrainingSettings

__all__ = ["Fitted", "TrainingSettings", "fit", "seeded"]
