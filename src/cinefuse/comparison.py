"""Several models on one corpus: each trained, each scored on the same films, one table of them all.

DIR/
  <model>/, <model>@<seed>/   a scored run each
  comparison.json             every result, and which models failed
  corpus.json                 what is in the corpus
  examples.json               a few films worth looking at
"""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import torch

from cinefuse.corpus.audit import describe_corpus
from cinefuse.corpus.record import Corpus
from cinefuse.errors import (
    CinefuseError,
    CorpusError,
    MissingExtra,
    RunError,
    SettingsError,
    StorageError,
)
from cinefuse.evaluation import choose_examples, show_examples
from cinefuse.experiment import make_tokenizer
from cinefuse.metrics.multilabel import score
from cinefuse.model import GenreModel, make_blueprints
from cinefuse.progress import say
from cinefuse.recipes import Settings
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
from cinefuse.scored_run import train_and_score

# what the caller gave wrongly, and a disk that refuses, would stop the next model too
STOPPING = (CorpusError, MissingExtra, RunError, SettingsError, StorageError)


def compare(
    models: dict[str, Settings],
    corpus: Corpus,
    directory: Path,
    *,
    seeds: int = 1,
    split: str = "test",
    resume: bool = False,
) -> Comparison:
    """Trains and scores each of `models`; leaves a run a model and `comparison.json` in `directory`.

    A model that fails is named in `Comparison.failed`, and the others go on; with `resume` it is tried again.

    Args:
        models: recipe name -> its settings.
        seeds: how often each model is trained, with the seeds that follow its own.
        resume: keep the runs that are finished, go on with the one that was broken off.

    Raises:
        RunError: if `directory` is taken and `resume` is off, or every model failed.
        CinefuseError: if something is wrong that concerns all: corpus, settings, disk.
    """
    _check(models, corpus, directory, split=split, resume=resume)
    scored: dict[Path, Result] = {}
    failed: list[Failure] = []
    for repeat in range(seeds):
        for name, settings in models.items():
            seeded = settings.model_copy(update={"seed": settings.seed + repeat})
            folder = directory / (name if repeat == 0 else f"{name}@{seeded.seed}")
            try:
                scored[folder] = train_and_score(name, seeded, corpus, folder, split=split, resume=resume)
            except STOPPING:
                raise
            except Exception as error:  # noqa: BLE001 -- whatever a model dies of must not lose the others
                failed.append(Failure(model=name, seed=seeded.seed, error=_told(error)))
                say(f"{name}: failed, the others go on: {failed[-1].error}")
    if not scored:
        reasons = "\n".join(f"  - {one.model} (seed {one.seed}): {one.error}" for one in failed)
        raise RunError(f"{directory}: every model failed; mend it, then use --resume:\n{reasons}")
    results = list(scored.values())
    comparison = Comparison(corpus=_shared_summary(results), models=results, failed=failed)
    write_record(comparison, directory / "comparison.json")
    write_record(describe_corpus(corpus), directory / "corpus.json")
    write_record(_examples(scored, models, corpus, split), directory / "examples.json")
    return comparison


def _check(models: dict[str, Settings], corpus: Corpus, directory: Path, *, split: str, resume: bool) -> None:
    """What is missing or does not fit should be missed before hours of training."""
    if directory.exists() and not directory.is_dir():
        raise RunError(f"{directory}: a file is in the way; allowed is a new folder")
    if not resume and directory.exists() and any(directory.iterdir()):
        raise RunError(f"{directory}: exists and is not empty; allowed is a new folder, or --resume")
    if not corpus.split(split):
        raise CorpusError(f"corpus {corpus.name}, split {split}: no films; allowed is one or more")
    for settings in models.values():
        blueprints = make_blueprints(settings, make_tokenizer(settings, corpus))
        with torch.device("meta"):
            GenreModel.from_blueprints(settings, blueprints, len(corpus.genres))


def _told(error: Exception) -> str:
    """The error in one line: ours speak for themselves, others by their kind too."""
    first_line = (str(error).strip().splitlines() or [""])[0]
    named = () if isinstance(error, CinefuseError) and first_line else (type(error).__name__,)
    return ": ".join(part for part in (*named, first_line) if part)


def _shared_summary(results: Sequence[Result]) -> CorpusSummary:
    """The corpus that all were scored on; what only some models read is in their own entries."""
    first = results[0].corpus
    return first.model_copy(
        update={"skipped": {why: n for why, n in first.skipped.items() if "in this split" not in why}}
    )


def _examples(
    scored: dict[Path, Result], models: dict[str, Settings], corpus: Corpus, split: str
) -> Examples:
    """Films told by the best model, and disputed among the best of each kind; of several seeds, the first."""
    first: dict[str, Path] = {}
    for folder, result in scored.items():
        first.setdefault(result.model, folder)
    ranked = sorted(first, key=lambda name: -_dev_score(name, scored))
    of_kind: dict[tuple[bool, bool], str] = {}
    for name in ranked:
        of_kind.setdefault((models[name].text is not None, models[name].vision is not None), name)
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
