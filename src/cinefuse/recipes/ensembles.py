"""Recipes of several: each member is trained by its own recipe, then all tell genres together."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EnsembleRecipe:
    """Several recipes whose runs are combined; see `combination`.

    Attributes:
        name: what the commands call it.
        description: one line.
        members: name of a recipe -> how often it is trained, with the seeds that follow its own.
    """

    name: str
    description: str
    members: Mapping[str, int]


ENSEMBLE_RECIPES = {
    recipe.name: recipe
    for recipe in (
        EnsembleRecipe(
            "best",
            "the highest macro F1: early and attention fusion, CentralNet and TF-IDF, an ensemble",
            {"early-fusion": 1, "attention-fusion": 1, "centralnet": 1, "tfidf-svm-text": 1},
        ),
    )
}
