"""An ensemble from nothing: each member is trained by its own recipe, then all are combined.

DIR/
  trainings/<model>/, <model>@<seed>/   the members' runs as they were trained; `resume` goes on with them
  what an ensemble is: see `ensembles.record`
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cinefuse import processes
from cinefuse.bundle import storing
from cinefuse.combination import DEV, ensemble
from cinefuse.corpus.record import Corpus
from cinefuse.ensembles.members import digest_of
from cinefuse.ensembles.record import ENSEMBLE, MEMBERS, EnsembleRecord, is_ensemble, read_ensemble_record
from cinefuse.errors import RunError
from cinefuse.experiment import run
from cinefuse.progress import say
from cinefuse.recipes import EnsembleRecipe, Settings
from cinefuse.run_folder import IDENTITY

TRAININGS, COMBINED = "trainings", "combined"


@dataclass(frozen=True, slots=True)
class Asked:
    """One run that is asked for, beside others."""

    model: str
    settings: Settings
    folder: Path


def member_runs(recipe: EnsembleRecipe, settings: Mapping[str, Settings], directory: Path) -> list[Asked]:
    """The members, those of one recipe with the seeds that follow its own.

    Args:
        settings: name of a member -> its settings, with its first seed.
        directory: in which all have their folders.
    """
    return [
        Asked(name, seeded, directory / (name if repeat == 0 else f"{name}@{seeded.seed}"))
        for name, times in recipe.members.items()
        for repeat in range(times)
        for seeded in [settings[name].model_copy(update={"seed": settings[name].seed + repeat})]
    ]


def train_ensemble(
    recipe: EnsembleRecipe,
    settings: Mapping[str, Settings],
    corpus: Corpus,
    directory: Path,
    *,
    resume: bool = False,
) -> EnsembleRecord:
    """Trains every member and combines them in `directory`.

    Args:
        settings: name of a member -> its settings.
        resume: go on with what was broken off; a member that is trained is left as it is.

    Raises:
        CinefuseError: as `experiment.run` and `combination.ensemble` do; RunError, too, for a folder that is
            taken.
    """
    processes.by_first(lambda: _take(directory, resume=resume))
    members = member_runs(recipe, settings, directory / TRAININGS)
    for one in members:
        run(one.model, one.settings, corpus, one.folder, resume=resume)
    return processes.by_first(lambda: _combine(recipe, members, corpus, directory))


def combine_again(recipe: EnsembleRecipe, members: Sequence[Asked], corpus: Corpus, directory: Path) -> None:
    """Makes the ensemble in `directory` of runs that are trained, unless it is there and of just these.

    Raises:
        CinefuseError: as `combination.ensemble` does.
    """
    if is_ensemble(directory):
        made_of = [member.digest for member in read_ensemble_record(directory).members]
        if made_of == [digest_of(one.folder) for one in members]:
            say(f"{recipe.name}: combined already, in {directory}")
            return
        with storing(directory):
            shutil.rmtree(directory)
    _ensemble(recipe, members, corpus, directory)


def _ensemble(
    recipe: EnsembleRecipe, members: Sequence[Asked], corpus: Corpus, directory: Path
) -> EnsembleRecord:
    runs = [one.folder for one in members]
    return ensemble(runs, corpus, directory, seed=members[0].settings.seed, name=recipe.name)


def _take(directory: Path, *, resume: bool) -> None:
    if not directory.exists() or (directory.is_dir() and not any(directory.iterdir())):
        return
    if not resume:
        raise RunError(f"{directory}: exists and is not empty; allowed is a new folder, or --resume to go on")
    if not (directory / TRAININGS).is_dir():
        raise RunError(f"{directory}: nothing of an ensemble's training is in it; give another --out")


def _combine(
    recipe: EnsembleRecipe, members: Sequence[Asked], corpus: Corpus, directory: Path
) -> EnsembleRecord:
    """Made in a folder of its own and moved up: what it says of itself comes last."""
    combined = directory / COMBINED
    if is_ensemble(directory):
        say(f"{recipe.name}: finished already, in {directory}")
        return read_ensemble_record(directory)
    with storing(directory):
        for left in (combined, directory / MEMBERS):
            shutil.rmtree(left, ignore_errors=True)  # of one that was killed
    record = _ensemble(recipe, members, corpus, combined)
    with storing(directory):
        for part in (MEMBERS, IDENTITY, DEV, ENSEMBLE):
            (combined / part).replace(directory / part)
        combined.rmdir()
    return record
