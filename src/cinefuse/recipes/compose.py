"""Recipe, profile and what the user set, put together; every fault in one message."""

import json
from collections.abc import Sequence
from typing import Any, get_origin

from pydantic import ValidationError

from cinefuse.encoders import ENCODERS
from cinefuse.errors import SettingsError
from cinefuse.fusion import FUSIONS, GRAPHS
from cinefuse.recipes.concerns import idle_settings
from cinefuse.recipes.graph import GRAPH_RECIPES
from cinefuse.recipes.profiles import DEFAULT_PROFILE, PROFILES
from cinefuse.recipes.recipe import Recipe, Settings
from cinefuse.recipes.report import REPORT_RECIPES
from cinefuse.registry import Registry, unknown_name
from cinefuse.training.losses import LOSSES

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (*REPORT_RECIPES, *GRAPH_RECIPES)}

# setting -> the names that it may take
_REGISTERED: dict[str, Registry[Any]] = {
    "text": ENCODERS,
    "vision": ENCODERS,
    "fusion": FUSIONS,
    "graph": GRAPHS,
    "loss": LOSSES,
}

# tracker -> its package, and transformers' name for it, where those are not the tracker's own
_TRACKER_PACKAGES = {
    "azure_ml": ("azureml-sdk", "azureml"),
    "comet_ml": ("comet-ml", "comet"),
    "flyte": ("flytekit", "flytekit"),
}


def find_recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        SettingsError: if there is none; the message lists those that there are.
    """
    if name not in RECIPES:
        raise SettingsError(unknown_name("recipe", name, list(RECIPES)))
    return RECIPES[name]


def compose(recipe: Recipe, assignments: Sequence[str] = ()) -> Settings:
    """The settings of `recipe` with `key=value` assignments on top, as `--set` gives them.

    Raises:
        SettingsError: naming every assignment that does not exist, does not fit or contradicts another.

    Example:
        >>> compose(find_recipe("bert-text"), ["batch_size=16", "text_pooling=mean"]).batch_size
        16
    """
    settings = compose_loosely(recipe, assignments)
    faults = idle_settings([settings], assignments)
    if faults:
        raise SettingsError(_together(faults))
    return settings


def compose_loosely(recipe: Recipe, assignments: Sequence[str]) -> Settings:
    """As `compose`, but an assignment may be there for another model: whoever calls this checks it."""
    given, faults = _parse(assignments)
    profile = given.pop("profile", DEFAULT_PROFILE)
    if profile not in PROFILES:
        faults.append(unknown_name("profile", str(profile), list(PROFILES)))
        profile = DEFAULT_PROFILE
    general, special = PROFILES[profile].get("", {}), PROFILES[profile].get(recipe.name, {})
    composed = recipe.overrides | general | special
    try:
        settings = Settings.model_validate(composed | given)
    except ValidationError as error:
        faults += [_explain(dict(fault)) for fault in error.errors()]
        raise SettingsError(_together(faults)) from error
    faults += _unregistered(settings) + _contradictions(settings)
    if faults:
        raise SettingsError(_together(faults))
    return settings


def compose_many(names: Sequence[str], assignments: Sequence[str] = ()) -> dict[str, Settings]:
    """Settings of several recipes; an assignment need only concern one of them.

    Raises:
        SettingsError: as `compose`, and for a name given twice.
    """
    recipes = [find_recipe(name) for name in names]
    if len(set(names)) < len(names):
        raise SettingsError(f"a model is named twice: {', '.join(names)}")
    composed = {recipe.name: compose_loosely(recipe, assignments) for recipe in recipes}
    faults = idle_settings(list(composed.values()), assignments)
    if faults:
        raise SettingsError(_together(faults))
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
            faults.append(unknown_name("setting", key, ["profile", *sorted(Settings.model_fields)]))
        elif key in given:
            faults.append(f"{key} is set twice")
        else:
            given[key] = _value(key, value.strip())
    return given, faults


def _value(key: str, text: str) -> Any:
    """JSON where it is JSON, a list where the setting is one, else the text itself."""
    field = Settings.model_fields.get(key)
    if field is not None and field.annotation is str:
        return text
    if field is not None and get_origin(field.annotation) is tuple and not text.startswith("["):
        text = f"[{text}]"
    if text.lower() in {"none", "null"}:
        return None if field is not None and not field.is_required() and _takes_none(key) else text
    try:
        return json.loads(text.lower() if text in {"True", "False"} else text)
    except ValueError:
        return text


def _takes_none(key: str) -> bool:
    return type(None) in getattr(Settings.model_fields[key].annotation, "__args__", ())


def _explain(fault: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    given = fault["input"] if isinstance(fault["input"], str | int | float | bool | list | tuple) else "…"
    default = Settings.model_fields[str(fault["loc"][0])].default
    return f"{where}={given}: {fault['msg'][:1].lower()}{fault['msg'][1:]} (the default is {default})"


def _unregistered(settings: Settings) -> list[str]:
    return [
        f"{setting}: {unknown_name(registry.kind, name, list(registry))}"
        for setting, registry in _REGISTERED.items()
        if (name := getattr(settings, setting)) is not None and name not in registry
    ]


def _contradictions(settings: Settings) -> list[str]:
    faults = []
    read = [modality for modality in ("text", "vision") if getattr(settings, modality)]
    if not read:
        faults.append("text and vision are both none; a model reads at least one")
    if (settings.fusion == "single") == (len(read) == 2):
        faults.append(
            f"fusion={settings.fusion} with {len(read)} modalities; 'single' takes one, the others two"
        )
    faults += _useless_trackers(settings.report_to)
    for modality in read:
        name = getattr(settings, modality)
        if name in ENCODERS and ENCODERS[name].modality != modality:
            faults.append(f"{modality}={name}: that encoder reads {ENCODERS[name].modality}")
    return faults


def _useless_trackers(report_to: str) -> list[str]:
    """Those that transformers does not know, or whose package is not there; event files are our own."""
    if report_to in {"none", "all"}:
        return []
    from transformers.integrations import integration_utils as trackers

    known = list(trackers.INTEGRATION_TO_CALLBACK)
    faults = []
    for name in report_to.split(","):
        package, check = _TRACKER_PACKAGES.get(name, (name, name))
        if name not in known:
            faults.append(f"report_to: {unknown_name('tracker', name, ['none', 'all', *sorted(known)])}")
        elif name != "tensorboard" and not getattr(trackers, f"is_{check}_available")():
            faults.append(f"report_to={name}: it cannot be used here; run: pip install {package}")
    return faults


def _together(faults: list[str]) -> str:
    if len(faults) == 1:
        return faults[0]
    return f"{len(faults)} faults in the settings:\n" + "\n".join(f"  - {fault}" for fault in faults)
