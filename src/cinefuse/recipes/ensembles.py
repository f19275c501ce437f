"""Recipes of several: each member is trained by its own recipe, then all are made one that tells genres."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class EnsembleRecipe:
    """Several recipes whose runs are combined; see `combination` and `soup`.

    Attributes:
        name: what the commands call it.
        description: one line.
        members: names of recipes.
        folds: parts of the training films. Each member is trained so often, without another part each time,
            and what it says of the part is what thresholds, and an ensemble's weights, are learned from.
        threshold: how probabilities become genres.
        averages: what is averaged: the runs' "probabilities", by an ensemble of them all, or their "weights",
            into one run; the latter of one member.
        without_people: the recipe in the place of members that read who made a film, where too few training
            films say so; None where the others do without them.
    """

    name: str
    description: str
    members: tuple[str, ...]
    folds: int = 5
    threshold: Literal["per-genre", "global"] = "per-genre"
    averages: Literal["probabilities", "weights"] = "probabilities"
    without_people: str | None = None

    @property
    def recipes(self) -> tuple[str, ...]:
        """Names of all recipes that may be trained for it."""
        return self.members + (() if self.without_people is None else (self.without_people,))


ENSEMBLE_RECIPES = {
    recipe.name: recipe
    for recipe in (
        EnsembleRecipe(
            "best",
            "the highest macro F1: who made the film, CentralNet and GMU, five trainings each",
            ("knowledge-graph", "centralnet", "gmu"),
        ),
        EnsembleRecipe(
            "small",
            "one model for the cost of one: the averaged weights of five trainings of knowledge-graph",
            ("knowledge-graph",),
            averages="weights",
            without_people="early-fusion",
        ),
    )
}
