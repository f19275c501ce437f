"""Trainings that models of a comparison have in common: done for one of them, and taken over by the next."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from cinefuse.bundle import storing
from cinefuse.corpus.record import Corpus
from cinefuse.ensembles import members
from cinefuse.progress import say
from cinefuse.recipes import Settings
from cinefuse.run_folder import is_taken, started_otherwise

PARTIAL = ".partial"
LEFT = set(members.LEFT) - {"history.json"}  # of its training, which is over, and of who has scored it


def take_over(recipe: str, settings: Settings, corpus: Corpus, folder: Path, others: Iterable[Path]) -> bool:
    """Whether one of `others` is a finished run of just these; then `folder`, where it is free, holds it too.

    Args:
        recipe: the model's name.
        others: folders that may be runs.

    Raises:
        RunError: if it cannot be read what a run of that name was started with.
        StorageError: if the disk refuses.
    """
    if is_taken(folder):
        return False
    for other in others:
        if (other / "bundle.json").exists() and not started_otherwise(recipe, settings, corpus, other):
            _copy(other, folder)
            say(f"{recipe}: taken over from {other}, in {folder}")
            return True
    return False


def _copy(run: Path, folder: Path) -> None:
    """A weight file is never written to, only replaced: a link is as good."""
    partial = folder.with_name(folder.name + PARTIAL)
    with storing(folder):
        for old in (partial, folder):  # of one that was killed, and of one that failed before it was anything
            shutil.rmtree(old, ignore_errors=True)
        shutil.copytree(run, partial, ignore=shutil.ignore_patterns(*LEFT), copy_function=_link_weights)
        partial.replace(folder)


def _link_weights(source: str, target: str) -> None:
    if source.endswith(".safetensors"):
        try:
            os.link(source, target)
        except OSError:  # another disk, or one without links
            pass
        else:
            return
    shutil.copyfile(source, target)
