"""Recipes that somebody wrote down: TOML files, beside those that are built in.

recipe = "early-fusion"      # what it begins from
profile = "two-cores"        # unless it is `report`
description = "one line"     # unless the recipe's own will do

[settings]                   # what differs, above the profile; none is "none"
text_encoder = "bert-base-uncased"
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from cinefuse.errors import SettingsError
from cinefuse.recipes.compose import compose_loosely, takes_none, together, unknown_profile, unknown_setting
from cinefuse.recipes.concerns import idle_settings
from cinefuse.recipes.profiles import DEFAULT_PROFILE, PROFILES
from cinefuse.recipes.recipe import Recipe, Settings
from cinefuse.registry import unknown_name

SUFFIX = ".toml"


class RecipeFile(BaseModel):
    """What such a file may say.

    Attributes:
        recipe: name of a recipe that is built in.
        profile: that is put on top of it.
        description: one line.
        settings: on top of both.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipe: str
    profile: str = DEFAULT_PROFILE
    description: str = ""
    settings: dict[str, JsonValue] = {}


def read_recipe(path: Path, built_in: Mapping[str, Recipe]) -> Recipe:
    """The recipe of a file; it is called as the file is.

    Args:
        built_in: name -> recipe, those that it may begin from.

    Raises:
        SettingsError: if the file cannot be read, or says what it may not.
    """
    try:
        file = _read(path)
        faults = _unknown(file, built_in)
        recipe = None if faults else _on_top(file, path.stem, built_in[file.recipe])
        if recipe:
            settings = compose_loosely(recipe, ())
            faults = idle_settings([settings], file.settings) + _misnamed(path.stem, settings)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error
    if faults or not recipe:
        raise SettingsError(f"{path}: {together(faults)}")
    return recipe


def _misnamed(name: str, settings: Settings) -> list[str]:
    """Reports tell by its name what a model reads."""
    for modality, other in (("text", "vision"), ("vision", "text")):
        alone = getattr(settings, modality) is not None and getattr(settings, other) is None
        if alone != name.endswith(f"-{modality}"):
            reads = "reads" if alone else "does not read"
            must = "must" if alone else "must not"
            return [f"it {reads} {modality} alone: the file's name {must} end in -{modality}{SUFFIX}"]
    return []


def recipe_files(folder: Path) -> list[Path]:
    """The recipe files of a folder, in order of their names.

    Raises:
        SettingsError: if there are none.
    """
    found = sorted(folder.glob(f"*{SUFFIX}"))
    if not found:
        raise SettingsError(f"{folder}: no recipe in it; allowed is a folder of files NAME{SUFFIX}")
    return found


def _read(path: Path) -> RecipeFile:
    try:
        return RecipeFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SettingsError(f"{error.strerror or error}; `cinefuse models` lists those built in") from error
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg'][:1].lower()}{fault['msg'][1:]}"
            for fault in error.errors()
        ]
        allowed = ", ".join(RecipeFile.model_fields)
        raise SettingsError(f"{'; '.join(faults)}; allowed are {allowed}") from error
    except ValueError as error:  # of TOML, or of bytes that are no text
        raise SettingsError(f"it is no TOML: {error}") from error


def _on_top(file: RecipeFile, name: str, base: Recipe) -> Recipe:
    own = {
        key: None if value == "none" and takes_none(key) else value for key, value in file.settings.items()
    }
    return Recipe(
        name,
        file.description or base.description,
        base.overrides,
        base=base.name,
        profile=file.profile,
        on_top=own,
        profiled=base.profiled,
    )


def _unknown(file: RecipeFile, built_in: Mapping[str, Recipe]) -> list[str]:
    """Names in it that nothing has."""
    faults = [unknown_setting(key) for key in file.settings if key not in Settings.model_fields]
    if file.recipe not in built_in:
        faults.append(unknown_name("recipe", file.recipe, list(built_in)))
    if file.profile not in PROFILES:
        faults.append(unknown_profile(file.profile))
    return faults
