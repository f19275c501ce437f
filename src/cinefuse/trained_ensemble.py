"""An ensemble, or a cross-fitted run, from nothing: all is trained by its own recipe, then combined.

DIR/
  recipe.json                           whose folder it is: the recipe's name
  trainings/<model>@<part>-of-<parts>/  the members' runs as they were trained; `resume` goes on with them
  trainings/<model>/                    of a cross-fitted run, the one that has seen all films
  what an ensemble is (see `ensembles.record`), or a run (see `bundle`)
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cinefuse import processes
from cinefuse.bundle import BundleRecord, read_bundle_record, storing
from cinefuse.combination import DEV, ensemble
from cinefuse.corpus.record import Corpus
from cinefuse.cross_fitting import cross_fit
from cinefuse.deciding import FILES
from cinefuse.ensembles.members import digest_of
from cinefuse.ensembles.record import ENSEMBLE, MEMBERS, EnsembleRecord, read_ensemble_record
from cinefuse.errors import RunError, SettingsError
from cinefuse.experiment import check, run
from cinefuse.folds import Fold, split_off
from cinefuse.progress import say
from cinefuse.recipes import EnsembleRecipe, Settings
from cinefuse.run_folder import IDENTITY
from cinefuse.shared_trainings import take_over
from cinefuse.training.settings import DecisionSettings

RECIPE, TRAININGS, COMBINED = "recipe.json", "trainings", "combined"
PARTS = {  # of what is made; the last says that it is whole
    "ensemble": (MEMBERS, IDENTITY, DEV, ENSEMBLE),
    "run": FILES,
}


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

    Of what becomes one run, the first is on all of train.

    Args:
        settings: name of each of `recipe.recipes` -> its settings.
        directory: of what is made.

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
    trainings = directory / TRAININGS
    asked = []
    for name in fitting(recipe, settings, corpus):
        own = settings[name]
        asked += [Asked(name, own, trainings / name)] * (recipe.makes == "run")
        for fold in Fold.all_of(recipe.folds):
            part = trainings / f"{name}@{fold.number}-of-{fold.count}"
            asked.append(Asked(name, own.model_copy(update={"fold": str(fold)}), part))
    return asked


def fitting(recipe: EnsembleRecipe, settings: Mapping[str, Settings], corpus: Corpus) -> tuple[str, ...]:
    """The members; where too few training films say who made them, without those that read it. Told.

    Args:
        settings: name of a recipe -> its settings.
    """
    readers = [name for name in recipe.members if settings[name].graph is not None]
    others = tuple(name for name in recipe.recipes if settings[name].graph is None)
    if not readers or not others or _people_everywhere(recipe, corpus):
        return recipe.members
    instead = f", {recipe.without_people} in their place" if recipe.without_people else ""
    without = f"without {', '.join(readers)}{instead}"
    say(f"{recipe.name}: {without}: too few training films have a director or a cast")
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
) -> EnsembleRecord | BundleRecord:
    """Trains every member and combines them in `directory`.

    Args:
        settings: name of each of `recipe.recipes` -> its settings.
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
    recipe: EnsembleRecipe,
    members: Sequence[Asked],
    corpus: Corpus,
    directory: Path,
    *,
    beside: Sequence[Path] = (),
    resume: bool,
) -> EnsembleRecord | BundleRecord:
    """As `train_ensemble`, of trainings that are `planned`.

    Args:
        beside: folders with runs of others, by their names; some may be these.
    """
    processes.by_first(lambda: _take(recipe, members, directory, resume=resume))
    for one in members:
        others = [other / one.folder.name for other in beside]
        there = processes.by_first(partial(take_over, one.model, one.settings, corpus, one.folder, others))
        run(one.model, one.settings, corpus, one.folder, resume=resume or there)

    def combine_all() -> EnsembleRecord | BundleRecord:
        combine(recipe, members, corpus, directory)
        return _read(recipe, directory)

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
            f"{directory}: no recipe of several was trained in it (it has no {RECIPE}); give another --out"
        ) from error
    if taken_by != recipe.name:
        raise RunError(f"{directory}: {taken_by} was trained in it; give another --out")
    return False


def combine(recipe: EnsembleRecipe, members: Sequence[Asked], corpus: Corpus, directory: Path) -> None:
    """Makes the ensemble, or the run, of runs that are trained, unless it is there and of just these.

    Its thresholds are by the recipe's own rule, whatever its members have.

    Args:
        directory: new, or ours: parts of what is in it are replaced, once the new ones are whole.

    Raises:
        CinefuseError: as `combination.ensemble` and `cross_fitting.cross_fit` do.
    """
    _ = [read_bundle_record(one.folder) for one in members]  # whole, all of them
    if _is_of(recipe, members, directory):
        say(f"{recipe.name}: combined already, in {directory}")
        return
    combined = directory / COMBINED
    with storing(directory):
        shutil.rmtree(combined, ignore_errors=True)  # of one that was killed
    folders, settings = [one.folder for one in members], DecisionSettings(threshold=recipe.threshold)
    if recipe.makes == "run":
        say(cross_fit(folders[0], folders[1:], corpus, combined, settings, name=recipe.name).verdict)
    else:
        seed = members[0].settings.seed
        ensemble(folders, corpus, combined, settings, seed=seed, name=recipe.name)
    *files, last = PARTS[recipe.makes]
    with storing(directory):
        (directory / last).unlink(missing_ok=True)
        for file in (*files, last):
            if (directory / file).is_dir():
                shutil.rmtree(directory / file)
            (directory / file).unlink(missing_ok=True)
            if (combined / file).exists():
                (combined / file).replace(directory / file)
        combined.rmdir()


def _is_of(recipe: EnsembleRecipe, members: Sequence[Asked], directory: Path) -> bool:
    """Whether what is there was made of these runs; what an older version made is another."""
    try:
        made = _read(recipe, directory)
    except RunError:
        return False
    digests = tuple(digest_of(one.folder) for one in members)
    if isinstance(made, BundleRecord):
        same = made.cross_fitted == digests
    else:
        same = made.equated and tuple(one.digest for one in made.members) == digests
    return same and made.threshold.rule == recipe.threshold


def _read(recipe: EnsembleRecipe, directory: Path) -> EnsembleRecord | BundleRecord:
    """What was made by the recipe."""
    return read_bundle_record(directory) if recipe.makes == "run" else read_ensemble_record(directory)


def _take(recipe: EnsembleRecipe, members: Sequence[Asked], directory: Path, *, resume: bool) -> None:
    """Marks a new folder as ours; other trainings in it are of films that name people, or do not."""
    if check_place(recipe, directory, resume=resume):
        with storing(directory):
            (directory / TRAININGS).mkdir(parents=True)
            (directory / RECIPE).write_text(json.dumps({"recipe": recipe.name}) + "\n", encoding="utf-8")
    own = {one.folder.name for one in members}
    others = sorted({path.name for path in (directory / TRAININGS).glob("*")} - own)
    if others:
        raise RunError(
            f"{directory}: {', '.join(others)} was trained in it, and now {', '.join(sorted(own))} would be; "
            "give another --out"
        )
