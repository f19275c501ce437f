"""Models that know who made a film: a graph of films and people between fusion and head.

Both stand on early fusion, so that what the graph adds can be measured against it. A film whose director and
cast are unknown, or made no training film, is told by that fusion alone.
"""

from cinefuse.recipes.recipe import Recipe
from cinefuse.recipes.report import FUSION

EARLY = FUSION | {"fusion": "early"}

GRAPH_RECIPES = (
    Recipe(
        "mm-gatbt",
        "early fusion, with graph attention over films that share people (Seo et al. 2022)",
        EARLY | {"graph": "neighbours"},
    ),
    Recipe(
        "knowledge-graph",
        "early fusion, attending to people by the genres of their other films (Li et al. 2023)",
        EARLY | {"graph": "knowledge"},
    ),
)
