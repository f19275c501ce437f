"""A recipe: what to train, as data. Settings come together here, once, at the top.

Later wins: the defaults of the settings classes, the recipe, the profile, what the user set.
"""

from dataclasses import dataclass, field
from typing import Any

from cinefuse.bundle import ScoringSettings
from cinefuse.training.settings import TrainingSettings


class Settings(ScoringSettings, TrainingSettings):
    """Every setting of a run. Each is declared, with its default, beside the thing that it sets."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to tell genres.

    Attributes:
        name: what the commands call it; ends in -text or -vision where only one modality is read.
        description: one line.
        overrides: where it differs from the defaults.
    """

    name: str
    description: str
    overrides: dict[str, Any] = field(default_factory=dict)
