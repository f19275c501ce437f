"""Several models on one corpus: each trained, each scored on the same films, one table of them all."""

from collections.abc import Sequence
from pathlib import Path

from cinefuse.corpus.record import Corpus
from cinefuse.errors import RunError
from cinefuse.evaluation import evaluate
from cinefuse.experiment import make_tokenizer, run
from cinefuse.inference import Predictor
from cinefuse.model import make_blueprints
from cinefuse.progress import say
from cinefuse.recipes import Settings
from cinefuse.results import Comparison, CorpusSummary, Result, write_record


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

    Args:
        models: recipe name -> its settings.
        seeds: how often each model is trained, with the seeds that follow its own.
        resume: keep the runs that are finished, go on with the one that was broken off.

    Raises:
        RunError: if `directory` is taken and `resume` is off.
    """
    if directory.exists() and not directory.is_dir():
        raise RunError(f"{directory}: a file is in the way; allowed is a new folder")
    if not resume and directory.exists() and any(directory.iterdir()):
        raise RunError(f"{directory}: exists and is not empty; allowed is a new folder, or --resume")
    # what is missing should be missed before hours of training
    corpus.split(split)
    for settings in models.values():
        make_blueprints(settings, make_tokenizer(settings, corpus))
    results: list[Result] = []
    for repeat in range(seeds):
        for name, settings in models.items():
            seeded = settings.model_copy(update={"seed": settings.seed + repeat})
            folder = directory / (name if repeat == 0 else f"{name}@{seeded.seed}")
            results.append(_train_and_score(name, seeded, corpus, folder, split=split, resume=resume))
    comparison = Comparison(corpus=_shared_summary(results), models=results)
    write_record(comparison, directory / "comparison.json")
    return comparison


def _train_and_score(
    name: str, settings: Settings, corpus: Corpus, folder: Path, *, split: str, resume: bool
) -> Result:
    run(name, settings, corpus, folder, resume=resume)
    evaluation = evaluate(Predictor.load(folder), corpus, split)
    evaluation.save_predictions(folder / "predictions.npz")
    write_record(evaluation.result, folder / f"{split}.json")
    scores, low_high = evaluation.result.metrics, evaluation.result.intervals.get("f1_macro")
    interval = f" ({low_high[0]:.4f} to {low_high[1]:.4f})" if low_high else ""
    say(f"{name:<17} {split} macro F1 {scores['f1_macro'] or 0:.4f}{interval}")
    return evaluation.result


def _shared_summary(results: Sequence[Result]) -> CorpusSummary:
    """The corpus that all were scored on; what only some models read is in their own entries."""
    first = results[0].corpus
    return first.model_copy(
        update={"skipped": {why: n for why, n in first.skipped.items() if "in this split" not in why}}
    )
