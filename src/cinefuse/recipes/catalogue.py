"""All recipes by name, and those of files."""

from pathlib import Path

from cinefuse.errors import SettingsError
from cinefuse.recipes.classical import CLASSICAL_RECIPES
from cinefuse.recipes.files import SUFFIX, read_recipe, recipe_files
from cinefuse.recipes.graph import GRAPH_RECIPES
from cinefuse.recipes.published import PUBLISHED_RECIPES
from cinefuse.recipes.recipe import Recipe
from cinefuse.recipes.report import REPORT_RECIPES
from cinefuse.registry import unknown_name

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (*REPORT_RECIPES, *CLASSICAL_RECIPES, *PUBLISHED_RECIPES, *GRAPH_RECIPES)
}


def find_recipe(name: str) -> Recipe:
    """The recipe of that name, or of the file of that name, which ends in .toml (see `recipes.files`).

    Raises:
        SettingsError: if there is none; the message lists those that there are.
    """
    if name.endswith(SUFFIX):
        return read_recipe(Path(name), RECIPES)
    if name not in RECIPES:
        raise SettingsError(unknown_name("recipe", name, list(RECIPES)))
    return RECIPES[name]


def find_recipes(names: str) -> list[Recipe]:
    """Those of a comma-separated list, in which a folder stands for its files; for none the report's seven.

    Raises:
        SettingsError: as `find_recipe`.
    """
    asked = [name.strip() for name in names.split(",") if name.strip()]
    if not asked:
        return list(REPORT_RECIPES)
    found: list[Recipe] = []
    for name in asked:
        folder = Path(name)
        if name not in RECIPES and folder.is_dir():
            found += [read_recipe(path, RECIPES) for path in recipe_files(folder)]
        else:
            found.append(find_recipe(name))
    return found
