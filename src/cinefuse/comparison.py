"""Several models on one corpus: each trained, each scored on the same films, one table of them all.

DIR/
  <model>/, <model>@<seed>/   a scored run, or ensemble, each
  comparison.json             every result, and which models failed
  corpus.json                 what is in the corpus
  examples.json               a few films worth looking at

Called again for other models or seeds, it keeps the results that are there, after its own.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean

from cinefuse import processes
from cinefuse.combination import check_dev
from cinefuse.corpus.audit import describe_corpus
from cinefuse.corpus.record import Corpus
from cinefuse.earlier_results import (
    Earlier,
    check_runs,
    earlier_results,
    failure,
    open_comparison,
)
from cinefuse.errors import CorpusError, MissingExtra, ProcessError, RunError, SettingsError, StorageError
from cinefuse.evaluation import choose_examples, show_examples
from cinefuse.experiment import check
from cinefuse.metrics.multilabel import score
from cinefuse.progress import say
from cinefuse.recipes import EnsembleRecipe, Settings
from cinefuse.reports.summary import kind_of
from cinefuse.results import (
    Comparison,
    CorpusSummary,
    Examples,
    Failure,
    Result,
    StoredPredictions,
    read_predictions,
    write_record,
)
from cinefuse.scored_run import score_run, train_and_score
from cinefuse.trained_ensemble import TRAININGS, Asked, check_place, planned, train_planned

# what the caller gave wrongly, a disk that refuses and a process that died would stop the next model too
STOPPING = (CorpusError, MissingExtra, ProcessError, SettingsError, StorageError)


def compare(
    models: Mapping[str, Settings],
    corpus: Corpus,
    directory: Path,
    *,
    ensembles: Mapping[str, tuple[EnsembleRecipe, Mapping[str, Settings]]] | None = None,
    seeds: int = 1,
    split: str = "test",
    resume: bool = False,
) -> Comparison:
    """Trains and scores each of `models`; leaves a run a model and `comparison.json` in `directory`.

    A model that fails is named in `Comparison.failed`, and the others go on; with `resume` it is tried again.
    Results come seed by seed in the order of `models`, then those of an earlier call, in their order.

    Args:
        models: recipe name -> its settings.
        ensembles: names of recipes of several -> the recipe, and settings by the names of all that may be
            trained for it (`EnsembleRecipe.recipes`); trained once each, by the first seed.
        seeds: how often each model is trained, with the seeds that follow its own.
        resume: keep the runs that are finished, go on with the one that was broken off.

    Raises:
        RunError: if `directory` is taken and `resume` is off, if it is not of a comparison, if a run in it
            was started otherwise or scored on other films, or if every model failed.
        CinefuseError: if something is wrong that concerns all: corpus, settings, disk.
    """
    asked = _asked(models, directory, seeds)
    together = [
        _Together(recipe, planned(recipe, members, corpus, directory / name), directory / name)
        for name, (recipe, members) in (ensembles or {}).items()
    ]
    attempts = [_of_run(one, corpus, split, resume=resume) for one in asked]
    attempts += [_of_ensemble(one, corpus, directory, split, resume=resume) for one in together]
    new = {(one.model, one.seed) for one in attempts}
    earlier = processes.by_first(
        lambda: _check(asked, together, new, corpus, directory, split, resume=resume)
    )
    scored: dict[Path, Result] = {}
    failed: list[Failure] = []
    for one in attempts:
        try:
            scored[one.folder] = one.act()
        except STOPPING:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever a model dies of must not lose the others
            failed.append(failure(one.model, one.seed, error, directory))
            say(f"{one.model}: failed, the others go on: {failed[-1].error}")
    if not scored:
        reasons = "\n".join(f"  - {one.model} (seed {one.seed}): {one.error}" for one in failed)
        raise RunError(f"{directory}: every model failed; mend it, then use --resume:\n{reasons}")
    scored |= earlier.results
    return processes.by_first(lambda: _write(scored, failed + earlier.failed, corpus, directory, split))


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One result that is asked for, and what makes it."""

    model: str
    seed: int
    folder: Path
    act: Callable[[], Result]


@dataclass(frozen=True, slots=True)
class _Together:
    """An ensemble that is asked for, its trainings and its folder."""

    recipe: EnsembleRecipe
    members: list[Asked]
    folder: Path


def _asked(models: Mapping[str, Settings], directory: Path, seeds: int) -> list[Asked]:
    """The runs, seed by seed all models: a model's first seed is its settings' own, the others follow it."""
    asked = []
    for repeat in range(seeds):
        for name, settings in models.items():
            folder = directory / (f"{name}@{settings.seed + repeat}" if repeat else name)
            own = settings.model_copy(update={"seed": settings.seed + repeat})
            asked.append(Asked(name, own, folder))
    return asked


def _of_run(one: Asked, corpus: Corpus, split: str, *, resume: bool) -> _Attempt:
    return _Attempt(
        one.model,
        one.settings.seed,
        one.folder,
        partial(train_and_score, one.model, one.settings, corpus, one.folder, split=split, resume=resume),
    )


def _of_ensemble(one: _Together, corpus: Corpus, directory: Path, split: str, *, resume: bool) -> _Attempt:
    def act() -> Result:
        beside = [directory, *sorted(directory.glob(f"*/{TRAININGS}"))]
        train_planned(one.recipe, one.members, corpus, one.folder, beside=beside, resume=resume)
        return processes.by_first(lambda: score_run(one.recipe.name, corpus, one.folder, split))

    return _Attempt(one.recipe.name, one.members[0].settings.seed, one.folder, act)


def _write(
    scored: dict[Path, Result], failed: list[Failure], corpus: Corpus, directory: Path, split: str
) -> Comparison:
    results = list(scored.values())
    comparison = Comparison(corpus=_shared_summary(results), models=results, failed=failed)
    write_record(comparison, directory / "comparison.json")
    write_record(describe_corpus(corpus), directory / "corpus.json")
    write_record(_examples(scored, corpus, split), directory / "examples.json")
    return comparison


def _check(
    asked: Sequence[Asked],
    together: Sequence[_Together],
    new: Set[tuple[str, int]],
    corpus: Corpus,
    directory: Path,
    split: str,
    *,
    resume: bool,
) -> Earlier:
    """What is missing or does not fit should be missed before hours of training."""
    before = open_comparison(directory, resume=resume)
    for needed in dict.fromkeys(("train", "dev", split)):
        if not corpus.split(needed):
            raise CorpusError(f"corpus {corpus.name}, split {needed}: no films; allowed is one or more")
    members = [member for one in together for member in one.members]
    for (model, _), settings in {
        (run.model, run.settings.model_copy(update={"seed": 0})): run.settings for run in [*members, *asked]
    }.items():
        try:
            check(settings, corpus)
        except CorpusError as error:
            raise CorpusError(f"{model}: {error}") from error
    for one in together:
        check_place(one.recipe, one.folder, resume=resume)
        check_dev(corpus)
    check_runs([*asked, *members], corpus)
    return earlier_results(before, new, corpus, directory, split)


def _shared_summary(results: Sequence[Result]) -> CorpusSummary:
    """The corpus that all were scored on; what only some models read is in their own entries."""
    first = results[0].corpus
    return first.model_copy(
        update={"skipped": {why: n for why, n in first.skipped.items() if "in this split" not in why}}
    )


def _examples(scored: dict[Path, Result], corpus: Corpus, split: str) -> Examples:
    """Films told by the best model, and disputed among the best of each kind; of several seeds, the first."""
    first: dict[str, Path] = {}
    for folder, result in scored.items():
        first.setdefault(result.model, folder)
    ranked = sorted(first, key=lambda name: -_dev_score(name, scored))
    of_kind: dict[str, str] = {}
    for name in ranked:
        of_kind.setdefault(kind_of(name), name)
    predictions = {name: read_predictions(first[name] / "predictions.npz") for name in of_kind.values()}
    chosen = choose_examples(predictions[ranked[0]], list(predictions.values()))
    return Examples(
        split=split,
        model=first[ranked[0]].name,
        compared=[first[name].name for name in predictions],
        films=show_examples(chosen, corpus.split(split)),
    )


def _dev_score(model: str, scored: dict[Path, Result]) -> float:
    """Macro F1 on dev, where it says nothing of the films that the model is judged by; mean over seeds."""
    found = []
    for folder, result in scored.items():
        if result.model == model:
            dev: StoredPredictions = read_predictions(folder / "dev.npz")
            found.append(score(dev.probabilities, dev.targets, dev.thresholds).metrics["f1_macro"] or 0.0)
    return fmean(found)
