"""Recipes: what to train, as data."""

from cinefuse.recipes.compose import RECIPES, REPORT_MODELS, compose, find_recipe
from cinefuse.recipes.profiles import PROFILE_DESCRIPTIONS
from cinefuse.recipes.recipe import Recipe, Settings, describe_settings

__all__ = [
    "PROFILE_DESCRIPTIONS",
    "RECIPES",
    "REPORT_MODELS",
    "Recipe",
    "Settings",
    "compose",
    "describe_settings",
    "find_recipe",
]
