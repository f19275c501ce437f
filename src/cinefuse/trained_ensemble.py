"""An ensemble from nothing: each member is trained by its own recipe, then all are combined.

DIR/
  recipe.json                           whose folder it is: the ensemble's name
  trainings/<model>@<part>-of-<parts>/  the members' runs as they were trained; `resume` goes on with them
  what an ensemble is: see `ensembles.record`
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cinefuse import processes
from cinefuse.bundle import read_bundle_record, storing
from cinefuse.combination import DEV, ensemble
from cinefuse.corpus.record import Corpus
from cinefuse.ensembles.members import digest_of
from cinefuse.ensembles.record import ENSEMBLE, MEMBERS, EnsembleRecord, read_ensemble_record
from cinefuse.errors import RunError, SettingsError
from cinefuse.experiment import check, run
from cinefuse.folds import Fold, split_off
from cinefuse.progress import say
from cinefuse.recipes import EnsembleRecipe, Settings
from cinefuse.run_folder import IDENTITY
from cinefuse.training.settings import DecisionSettings

RECIPE, TRAININGS, COMBINED = "recipe.json", "trainings", "combined"
PARTS = (MEMBERS, IDENTITY, DEV, ENSEMBLE)  # of an ensemble; the last says that it is whole


@dataclass(frozen=True, slots=True)
class Asked:
    """One run that is asked for, beside others."""

    model: str
    settings: Settings
    folder: Path


def planned(
    recipe: EnsembleRecipe, settings: Mapping[str, Settings], corpus: Corpus, directory: Path
) -> list[Asked]:
    """Every training of every member that the corpus says enough for, each without another part of train.

    Args:
        settings: name of a member -> its settings.
        directory: the ensemble's.

    Raises:
        SettingsError: if the settings leave out a part already, or have a teacher.
    """
    for one in settings.values():
        if one.fold is not None:
            raise SettingsError(
                f"fold={one.fold}: {recipe.name} trains its members without every part in turn; allowed is "
                "fold=none"
            )
        if one.teacher is not None:
            raise SettingsError(
                f"teacher={one.teacher}: it has learned from films that {recipe.name}'s members leave out; "
                "allowed is teacher=none"
            )
    return [
        Asked(
            name,
            settings[name].model_copy(update={"fold": str(fold)}),
            directory / TRAININGS / f"{name}@{fold.number}-of-{fold.count}",
        )
        for name in fitting(recipe, settings, corpus)
        for fold in Fold.all_of(recipe.folds)
    ]


def fitting(recipe: EnsembleRecipe, settings: Mapping[str, Settings], corpus: Corpus) -> tuple[str, ...]:
    """The members but for those that read who made a film, where too few training films say so; told.

    Args:
        settings: name of a member -> its settings.
    """
    readers = [name for name in recipe.members if settings[name].graph is not None]
    others = tuple(name for name in recipe.members if name not in readers)
    if not readers or not others or _people_everywhere(recipe, corpus):
        return recipe.members
    say(f"{recipe.name}: without {', '.join(readers)}: too few training films have a director or a cast")
    return others


def _people_everywhere(recipe: EnsembleRecipe, corpus: Corpus) -> bool:
    """Whether films that name people remain whichever part is left out."""
    train = corpus.split("train")
    parts = (split_off(train, corpus.genres, one) for one in Fold.all_of(recipe.folds))
    return any(one.director or one.cast for one in train) and all(
        any(one.director or one.cast for one in kept) for kept, _ in parts
    )


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
    members = planned(recipe, settings, corpus, directory)
    for one in members:
        check(one.settings, corpus)
    return train_planned(recipe, members, corpus, directory, resume=resume)


def train_planned(
    recipe: EnsembleRecipe, members: Sequence[Asked], corpus: Corpus, directory: Path, *, resume: bool
) -> EnsembleRecord:
    """As `train_ensemble`, of trainings that are `planned`."""
    processes.by_first(lambda: _take(recipe, directory, resume=resume))
    for one in members:
        run(one.model, one.settings, corpus, one.folder, resume=resume)

    def combine_all() -> EnsembleRecord:
        combine(recipe, members, corpus, directory)
        return read_ensemble_record(directory)

    return processes.by_first(combine_all)


def check_place(recipe: EnsembleRecipe, directory: Path, *, resume: bool) -> bool:
    """Whether `directory` is new; it is ours where it is not.

    Raises:
        RunError: if it is taken: parts of it would be replaced.
    """
    if not directory.exists() or (directory.is_dir() and not any(directory.iterdir())):
        return True
    if not resume:
        raise RunError(f"{directory}: exists and is not empty; allowed is a new folder, or --resume to go on")
    try:
        taken_by = json.loads((directory / RECIPE).read_text(encoding="utf-8"))["recipe"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{directory}: no ensemble was trained in it (it has no {RECIPE}); give another --out"
        ) from error
    if taken_by != recipe.name:
        raise RunError(f"{directory}: {taken_by} was trained in it; give another --out")
    return False


def combine(recipe: EnsembleRecipe, members: Sequence[Asked], corpus: Corpus, directory: Path) -> None:
    """Makes the ensemble of runs that are trained, unless it is there and of just these.

    Its thresholds are by the recipe's own rule, whatever its members have.

    Args:
        directory: new, or ours: parts of an ensemble in it are replaced, once the new one is whole.

    Raises:
        CinefuseError: as `combination.ensemble` does.
    """
    for one in members:
        read_bundle_record(one.folder)
    if _is_of(recipe, members, directory):
        say(f"{recipe.name}: combined already, in {directory}")
        return
    combined = directory / COMBINED
    with storing(directory):
        shutil.rmtree(combined, ignore_errors=True)  # of one that was killed
    ensemble(
        [one.folder for one in members],
        corpus,
        combined,
        DecisionSettings(threshold=recipe.threshold),
        seed=members[0].settings.seed,
        name=recipe.name,
    )
    with storing(directory):
        (directory / ENSEMBLE).unlink(missing_ok=True)
        for part in PARTS:
            if (directory / part).is_dir():
                shutil.rmtree(directory / part)
            (combined / part).replace(directory / part)
        combined.rmdir()


def _is_of(recipe: EnsembleRecipe, members: Sequence[Asked], directory: Path) -> bool:
    """Whether there is an ensemble of these runs; one that an older version made is another."""
    try:
        made = read_ensemble_record(directory)
    except RunError:
        return False
    same = [one.digest for one in made.members] == [digest_of(one.folder) for one in members]
    return same and made.threshold.rule == recipe.threshold


def _take(recipe: EnsembleRecipe, directory: Path, *, resume: bool) -> None:
    """Marks a new folder as ours."""
    if check_place(recipe, directory, resume=resume):
        with storing(directory):
            (directory / TRAININGS).mkdir(parents=True)
            (directory / RECIPE).write_text(json.dumps({"recipe": recipe.name}) + "\n", encoding="utf-8")
