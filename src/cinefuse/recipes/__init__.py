"""Recipes: what to train, as data."""

from cinefuse.recipes.compose import RECIPES, compose, find_recipe
from cinefuse.recipes.profiles import DESCRIPTIONS as PROFILES
from cinefuse.recipes.recipe import Recipe, Settings

__all__ = ["PROFILES", "RECIPES", "Recipe", "Settings", "compose", "find_recipe"]
