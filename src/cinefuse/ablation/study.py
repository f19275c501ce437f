"""Planned ablations run one variant after the other; what is on disk already is not run again.

DIR/
  ablation.json             every variant with its results
  report.html               a section an ablation; its tables in tables/, its figures in figures/
  runs/RECIPE-HASH@SEED     the runs, shared by variants (and by later calls) that come to the same
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cinefuse.ablation.catalogue import ABLATIONS
from cinefuse.ablation.differences import with_differences
from cinefuse.ablation.plan import PlannedAblation, PlannedVariant
from cinefuse.ablation.plot_rules import PlotRules, Reread
from cinefuse.bundle import storing
from cinefuse.corpus.record import Corpus
from cinefuse.errors import CinefuseError, CorpusError, RunError, SettingsError, StorageError
from cinefuse.experiment import make_tokenizer
from cinefuse.model import make_blueprints
from cinefuse.progress import say
from cinefuse.recipes import Settings
from cinefuse.reports.ablation import write_ablation_report
from cinefuse.results import CorpusSummary, Failure, Result, read_predictions, read_record, write_record
from cinefuse.results.ablation import AblationResults, Study, VariantResults, read_study
from cinefuse.run_folder import corpus_identity, relevant_settings
from cinefuse.scored_run import train_and_score

RUNS, STUDY = "runs", "ablation.json"


def ablate(
    planned: Sequence[PlannedAblation],
    corpus: Corpus,
    directory: Path,
    *,
    seeds: int = 1,
    split: str = "dev",
    reread: Reread | None = None,
) -> Study:
    """Trains and scores every variant; leaves runs, `ablation.json` and its report in `directory`.

    May be called again with the same folder: what is finished is read, what was broken off goes on, and
    ablations that are not asked for again stay. A variant that fails is noted, and the others go on. Returns
    the ablations that were asked for.

    Args:
        planned: what `plan` made.
        corpus: what is trained on, and scored.
        directory: a new folder, or one that `ablate` has made.
        seeds: how often each variant is trained, with the seeds that follow its own.
        split: what is scored; dev, for ablations are what one chooses by, and test is looked at once.
        reread: opens the same corpus by another plot rule; None where the source does not allow it.

    Raises:
        RunError: if there is something else in `directory`, or ablations of other films.
        CorpusError: if the corpus has no films in that split.
        SettingsError: if a file that a setting names is not there.
        StorageError: if the disk refuses.
    """
    if not corpus.split(split):
        raise CorpusError(f"corpus {corpus.name}, split {split}: no films; allowed is one or more")
    summary = _summary(corpus, split)
    kept = _earlier(directory, summary, {each.ablation.name for each in planned})
    _check_settings(planned, corpus)
    with storing(directory):
        (directory / RUNS).mkdir(parents=True, exist_ok=True)
    # from now on the folder is known as ours
    write_record(Study(corpus=summary, ablations=kept), directory / STUDY)
    sources = PlotRules(corpus, reread)
    made = [_run(each, sources, directory, seeds, split) for each in planned]
    order = list(ABLATIONS)
    ablations = sorted(
        kept + made, key=lambda one: order.index(one.name) if one.name in order else len(order)
    )
    write_record(Study(corpus=summary, ablations=ablations), directory / STUDY)
    write_ablation_report(Study(corpus=summary, ablations=ablations), directory)
    return Study(corpus=summary, ablations=made)


def run_name(recipe: str, settings: Settings, corpus: Corpus) -> str:
    """Of the folder of a run: the same for what comes to the same, and for every setting at its default."""
    defaults = Settings.model_validate({}).model_dump(mode="json")
    own = {
        name: value
        for name, value in relevant_settings(settings).items()
        if name != "seed" and value != defaults[name]
    }
    known_by = json.dumps([recipe, own, corpus_identity(corpus)], sort_keys=True)
    return f"{recipe}-{hashlib.sha256(known_by.encode()).hexdigest()[:12]}@{settings.seed}"


def _run(
    planned: PlannedAblation, sources: PlotRules, directory: Path, seeds: int, split: str
) -> AblationResults:
    ablation, variants = planned.ablation, []
    say(f"{ablation.name}: {ablation.question}")
    for one in planned.variants:
        reference = ablation.reference(one.variant)
        left_out = one.left_out or sources.useless(one.variant, reference)
        described = _described(one, ablation.varied, None if one.variant is reference else reference.label)
        if left_out:
            say(f"{ablation.name}, {one.variant.label}: left out: {left_out}")
            variants.append(described.model_copy(update={"left_out": left_out}))
        else:
            say(f"{ablation.name}, {one.variant.label}:")
            corpus = sources.corpus(one.variant.plot_rule)
            found = _train(one, corpus, directory, seeds, split)
            variants.append(described.model_copy(update=found))
    results = AblationResults(
        name=ablation.name, title=ablation.title, question=ablation.question, variants=variants
    )
    return with_differences(results, directory)


def _described(one: PlannedVariant, varied: set[str], reference: str | None) -> VariantResults:
    """What is to be said of a variant before it has run."""
    relevant = relevant_settings(one.settings)
    settings = {name: relevant[name] for name in sorted(varied) if name in relevant}
    if one.variant.plot_rule:
        settings["plot_rule"] = one.variant.plot_rule
    return VariantResults(
        label=one.variant.label,
        recipe=one.variant.recipe,
        reference=reference,
        assignments=list(one.variant.assignments),
        settings=settings,
    )


def _train(
    one: PlannedVariant, corpus: Corpus, directory: Path, seeds: int, split: str
) -> dict[str, list[Any]]:
    """Runs, results and failures of a variant, a seed after the other."""
    recipe = one.variant.recipe
    found: dict[str, list[Any]] = {"runs": [], "results": [], "failed": []}
    for seed in range(one.settings.seed, one.settings.seed + seeds):
        settings = one.settings.model_copy(update={"seed": seed})
        run = f"{RUNS}/{run_name(recipe, settings, corpus)}"
        try:
            result = _finished(directory / run, corpus, split) or train_and_score(
                recipe, settings, corpus, directory / run, split=split, resume=True
            )
        except StorageError:
            raise  # it would stop the others as well
        except Exception as error:  # noqa: BLE001 -- whatever stops one variant must not stop the others
            why = str(error) if isinstance(error, CinefuseError) else f"{type(error).__name__}: {error}"
            say(f"{one.variant.label}: failed: {why}")
            found["failed"].append(Failure(model=recipe, seed=seed, error=why))
        else:
            found["runs"].append(run)
            found["results"].append(result)
    return found


def _finished(folder: Path, corpus: Corpus, split: str) -> Result | None:
    """The result of a run that was trained and scored before, on just these films."""
    try:
        result = read_record(Result, folder / f"{split}.json", "cinefuse ablate")
        scored = read_predictions(folder / "predictions.npz").ids.tolist()
    except RunError:
        return None
    return result if scored == [movie.id for movie in corpus.split(split)] else None


def _earlier(directory: Path, corpus: CorpusSummary, asked: set[str]) -> list[AblationResults]:
    """What an earlier call found and this one is not asked for; refuses a folder of anything else."""
    if directory.exists() and not directory.is_dir():
        raise RunError(f"{directory}: a file is in the way; allowed is a new folder")
    if not directory.exists() or not any(directory.iterdir()):
        return []
    if not (directory / STUDY).is_file():
        raise RunError(
            f"{directory}: is not empty, and not of an ablation; allowed is a new folder, "
            "or one that `cinefuse ablate` made"
        )
    earlier = read_study(directory / STUDY)
    kept = [ablation for ablation in earlier.ablations if ablation.name not in asked]
    if kept and earlier.corpus != corpus:
        there, here = (f"{one.movies:,} {one.split} films of {one.name}" for one in (earlier.corpus, corpus))
        raise RunError(
            f"{directory}: has ablations on {there}, and this is {here}, or by other rules; give another "
            "--out"
        )
    return kept


def _check_settings(planned: Sequence[PlannedAblation], corpus: Corpus) -> None:
    """What is missing should be missed before hours of training."""
    asked = {
        (one.variant.recipe, one.settings.model_dump_json()): one.settings
        for each in planned
        for one in each.variants
        if not one.left_out
    }
    for settings in asked.values():
        if settings.word_vectors is not None and not settings.word_vectors.is_file():
            raise SettingsError(
                f"word_vectors={settings.word_vectors}: no such file; allowed is one in GloVe's or "
                "word2vec's text format"
            )
        make_blueprints(settings, make_tokenizer(settings, corpus))


def _summary(corpus: Corpus, split: str) -> CorpusSummary:
    return CorpusSummary(
        name=corpus.name,
        split=split,
        movies=len(corpus.split(split)),
        genres=list(corpus.genres),
        plot_rule=corpus.plot_rule,
        split_rule=corpus.split_rule,
        skipped=dict(corpus.skipped),
    )
