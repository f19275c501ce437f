"""Recipes: what to train, as data."""

from cinefuse.recipes.catalogue import RECIPES, find_members, find_recipe, find_recipes, find_with_ensembles
from cinefuse.recipes.compose import compose
from cinefuse.recipes.ensembles import ENSEMBLE_RECIPES, EnsembleRecipe
from cinefuse.recipes.profiles import PROFILE_DESCRIPTIONS
from cinefuse.recipes.recipe import Recipe, Settings, describe_settings
from cinefuse.recipes.report import REPORT_RECIPES

__all__ = [
    "ENSEMBLE_RECIPES",
    "PROFILE_DESCRIPTIONS",
    "RECIPES",
    "REPORT_RECIPES",
    "EnsembleRecipe",
    "Recipe",
    "Settings",
    "compose",
    "describe_settings",
    "find_members",
    "find_recipe",
    "find_recipes",
    "find_with_ensembles",
]
