"""What is searched: settings with the values that they may take, checked as `--set` is.

learning_rate=1e-4..1e-2    from..to; evenly over its logarithm where that is a factor of ten or more
loss=bce,focal              one of these
early_layers=512|1024,512   likewise, for what is itself a list
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, get_origin

from cinefuse.errors import SettingsError
from cinefuse.recipes import Recipe, Settings
from cinefuse.recipes.compose import compose_loosely, unknown_setting
from cinefuse.recipes.concerns import CONCERNS, idle_settings
from cinefuse.tuning.defaults import DEFAULT_SPACE

LOGARITHMIC = 10  # a range of which the end is this many times the beginning
DIGITS = 4  # of a number that is tried: so many tell apart, and can be typed again

# a trial's score does not depend on them, or would no longer be one
NOT_SEARCHED = {
    "select_by": "it is what trials are held against each other by",
    "seed": "the best of many seeds is luck, and no setting",
    "deterministic": "it changes no score on purpose",
    "report_to": "it changes no score",
    "threshold": "trials are scored at the threshold that suits dev best, or without any",
    "fixed_threshold": "trials are scored at the threshold that suits dev best, or without any",
    "averaging": "trials are scored by their epochs, before those are averaged",
    "swa_start": "trials are scored by their epochs, before those are averaged",
    "calibration": "it changes no genre that is given",
}


@dataclass(frozen=True, slots=True)
class Dimension:
    """One setting that is searched.

    Attributes:
        key: the setting.
        text: as it was given.
        choices: what it may be, as `--set` takes it; empty for a range.
        low: where the range begins.
        high: where it ends, inclusive.
        whole: only whole numbers.
    """

    key: str
    text: str
    choices: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    whole: bool = False

    @property
    def logarithmic(self) -> bool:
        """Whether small values are as likely as large ones."""
        return self.low > 0 and self.high >= LOGARITHMIC * self.low

    @property
    def samples(self) -> tuple[str, ...]:
        """Every choice, or both ends."""
        return self.choices or (self.written(self.low), self.written(self.high))

    def written(self, value: Any) -> str:
        """A value as `--set` takes it."""
        if self.choices:
            return str(value)
        return str(int(value)) if self.whole else f"{value:.{DIGITS}g}"


def read_space(path: Path | None, more: Sequence[str] = ()) -> list[str]:
    """The lines of a file, one for each setting, as `--search` takes it, and more of them after it.

    What follows a # is left out.

    Raises:
        SettingsError: if the file cannot be read, or says nothing.
    """
    if path is None:
        return list(more)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--space {path}: cannot be read: {error}; allowed is a text file") from error
    found = [line for line in (line.partition("#")[0].strip() for line in lines) if line]
    if not found:
        raise SettingsError(
            f"--space {path}: has no line; allowed is key=low..high or key=a,b,c, a line each"
        )
    return [*found, *more]


def make_space(recipe: Recipe, assignments: Sequence[str], searched: Sequence[str] = ()) -> list[Dimension]:
    """What is searched for a recipe; the default space, as far as it matters here, if nothing is given.

    In the order in which values are to be chosen: whether a setting matters depends on those before it.

    Raises:
        SettingsError: naming all that does not exist, does not fit, is given twice, or changes nothing.
    """
    given_keys = {_key(pair) for pair in assignments}
    if not searched:
        searched = [f"{key}={text}" for key, text in DEFAULT_SPACE.items() if key not in given_keys]
        base = compose_loosely(recipe, assignments)
        searched = [pair for pair in searched if not idle_settings([base], [pair])]
        searched = _noticed(recipe, assignments, searched)
    faults: list[str] = []
    dimensions: dict[str, Dimension] = {}
    for text in searched:
        key = _key(text)
        if key in given_keys:
            faults.append(f"{key}: is set with --set, and searched; leave one of them out")
        elif key in dimensions:
            faults.append(f"{key}: is searched twice")
        else:
            try:
                dimensions[key] = _dimension(recipe, assignments, key, text)
            except SettingsError as error:
                faults.append(str(error))
    ordered = sorted(dimensions.values(), key=lambda one: _depth(one.key))
    if not faults:
        faults = list(_idle(recipe, assignments, ordered))
    if faults:
        many = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise SettingsError("\n  - ".join((f"{many} in what is to be searched:", *faults)))
    return ordered


def base_values(recipe: Recipe, assignments: Sequence[str], space: Sequence[Dimension]) -> dict[str, Any]:
    """Setting -> what it is in the recipe as it was given, of those that the space has that value for."""
    base, found = compose_loosely(recipe, assignments), dict[str, Any]()
    for one in space:
        value = getattr(base, one.key)
        for choice in one.choices:
            if getattr(compose_loosely(recipe, [*assignments, f"{one.key}={choice}"]), one.key) == value:
                found[one.key] = choice
        if not one.choices and value is not None and one.low <= value <= one.high:
            found[one.key] = value
    return found


def matters(recipe: Recipe, assignments: Sequence[str], chosen: Mapping[str, str], key: str) -> bool:
    """Whether a setting changes anything once those before it are chosen."""
    model = compose_loosely(recipe, [*assignments, *(f"{name}={value}" for name, value in chosen.items())])
    return not idle_settings([model], [f"{key}="])


def _key(text: str) -> str:
    return text.partition("=")[0].strip().replace("-", "_")


def _dimension(recipe: Recipe, assignments: Sequence[str], key: str, text: str) -> Dimension:
    values = text.partition("=")[2].strip()
    if not values:
        raise SettingsError(f"'{text}': says no values; allowed is key=low..high or key=a,b,c")
    if key not in Settings.model_fields:
        raise SettingsError(unknown_setting(key))
    if key in NOT_SEARCHED:
        raise SettingsError(f"{key}: cannot be searched: {NOT_SEARCHED[key]}")
    ends = _ends(values)
    if ends is None:
        is_list = get_origin(Settings.model_fields[key].annotation) is tuple
        parts = values.split("|" if is_list or "|" in values else ",")
        choices = tuple(part.strip() for part in parts)
        if len(set(choices)) < max(2, len(choices)):
            raise SettingsError(f"{key}={values}: allowed are two values or more, each once, or low..high")
        one = Dimension(key, values, choices)
    else:
        one = Dimension(key, values, low=ends[0], high=ends[1])
    tried = [_try(recipe, assignments, key, value) for value in one.samples]
    if one.choices:
        return one
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in tried):
        raise SettingsError(f"{key}={values}: is no number; allowed is a list of what it may be: key=a,b,c")
    if one.low >= one.high:
        raise SettingsError(f"{key}={values}: the range ends before it begins; allowed is low..high")
    return Dimension(key, values, low=one.low, high=one.high, whole=isinstance(tried[0], int))


def _ends(values: str) -> tuple[float, float] | None:
    low, dots, high = values.partition("..")
    try:
        ends = (json.loads(low), json.loads(high)) if dots else None
    except ValueError:
        return None
    return ends if ends and all(type(end) in {int, float} for end in ends) else None


def _try(recipe: Recipe, assignments: Sequence[str], key: str, value: str) -> Any:
    return getattr(compose_loosely(recipe, [*assignments, f"{key}={value}"]), key)


def _depth(key: str) -> int:
    """How many settings, one after the other, must be known before it is known whether this one matters."""
    needed = {need.setting for group in CONCERNS.get(key, ()) for need in group}
    return 1 + max(map(_depth, needed), default=0)


def _noticed(recipe: Recipe, assignments: Sequence[str], searched: list[str]) -> list[str]:
    """Those that still matter beside the others: a vision encoder's own rate leaves the general one idle."""
    space = [_dimension(recipe, assignments, _key(pair), pair) for pair in searched]
    return [
        pair
        for pair, own in zip(searched, space, strict=True)
        if not idle_settings(list(_models(recipe, assignments, space)), [f"{own.key}="])
    ]


def _idle(recipe: Recipe, assignments: Sequence[str], space: Sequence[Dimension]) -> Iterator[str]:
    """A line for each setting, searched or set, that no model of the space would notice."""
    models = list(_models(recipe, assignments, space))
    if not models:
        yield "no two of the values go together"
        return
    yield from idle_settings(models, [*assignments, *(f"{one.key}={one.text}" for one in space)])


def _models(recipe: Recipe, assignments: Sequence[str], space: Sequence[Dimension]) -> Iterator[Settings]:
    """The settings of every choice that decides whether others matter."""
    deciding = {need.setting for groups in CONCERNS.values() for group in groups for need in group}
    gates = [[f"{one.key}={value}" for value in one.samples] for one in space if one.key in deciding]
    for chosen in product(*gates):
        try:
            yield compose_loosely(recipe, [*assignments, *chosen])
        except SettingsError:
            continue  # values that do not go together; a trial of them fails, and is told
