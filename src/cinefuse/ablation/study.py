"""Planned ablations run one variant after the other; what is on disk already is not run again.

DIR/
  ablation.json             every variant with its results
  report.html               a section an ablation; its tables in tables/, its figures in figures/
  runs/RECIPE-HASH@SEED     the runs, shared by variants (and by later calls) that come to the same
"""

import hashlib
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from cinefuse import processes
from cinefuse.ablation.catalogue import ABLATIONS
from cinefuse.ablation.differences import with_differences
from cinefuse.ablation.plan import PlannedAblation, PlannedVariant
from cinefuse.ablation.plot_rules import PlotRules, Reread
from cinefuse.bundle import storing
from cinefuse.corpus.record import Corpus
from cinefuse.earlier_results import failure
from cinefuse.encoders.word_vectors import read_word_vectors
from cinefuse.errors import CorpusError, ProcessError, RunError, SettingsError, StorageError
from cinefuse.experiment import make_tokenizer
from cinefuse.model import GenreModel, make_blueprints
from cinefuse.progress import say
from cinefuse.recipes import Settings
from cinefuse.reports.ablation import write_ablation_report
from cinefuse.results import CorpusSummary, Result, read_predictions, read_record, write_record
from cinefuse.results.ablation import AblationResults, Study, VariantResults, read_study
from cinefuse.run_folder import corpus_identity, relevant_settings
from cinefuse.scored_run import train_and_score
from cinefuse.training import check_shares

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
        CorpusError: if train, dev or that split has no films, or none with what a variant reads.
        SettingsError: if a file that a setting names is not there.
        EncoderError: if word vectors or a pretrained encoder cannot be read.
        StorageError: if the disk refuses.
    """
    for needed in dict.fromkeys(("train", "dev", split)):
        if not corpus.split(needed):
            raise CorpusError(f"corpus {corpus.name}, split {needed}: no films; allowed is one or more")
    summary = _summary(corpus, split)
    asked = {each.ablation.name for each in planned}
    kept = processes.by_first(lambda: _earlier(directory, summary, asked))
    sources = PlotRules(corpus, reread)
    with processes.agreeing():
        _check_settings(planned, sources)
    processes.by_first(lambda: _begin(directory, summary))
    made = [_run(each, sources, directory, seeds, split) for each in planned]
    processes.by_first(lambda: _write(kept + made, directory, summary))
    return Study(corpus=summary, ablations=made)


def _begin(directory: Path, summary: CorpusSummary) -> None:
    with storing(directory):
        directory.mkdir(parents=True, exist_ok=True)
    if not (directory / STUDY).exists():
        # from now on the folder is known as ours; what an earlier call found stays until this one is done
        write_record(Study(corpus=summary, ablations=[]), directory / STUDY)


def _write(found: list[AblationResults], directory: Path, summary: CorpusSummary) -> None:
    order = list(ABLATIONS)
    ablations = sorted(found, key=lambda one: order.index(one.name) if one.name in order else len(order))
    write_record(Study(corpus=summary, ablations=ablations), directory / STUDY)
    write_ablation_report(Study(corpus=summary, ablations=ablations), directory)


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
    return processes.by_first(lambda: with_differences(results, directory))


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
            finished = processes.by_first(partial(_finished, directory / run, corpus, split))
            result = finished or train_and_score(
                recipe, settings, corpus, directory / run, split=split, resume=True
            )
        except (StorageError, ProcessError):
            raise  # it would stop the others as well
        except Exception as error:  # noqa: BLE001 -- whatever stops one variant must not stop the others
            found["failed"].append(failure(recipe, seed, error, directory))
            say(f"{one.variant.label}: failed, the others go on: {found['failed'][-1].error}")
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
        before, now = earlier.corpus.model_dump(), corpus.model_dump()
        differing = [
            f"\n  - {name}: there {before[name]}, here {now[name]}"
            for name in before
            if before[name] != now[name]
        ]
        raise RunError(
            f"{directory}: has ablations on {there} ({', '.join(one.name for one in kept)}), and this is "
            f"{here}; ablations of one folder must be of the same films: give another --out:"
            + "".join(differing)
        )
    return kept


def _check_settings(planned: Sequence[PlannedAblation], sources: PlotRules) -> None:
    """What is missing should be missed before hours of training: once for the same settings and plots."""
    asked = {
        (one.settings.model_dump_json(), one.variant.plot_rule): one.settings
        for each in planned
        for one in each.variants
        if not (one.left_out or sources.useless(one.variant, each.ablation.reference(one.variant)))
    }
    for (_, rule), settings in asked.items():
        check_shares(settings)
        if settings.word_vectors is not None:
            if not settings.word_vectors.is_file():
                raise SettingsError(
                    f"word_vectors={settings.word_vectors}: no such file; allowed is one in GloVe's or "
                    "word2vec's text format"
                )
            read_word_vectors(settings.word_vectors, set(), settings.embedding_width)
        corpus = sources.corpus(rule)
        blueprints = make_blueprints(settings, make_tokenizer(settings, corpus))
        with torch.device("meta"):
            GenreModel.from_blueprints(settings, blueprints, len(corpus.genres))


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
