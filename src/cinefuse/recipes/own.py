"""What came of the comparisons: a model to serve where computing is dear."""

from cinefuse.recipes.recipe import Recipe
from cinefuse.recipes.report import FUSION

SMALL_POSTERS = {"poster_height": 160, "poster_width": 112}

OWN_RECIPES = (
    Recipe(
        "small",
        "early fusion of small posters, to be taught by `best` (teacher=RUN) and served in int8",
        FUSION | {"fusion": "early"} | SMALL_POSTERS,
    ),
)
