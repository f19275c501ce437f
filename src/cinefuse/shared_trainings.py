"""Trainings that models of a comparison have in common: done for one of them, and taken over by the next."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from cinefuse.bundle import storing
from cinefuse.corpus.record import Corpus
from cinefuse.deciding import HISTORY
from cinefuse.ensembles.members import copy_files, files_of
from cinefuse.errors import RunError
from cinefuse.progress import say
from cinefuse.recipes import Settings
from cinefuse.run_folder import is_taken, started_otherwise


def take_over(recipe: str, settings: Settings, corpus: Corpus, folder: Path, others: Iterable[Path]) -> bool:
    """Whether one of `others` is a finished run of just these; then `folder`, where it is free, holds it too.

    Args:
        recipe: the model's name.
        others: folders that may be runs.

    Raises:
        StorageError: if the disk refuses.
    """
    if is_taken(folder):
        return False
    for other in others:
        if _is_one(recipe, settings, corpus, other):
            _copy(other, folder)
            say(f"{recipe}: taken over from {other}, in {folder}")
            return True
    return False


def _is_one(recipe: str, settings: Settings, corpus: Corpus, folder: Path) -> bool:
    """One that cannot be read is none: whoever asked for it is told, not who would have taken it over."""
    try:
        return (folder / "bundle.json").exists() and not started_otherwise(recipe, settings, corpus, folder)
    except RunError:
        return False


def _copy(run: Path, folder: Path) -> None:
    """Beside the folder of all trainings, where no other training is looked for, until it is whole."""
    partial = folder.parents[1] / f"{folder.name}.partial"
    with storing(folder):
        try:
            shutil.rmtree(partial, ignore_errors=True)  # of one that was killed
            copy_files(run, partial, [*files_of(run), *[HISTORY] * (run / HISTORY).exists()])
            shutil.rmtree(folder, ignore_errors=True)  # of one that failed before it was anything
            folder.parent.mkdir(parents=True, exist_ok=True)
            partial.replace(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
