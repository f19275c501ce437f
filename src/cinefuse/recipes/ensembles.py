"""Recipes of several: each member is trained by its own recipe, then all tell genres together."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class EnsembleRecipe:
    """Several recipes whose runs are combined; see `combination`.

    Attributes:
        name: what the commands call it.
        description: one line.
        members: names of recipes.
        folds: parts of the training films. Each member is trained so often, without another part each time,
            and what it says of the part is what the ensemble learns its weights and thresholds from.
        threshold: how the blend's probabilities become genres.
    """

    name: str
    description: str
    members: tuple[str, ...]
    folds: int = 5
    threshold: Literal["per-genre", "global"] = "per-genre"


ENSEMBLE_RECIPES = {
    recipe.name: recipe
    for recipe in (
        EnsembleRecipe(
            "best",
            "the highest macro F1: who made the film, CentralNet and GMU, five trainings each",
            ("knowledge-graph", "centralnet", "gmu"),
        ),
    )
}
