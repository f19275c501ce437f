"""Recipes: what to train, as data."""

from cinefuse.recipes.compose import RECIPES, compose, find_recipe
from cinefuse.recipes.profiles import PROFILE_DESCRIPTIONS
from cinefuse.recipes.recipe import Recipe, Settings, describe_settings
from cinefuse.recipes.report import REPORT_RECIPES

__all__ = [
    "PROFILE_DESCRIPTIONS",
    "RECIPES",
    "REPORT_RECIPES",
    "Recipe",
    "Settings",
    "compose",
    "describe_settings",
    "find_recipe",
]
