"""What ablations will train, before anything is trained: settings of every variant, faults, doubles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cinefuse.ablation.catalogue import ABLATIONS, Ablation, Variant
from cinefuse.errors import SettingsError
from cinefuse.recipes import Settings, find_recipe
from cinefuse.recipes.compose import compose_loosely
from cinefuse.recipes.concerns import idle_settings
from cinefuse.registry import unknown_name
from cinefuse.run_folder import relevant_settings


@dataclass(frozen=True, slots=True)
class PlannedVariant:
    """A variant with its settings.

    Attributes:
        left_out: why it is not to be run; empty where it is.
    """

    variant: Variant
    settings: Settings
    left_out: str = ""

    @property
    def trained(self) -> tuple[Any, ...]:
        """Variants of which this is equal are the same thing twice."""
        return (self.variant.recipe, self.variant.plot_rule, relevant_settings(self.settings))


@dataclass(frozen=True, slots=True)
class PlannedAblation:
    """An ablation with its variants, in its order."""

    ablation: Ablation
    variants: tuple[PlannedVariant, ...]


def plan(names: Sequence[str] = (), assignments: Sequence[str] = ()) -> list[PlannedAblation]:
    """The ablations of these names (all, if none are given) with the user's assignments on every variant.

    An assignment need only concern one variant. A variant that wants a setting that is not given, or
    that comes to the same as one before it, is left out.

    Raises:
        SettingsError: for a name that does not exist or is given twice, and for assignments that do not
            fit, concern nothing, or set what an ablation varies.
    """
    chosen = [_find(name) for name in names or ABLATIONS]
    if len({ablation.name for ablation in chosen}) < len(chosen):
        raise SettingsError(f"an ablation is named twice: {', '.join(names)}")
    _check_free(chosen, assignments)
    planned = [_plan(ablation, assignments) for ablation in chosen]
    settings = [planned_variant.settings for one in planned for planned_variant in one.variants]
    if faults := idle_settings(settings, assignments):
        raise SettingsError("\n".join(faults))
    return planned


def _find(name: str) -> Ablation:
    if name not in ABLATIONS:
        raise SettingsError(unknown_name("ablation", name, list(ABLATIONS)))
    return ABLATIONS[name]


def _key(assignment: str) -> str:
    return assignment.partition("=")[0].strip().replace("-", "_")


def _check_free(chosen: Sequence[Ablation], assignments: Sequence[str]) -> None:
    faults = []
    for key in map(_key, assignments):
        varying = [
            ablation.name
            for ablation in chosen
            if any(key in variant.varied for variant in ablation.variants)
        ]
        if varying:
            others = ", ".join(name for name in ABLATIONS if key not in ABLATIONS[name].varied)
            faults.append(
                f"--set {key}: that is what {' and '.join(varying)} varies; "
                f"leave it out, or choose from the others: --only {others}"
            )
    if faults:
        raise SettingsError("\n".join(faults))


def _plan(ablation: Ablation, assignments: Sequence[str]) -> PlannedAblation:
    wanted = {variant.wants for variant in ablation.variants}
    planned: list[PlannedVariant] = []
    for variant in ablation.variants:
        given = [pair for pair in assignments if _key(pair) not in wanted - {variant.wants}]
        settings = compose_loosely(find_recipe(variant.recipe), [*given, *variant.assignments])
        one = PlannedVariant(variant, settings)
        same = next((other for other in planned if other.trained == one.trained), None)
        reason = ""
        if variant.wants and variant.wants not in map(_key, given):
            reason = f"needs a file of yours: give --set {variant.wants}=FILE"
        elif same:
            reason = f"comes to the same as '{same.variant.label}' here"
        planned.append(PlannedVariant(variant, settings, reason))
    return PlannedAblation(ablation, tuple(planned))
