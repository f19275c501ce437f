"""Recipes of several trainings, of which one thing that tells genres is made."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class EnsembleRecipe:
    """Recipes whose runs are combined; see `combination` and `cross_fitting`.

    Attributes:
        name: what the commands call it.
        description: one line.
        members: names of recipes.
        folds: parts of the training films. Each member is trained so often, without another part each time,
            and what it says of the part is what thresholds, and an ensemble's weights, are learned from.
        threshold: how probabilities become genres.
        makes: an "ensemble" of all runs; or a "run" of one member, which is trained on all films besides, and
            decides by what the others say.
        without_people: the recipe in the place of members that read who made a film, where too few training
            films say so; None where the others do without them.
    """

    name: str
    description: str
    members: tuple[str, ...]
    folds: int = 5
    threshold: Literal["per-genre", "global"] = "per-genre"
    makes: Literal["ensemble", "run"] = "ensemble"
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
            "one knowledge-graph, which decides by what five others say of films that they have not seen",
            ("knowledge-graph",),
            makes="run",
            without_people="early-fusion",
        ),
    )
}
