"""All recipes by name, and those of files."""

from pathlib import Path

from cinefuse.errors import SettingsError
from cinefuse.recipes.classical import CLASSICAL_RECIPES
from cinefuse.recipes.ensembles import ENSEMBLE_RECIPES, EnsembleRecipe
from cinefuse.recipes.files import SUFFIX, read_recipe, recipe_files
from cinefuse.recipes.graph import GRAPH_RECIPES
from cinefuse.recipes.profiles import DEFAULT_PROFILE
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
        SettingsError: if there is none, or it is of several; the message lists those that there are.
    """
    if name.endswith(SUFFIX):
        return read_recipe(Path(name), RECIPES)
    if name in ENSEMBLE_RECIPES:
        raise SettingsError(
            f"recipe '{name}' is of several trainings, which `train` and `compare` combine; allowed here is "
            f"one that is trained for it ({', '.join(ENSEMBLE_RECIPES[name].recipes)}), or another recipe of "
            "one training"
        )
    if name not in RECIPES:
        raise SettingsError(unknown_name("recipe", name, [*RECIPES, *ENSEMBLE_RECIPES]))
    return RECIPES[name]


def find_members(ensemble: EnsembleRecipe) -> list[Recipe]:
    """The recipes that its members may be trained by."""
    return [RECIPES[name] for name in ensemble.recipes]


def find_recipes(names: str) -> list[Recipe]:
    """Those of a comma-separated list, in which a folder stands for its files; for none the report's seven.

    Raises:
        SettingsError: as `find_recipe`.
    """
    asked = _split(names)
    if not asked:
        return list(REPORT_RECIPES)
    found: list[Recipe] = []
    for name in asked:
        folder = Path(name)
        if name not in RECIPES and name not in ENSEMBLE_RECIPES and folder.is_dir():
            found += [read_recipe(path, RECIPES) for path in recipe_files(folder)]
        else:
            found.append(find_recipe(name))
    return found


def find_with_ensembles(names: str) -> tuple[list[Recipe], list[EnsembleRecipe]]:
    """As `find_recipes`, where names may be of ensembles too.

    Raises:
        SettingsError: as `find_recipe`; for a file that is called as a member and changes it, too.
    """
    asked = _split(names)
    ensembles = [ENSEMBLE_RECIPES[name] for name in dict.fromkeys(asked) if name in ENSEMBLE_RECIPES]
    single = ",".join(name for name in asked if name not in ENSEMBLE_RECIPES)
    found = find_recipes(single) if single or not ensembles else []
    called = {member.name: member for ensemble in ensembles for member in find_members(ensemble)}
    other = [one.name for one in found if one.name in called and not _same(one, called[one.name])]
    if other:
        raise SettingsError(
            f"{', '.join(other)}: from a file that changes it, and a member of an ensemble that is named "
            "too; give the file another name, or leave one of them out"
        )
    taken = [one.name for one in found if one.name in ENSEMBLE_RECIPES]
    if taken:
        raise SettingsError(f"{', '.join(taken)}: an ensemble is called so; give the file another name")
    return found, ensembles


def _same(one: Recipe, member: Recipe) -> bool:
    """Whether both are trained alike, whatever is set above them."""
    return one == member or (one.base == member.name and one.profile == DEFAULT_PROFILE and not one.on_top)


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]
