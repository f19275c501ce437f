"""Recipe, profile and what the user set, put together; every fault in one message."""

import json
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, get_origin

from pydantic import ValidationError

from cinefuse.errors import SettingsError
from cinefuse.recipes.concerns import idle_settings
from cinefuse.recipes.contradictions import contradictions, unregistered
from cinefuse.recipes.profiles import DEFAULT_PROFILE, PROFILES, profile_overrides
from cinefuse.recipes.recipe import Recipe, Settings
from cinefuse.registry import unknown_name


def compose(recipe: Recipe, assignments: Sequence[str] = ()) -> Settings:
    """The settings of `recipe` with `key=value` assignments on top, as `--set` gives them.

    Raises:
        SettingsError: naming every assignment that does not exist, does not fit or contradicts another.

    Example:
        >>> from cinefuse.recipes import find_recipe
        >>> compose(find_recipe("bert-text"), ["batch_size=16", "text_pooling=mean"]).batch_size
        16
    """
    settings = compose_loosely(recipe, assignments)
    faults = idle_settings([settings], assignments)
    if faults:
        raise SettingsError(together(faults))
    return settings


def compose_loosely(recipe: Recipe, assignments: Sequence[str]) -> Settings:
    """As `compose`, but an assignment may be there for another model: whoever calls this checks it."""
    given, faults = _parse(assignments)
    profile = given.pop("profile", recipe.profile or DEFAULT_PROFILE)
    if profile not in PROFILES:
        faults.append(unknown_profile(profile))
        profile = DEFAULT_PROFILE
    composed = recipe.overrides | profile_overrides(profile, recipe) | recipe.on_top
    if (composed | given).get("learner", "gradient") != "gradient":
        composed["head_width"] = None  # what scikit-learn fits is linear
    try:
        settings = Settings.model_validate(composed | given)
    except ValidationError as error:
        faults += [_explain(dict(fault)) for fault in error.errors()]
        raise SettingsError(together(faults)) from error
    faults += unregistered(settings) + contradictions(settings)
    if faults:
        raise SettingsError(together(faults))
    return settings


def compose_many(recipes: Sequence[Recipe], assignments: Sequence[str] = ()) -> dict[str, Settings]:
    """Settings of several recipes; an assignment need only concern one of them.

    Raises:
        SettingsError: as `compose`, and for a name given twice.
    """
    names = [recipe.name for recipe in recipes]
    if len(set(names)) < len(names):
        raise SettingsError(f"a model is named twice: {', '.join(names)}")
    composed = {recipe.name: compose_loosely(recipe, assignments) for recipe in recipes}
    faults = idle_settings(list(composed.values()), assignments)
    if faults:
        raise SettingsError(together(faults))
    return composed


def _parse(assignments: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    given: dict[str, Any] = {}
    faults: list[str] = []
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        key = key.strip().replace("-", "_")
        if not equals:
            faults.append(f"'{assignment}' is no assignment; allowed is key=value")
        elif key not in Settings.model_fields and key != "profile":
            faults.append(unknown_setting(key))
        elif key in given:
            faults.append(f"{key} is set twice")
        else:
            given[key] = _value(key, value.strip())
    return given, faults


def unknown_profile(profile: Any) -> str:
    """What to say of a profile that does not exist."""
    return unknown_name("profile", str(profile), list(PROFILES))


def unknown_setting(key: str) -> str:
    """What to say of a setting that does not exist."""
    near = get_close_matches(key, ["profile", *Settings.model_fields], n=4)
    hint = f"the nearest are {', '.join(near)}; " if near else ""
    return f"no setting is called '{key}'; {hint}`cinefuse models --settings` lists all"


def together(faults: list[str]) -> str:
    """One message of all faults."""
    if len(faults) == 1:
        return faults[0]
    return f"{len(faults)} faults in the settings:\n" + "\n".join(f"  - {fault}" for fault in faults)


def _value(key: str, text: str) -> Any:
    """JSON where it is JSON, a list where the setting is one, else the text itself."""
    field = Settings.model_fields.get(key)
    if field is not None and field.annotation is str:
        return text
    if field is not None and get_origin(field.annotation) is tuple and not text.startswith("["):
        text = f"[{text}]"
    if text.lower() in {"none", "null"}:
        return None if field is not None and not field.is_required() and takes_none(key) else text
    try:
        return json.loads(text.lower() if text in {"True", "False"} else text)
    except ValueError:
        return text


def takes_none(key: str) -> bool:
    """Whether the setting may be none."""
    return type(None) in getattr(Settings.model_fields[key].annotation, "__args__", ())


def _explain(fault: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    given = fault["input"] if isinstance(fault["input"], str | int | float | bool | list | tuple) else "…"
    default = Settings.model_fields[str(fault["loc"][0])].default
    return f"{where}={given}: {fault['msg'][:1].lower()}{fault['msg'][1:]} (the default is {default})"
