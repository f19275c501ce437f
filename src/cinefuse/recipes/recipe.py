"""A recipe: what to train, as data. Settings come together here, once, at the top.

Later wins: the defaults of the settings classes, the recipe, the profile, what the user set.
"""

import inspect
import re
from dataclasses import dataclass, field
from typing import Any

from pydantic import ConfigDict, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from cinefuse.bundle import ScoringSettings
from cinefuse.training.settings import TrainingSettings


class Settings(ScoringSettings, TrainingSettings):
    """Every setting of a run. Each is declared, with its default, beside the thing that it sets."""

    model_config = ConfigDict(allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Python counts true as 1; `batch_size=true` is a slip."""
        parts = value if isinstance(value, list | tuple) else [value]
        takes_truth = cls.model_fields[str(info.field_name)].annotation is bool
        if not takes_truth and any(isinstance(part, bool) for part in parts):
            raise PydanticCustomError("truth", "true and false are no values of this setting")
        return value


def describe_settings() -> dict[str, str]:
    """Setting -> what it is, as its class' docstring says; empty where the name says it all.

    Example:
        >>> describe_settings()["flip"]
        'probability of a horizontal mirror image.'
    """
    described = dict.fromkeys(sorted(Settings.model_fields), "")
    for parent in Settings.__mro__:
        _, _, attributes = (inspect.getdoc(parent) or "").partition("Attributes:\n")
        # an attribute begins at four blanks, and goes on where there are more
        for name, text in re.findall(r"^ {4}(\w+): (.+(?:\n {5,}.+)*)", attributes, re.MULTILINE):
            if name in described:
                described[name] = " ".join(text.split())
    return described


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to tell genres.

    Attributes:
        name: what the commands call it; ends in -text or -vision where only one modality is read.
        description: one line.
        overrides: where it differs from the defaults.
        base: the recipe that a file begins from, and whose place profiles give it; empty for one built in.
        profile: that it has unless another is given; empty for the default.
        on_top: what a file sets, above the profile.
        profiled: whether profiles change it; False where it is trained in seconds as it is.
    """

    name: str
    description: str
    overrides: dict[str, Any] = field(default_factory=dict)
    base: str = ""
    profile: str = ""
    on_top: dict[str, Any] = field(default_factory=dict)
    profiled: bool = True
