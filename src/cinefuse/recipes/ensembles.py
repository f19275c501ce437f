"""Recipes of several: each member is trained by its own recipe, then all tell genres together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class EnsembleRecipe:
    """Several recipes whose runs are combined; see `combination`.

    Attributes:
        name: what the commands call it.
        description: one line.
        members: name of a recipe -> how often it is trained, with the seeds that follow its own.
        threshold: how the blend's probabilities become genres.
    """

    name: str
    description: str
    members: Mapping[str, int]
    threshold: Literal["per-genre", "global"] = "per-genre"


ENSEMBLE_RECIPES = {
    recipe.name: recipe
    for recipe in (
        EnsembleRecipe(
            "best",
            "the highest macro F1: early fusion, CentralNet, GMU and who made the film, an ensemble",
            {"early-fusion": 2, "centralnet": 2, "gmu": 1, "knowledge-graph": 1},
            threshold="global",
        ),
    )
}
