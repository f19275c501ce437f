"""What came of the comparisons: a model to serve where computing is dear."""

from cinefuse.recipes.recipe import Recipe
from cinefuse.recipes.report import FUSION

OWN_RECIPES = (
    Recipe(
        "small",
        "early fusion of few layers and small posters, to be taught by `best` (teacher=RUN)",
        FUSION | {"fusion": "early", "text_layers": 3},
    ),
)
