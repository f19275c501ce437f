"""Trials one after the other, until there are enough or the time is over.

DIR/
  tuning.json          what was tried and what came of it, written after every trial
  study.db             the same for Optuna, which learns from it, and what a running trial has told so far
  lock                 held by the process that is at it
  trials/NUMBER/       a run each; the best one is whole, of the others only their history stays
"""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from cinefuse.corpus.record import Corpus
from cinefuse.errors import CorpusError, MissingExtra
from cinefuse.experiment import make_people, make_tokenizer
from cinefuse.model import GenreModel, make_blueprints
from cinefuse.progress import say, spoken
from cinefuse.recipes import Settings, find_recipe
from cinefuse.recipes.compose import compose_loosely
from cinefuse.results import CorpusSummary, write_record
from cinefuse.run_folder import corpus_identity, relevant_settings
from cinefuse.training import check_shares
from cinefuse.tuning.folder import STUDY, TUNING, keep_best_alone, taken
from cinefuse.tuning.record import Tuning, read_tuning
from cinefuse.tuning.space import base_values, make_space

if TYPE_CHECKING:
    import optuna

    from cinefuse.tuning.trial import Searched

UNSEEN = "test"  # the split that no choice may depend on


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop.

    Attributes:
        trials: in all, with those of earlier calls.
        minutes: after which this call begins no further trial; None for as long as it takes.
    """

    trials: int = 20
    minutes: float | None = None


def tune(
    recipe: str,
    corpus: Corpus | Callable[[], Corpus],
    directory: Path,
    assignments: Sequence[str] = (),
    searched: Sequence[str] = (),
    limits: Limits = Limits(),
    *,
    resume: bool = False,
) -> Tuning:
    """Trains a recipe with one choice of settings after the other, and looks for the best dev score.

    The first trial is the recipe as it is given; those that follow are chosen by a tree-structured Parzen
    estimator (Bergstra et al. 2011, "Algorithms for hyper-parameter optimization"), and ended early where
    their best dev score so far lies below the median of the trials before at the same epoch. The same seed
    gives the same trials, also where a search was broken off and gone on with. Test films are never looked
    at.

    Args:
        corpus: or what opens it, once the settings are found to be right.
        directory: a new folder, or with `resume` that of the search.
        assignments: as `--set` gives them, for all trials.
        searched: as `--search` gives them (see `space`); the default space if there are none.
        resume: go on with a search that was broken off, or have more trials.

    Raises:
        MissingExtra: if Optuna is not installed.
        SettingsError: naming all that is wrong with the settings and what is searched.
        CorpusError: if train or dev has no films, or none with what the recipe reads.
        RunError: if `directory` is taken and may not be gone on with.
        EncoderError: if a pretrained encoder cannot be read.
        StorageError: if the disk refuses.
    """
    if find_spec("optuna") is None:
        raise MissingExtra("a search over settings", "tune")
    from cinefuse.tuning.study import opened_study
    from cinefuse.tuning.trial import Searched

    found = find_recipe(recipe)
    space = make_space(found, assignments, searched)
    settings = compose_loosely(found, assignments)
    seen = _without_test(corpus if isinstance(corpus, Corpus) else corpus())
    _check(settings, seen)
    base = base_values(found, assignments, space)
    asked = Tuning(
        recipe=recipe,
        corpus=_summary(seen),
        identity=corpus_identity(seen),
        metric=settings.select_by,
        settings=relevant_settings(settings),
        assignments=list(assignments),
        space={one.key: one.text for one in space},
    )
    with (
        taken(directory, asked, resume=resume),
        opened_study(directory / STUDY, settings.max_epochs) as study,
    ):
        of_all = Searched(found, seen, directory, list(assignments), settings, space, base)
        _search(study, of_all, asked, limits)
    return read_tuning(directory / TUNING)


def _search(study: "optuna.Study", searched: "Searched", asked: Tuning, limits: Limits) -> None:
    from cinefuse.tuning.trial import try_next

    for key, text in asked.space.items():
        say(f"searched: {key}={text}")

    began = time.monotonic()
    while (n_over := _write(study, searched, asked)) < limits.trials:
        passed = time.monotonic() - began
        if limits.minutes is not None and passed >= limits.minutes * 60:
            say(f"{n_over} of {limits.trials} trials, and {spoken(passed)} are over; --resume has the others")
            break
        try_next(study, searched)
        if torch.cuda.is_available():
            gc.collect()  # a trainer refers to itself: its model would keep the next one's memory
    from cinefuse.tuning.study import importances

    # once, at the end: it takes longer than all else that is not training
    importance = importances(study, searched.settings.seed)
    found = read_tuning(searched.directory / TUNING).model_copy(update={"importance": importance})
    write_record(found, searched.directory / TUNING)


def _write(study: "optuna.Study", searched: "Searched", asked: Tuning) -> int:
    """Brings the folder up to the study; returns how many trials are over."""
    from cinefuse.tuning.study import best_number
    from cinefuse.tuning.trial import STATES, result_of

    results = [result_of(one) for one in study.get_trials(deepcopy=False) if one.state in STATES]
    over = [one.number for one in results if one.state != "running"]
    best = best_number(study)
    found = {"trials": results, "best": best}
    write_record(asked.model_copy(update=found), searched.directory / TUNING)
    keep_best_alone(searched.directory, best, over)
    return len(over)


def _without_test(corpus: Corpus) -> Corpus:
    """The corpus as every trial sees it.

    Raises:
        CorpusError: if train or dev has no films.
    """
    for needed in ("train", "dev"):
        if not corpus.split(needed):
            raise CorpusError(f"corpus {corpus.name}, split {needed}: no films; allowed is one or more")
    splits = {name: movies for name, movies in corpus.splits.items() if name != UNSEEN}
    return replace(corpus, splits=splits, in_order=None)


def _check(settings: Settings, corpus: Corpus) -> None:
    """What would stop the recipe as it is given stops the search, before there is any of it."""
    check_shares(settings)
    make_people(settings, corpus)
    blueprints = make_blueprints(settings, make_tokenizer(settings, corpus))
    with torch.device("meta"):
        GenreModel.from_blueprints(settings, blueprints, len(corpus.genres))


def _summary(corpus: Corpus) -> CorpusSummary:
    return CorpusSummary(
        name=corpus.name,
        split="dev",
        movies=len(corpus.split("dev")),
        genres=list(corpus.genres),
        plot_rule=corpus.plot_rule,
        split_rule=corpus.split_rule,
        skipped=dict(corpus.skipped),
    )
