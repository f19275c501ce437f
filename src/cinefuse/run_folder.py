"""The folder of one run: whether it is free, whose it is, and whether it may be gone on with."""

import json
from pathlib import Path
from typing import Any

from cinefuse.bundle import BundleRecord, read_bundle_record, storing
from cinefuse.corpus.record import Corpus
from cinefuse.errors import RunError
from cinefuse.recipes import Settings
from cinefuse.recipes.concerns import idle_settings

IDENTITY = "run.json"  # what a run was started with; a resumed one must have been started with the same
WATCHING = {"report_to"}  # settings by which a run is watched: it stays the same run


def open_run_folder(
    recipe: str, settings: Settings, corpus: Corpus, directory: Path, *, resume: bool
) -> BundleRecord | None:
    """Takes `directory` for a run, new or gone on with; returns the record of one that is finished.

    Raises:
        RunError: if there is something in it and `resume` is off, or it was started with other settings.
    """
    identity = _identity(recipe, settings, corpus)
    if is_taken(directory):
        if not resume:
            raise RunError(
                f"{directory}: exists and is not empty; allowed is a new folder, or --resume to go on"
            )
        _check_same(directory, identity, idle_names(settings) | WATCHING)
        return read_bundle_record(directory) if (directory / "bundle.json").exists() else None
    with storing(directory):
        directory.mkdir(parents=True, exist_ok=True)
        (directory / IDENTITY).write_text(json.dumps(identity, indent=1) + "\n", encoding="utf-8")
    return None


def is_taken(directory: Path) -> bool:
    """Whether there is anything in it. A run that failed before its first checkpoint left nothing to lose."""
    if not directory.is_dir():
        return directory.exists()
    return any(
        path.name not in {IDENTITY, "events"} and not (path.name == "checkpoints" and not any(path.iterdir()))
        for path in directory.iterdir()
    )


def idle_names(settings: Settings) -> set[str]:
    """Settings that change nothing for this model: with another value it would be the same run."""
    return {name for name in Settings.model_fields if idle_settings([settings], [f"{name}="])}


def relevant_settings(settings: Settings) -> dict[str, Any]:
    """What makes a run of this model that run: its settings but for those that change nothing."""
    passed_over = idle_names(settings) | WATCHING
    return {
        name: value for name, value in settings.model_dump(mode="json").items() if name not in passed_over
    }


def corpus_identity(corpus: Corpus) -> dict[str, Any]:
    """By what a corpus is known again."""
    return {
        "name": corpus.name,
        "genres": list(corpus.genres),
        "plot_rule": corpus.plot_rule,
        "split_rule": corpus.split_rule,
        "movies": {split: len(movies) for split, movies in corpus.splits.items()},
    }


def _identity(recipe: str, settings: Settings, corpus: Corpus) -> dict[str, Any]:
    return {
        "recipe": recipe,
        "corpus": corpus_identity(corpus),
        "settings": settings.model_dump(mode="json"),
    }


def _check_same(directory: Path, identity: dict[str, Any], passed_over: set[str]) -> None:
    try:
        started = json.loads((directory / IDENTITY).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(
            f"{directory}: not a run: its {IDENTITY} cannot be read ({error}); give --out another folder"
        ) from error
    # a setting that came after the run was started had its default then, had it been there
    started["settings"] = Settings.model_validate({}).model_dump(mode="json") | started.get("settings", {})
    for settings in (started["settings"], identity["settings"]):
        for name in passed_over & set(settings):
            del settings[name]
    differing = _differences(started, identity)
    if differing:
        listed = "\n".join(f"  - {line}" for line in differing)
        raise RunError(
            f"{directory}: was started otherwise; give the same again, or another --out:\n{listed}"
        )


def _differences(started: Any, given: Any, where: str = "") -> list[str]:
    if isinstance(started, dict) and isinstance(given, dict):
        keys = sorted(set(started) | set(given))
        inside = (
            _differences(started.get(key), given.get(key), f"{where}.{key}".lstrip(".")) for key in keys
        )
        return [line for lines in inside for line in lines]
    return [] if started == given else [f"{where}: started with {started}, now {given}"]
