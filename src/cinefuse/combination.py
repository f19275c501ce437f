"""Several finished runs combined into an ensemble: what it is on the disk, see `ensembles.record`.

The members are copied into it (weights as hard links, where the disk has them): an ensemble is served, sent
and kept as one thing, and stays what it is when a run is trained again or removed.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cinefuse.bundle import read_bundle_record
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.decisions import Decisions, learn_decisions, threshold_rule
from cinefuse.ensembles.evidence import Evidence, Heard, Voices, hear
from cinefuse.ensembles.members import Members, copy_run, digest_of
from cinefuse.ensembles.record import ENSEMBLE, MEMBERS, EnsembleRecord, Member
from cinefuse.ensembles.weighing import Others, Weighing, weigh
from cinefuse.errors import CorpusError, RunError
from cinefuse.folds import training_movies
from cinefuse.inference import MODALITIES, Predictor
from cinefuse.metrics.arrays import Floats
from cinefuse.prediction import Scores
from cinefuse.recipes import Settings
from cinefuse.results import (
    ParameterCounts,
    StoredPredictions,
    ThresholdSummary,
    write_predictions,
    write_record,
)
from cinefuse.run_folder import (
    IDENTITY,
    Started,
    corpus_identity,
    learned_otherwise,
    refuse_differing,
    relevant_settings,
)
from cinefuse.training.settings import DecisionSettings
from cinefuse.whole_folder import whole_folder

NAME = "ensemble"
DEV = "dev.npz"
OTHER_FILMS = "was trained on other films; allowed are runs of the same train and dev split"
DECISIONS = DecisionSettings(threshold="per-genre")


def ensemble(
    runs: Sequence[Path],
    corpus: Corpus,
    directory: Path,
    settings: DecisionSettings = DECISIONS,
    *,
    seed: int = 42,
    name: str = NAME,
) -> EnsembleRecord:
    """Combines `runs` into an ensemble in `directory`.

    Weights, thresholds and calibration are fitted on dev; for runs that each left out another part of the
    training films, on those films. See `ensembles.evidence`.

    Args:
        runs: folders of finished runs, trained on the corpus' train split.
        corpus: with a dev split.
        directory: new.
        settings: how its probabilities become genres.
        seed: by which films fall into folds, where what is held out is cross-validated.
        name: what reports call it.

    Raises:
        RunError: for fewer than two runs, the same one twice, other genres, other training or dev films, a
            run that is not whole, or a folder that is taken.
        CorpusError: if the corpus has no dev split, or too few films with a genre in it.
        StorageError: if the disk refuses.
    """
    folders = [Path(run) for run in runs]
    digests = check_runs(folders, corpus)
    with whole_folder(directory, (ENSEMBLE, MEMBERS, IDENTITY, DEV), NAME) as partial:
        members = Members([Predictor.load(folder) for folder in folders])
        heard = hear(members, [made_with(one) for one in members.predictors], corpus)
        weighing = _weigh(heard, settings, seed)
        listed = _list_members(folders, digests, members, heard.voices, weighing)
        kept = Members([one for one, its in zip(members.predictors, listed, strict=True) if its.weight])
        said = heard.blended(weighing.weights, weighing.blend)
        decisions = _decide(settings, said, heard.films, weighing.weights, kept.reads)
        record = _make_record(listed, kept, heard, weighing, decisions, settings, seed)
        trained_on = record.trained_on | {"movies": len(learned_films(kept.predictors, corpus))}
        record = record.model_copy(update={"model": name, "trained_on": trained_on})
        for member, folder in zip(listed, folders, strict=True):
            if member.folder is not None:
                copy_run(folder, partial / MEMBERS / member.folder)
        _write_dev(record, heard.dev, corpus, partial / DEV)
        how = settings.model_dump(mode="json") | {"seed": seed, "members": digests}
        write_identity(name, how, corpus, partial / IDENTITY)
        write_record(record, partial / ENSEMBLE)
    return record


def check_dev(corpus: Corpus) -> None:
    """Whether there is anything to learn weights from, or to hold them against.

    Raises:
        CorpusError: if there is not.
    """
    if sum(bool(movie.genres) for movie in corpus.split("dev")) < 2:
        raise CorpusError(
            f"corpus {corpus.name}, split dev: fewer than two films with a genre; what is made of several "
            "runs is chosen, or judged, by them"
        )


def check_runs(folders: Sequence[Path], corpus: Corpus) -> list[str]:
    """The runs' digests, when all that can be checked without opening a run was.

    Raises:
        RunError, CorpusError: as `ensemble` does.
    """
    if len(folders) < 2:
        raise RunError(f"{len(folders)} run to combine; allowed are two or more: give the folders of runs")
    check_dev(corpus)
    for folder in folders:
        if (genres := read_bundle_record(folder).genres) != corpus.genres:
            raise RunError(
                f"{folder}: its genres are {', '.join(genres)}, and those of corpus {corpus.name} are "
                f"{', '.join(corpus.genres)}; allowed are runs of the same genres in the same order"
            )
    refuse_differing({folder: learned_otherwise(folder, corpus) for folder in folders}, OTHER_FILMS)
    first: dict[str, Path] = {}
    for folder in folders:
        twin = first.setdefault(digest_of(folder), folder)
        if twin is not folder:
            raise RunError(f"{folder}: the same run as {twin}; each run is given once")
    return list(first)


def made_with(run: Predictor) -> dict[str, Any]:
    """What makes it that run; a setting that came later had its default, and idle ones say nothing."""
    return relevant_settings(Settings.model_validate(run.bundle.record.recipe)) | {"model": run.name}


def learned_films(runs: Sequence[Predictor], corpus: Corpus) -> list[Movie]:
    """Those that any of them has learned from, in the corpus' order."""
    recipes = [one.bundle.record.recipe for one in runs]
    learned = {
        movie.id
        for recipe in recipes
        for movie in training_movies(corpus, recipe.get("fold"), unpaired=recipe.get("unpaired", False))
    }
    everything = training_movies(corpus, None, unpaired=any(one.get("unpaired", False) for one in recipes))
    return [movie for movie in everything if movie.id in learned]


def _weigh(heard: Heard, settings: DecisionSettings, seed: int) -> Weighing:
    """By complete films alone, as thresholds are; by all where no complete one has a genre."""
    told, targets = heard.films.of_complete()
    others = None
    if heard.unseen:
        dev_told, dev_targets = heard.dev.of_complete()
        told_by = heard.films.told_by[heard.films.complete]
        others = Others(dev_told[np.array(heard.voices)], dev_targets, told_by)
    return weigh(told, targets, lambda: threshold_rule(settings), seed, others)


def _decide(
    settings: DecisionSettings, said: Sequence[Scores], films: Evidence, weights: Floats, reads: Sequence[str]
) -> Decisions:
    """By the voices that weigh something, which read these parts."""
    whole, *without = said
    hidden = dict(zip(MODALITIES.values(), without, strict=True)) if len(reads) == len(MODALITIES) else {}
    return learn_decisions(settings, whole, hidden, films.targets, films.all_lacking(np.flatnonzero(weights)))


def _list_members(
    folders: Sequence[Path], digests: Sequence[str], members: Members, voices: Voices, weighing: Weighing
) -> tuple[Member, ...]:
    """Those of one voice weigh the same."""
    voice_of = {number: voice for voice, numbers in enumerate(voices) for number in numbers}
    listed = []
    for number, (folder, digest, predictor) in enumerate(
        zip(folders, digests, members.predictors, strict=True)
    ):
        voice = voice_of[number]
        weight = float(weighing.weights[voice]) / len(voices[voice])
        listed.append(
            Member(
                folder=f"{number + 1}-{predictor.name}" if weight else None,
                origin=str(folder),
                model=predictor.name,
                seed=predictor.record.seed,
                digest=digest,
                voice=voice,
                fold=predictor.bundle.record.recipe.get("fold"),
                weight=weight,
                worth=weighing.members[voice],
            )
        )
    return tuple(listed)


def _make_record(
    listed: tuple[Member, ...],
    kept: Members,
    heard: Heard,
    weighing: Weighing,
    decisions: Decisions,
    settings: DecisionSettings,
    seed: int,
) -> EnsembleRecord:
    records = [one.record for one in kept.predictors]
    counts = [one.parameters.model_dump() for one in records]
    return EnsembleRecord(
        model=NAME,
        genres=kept.genres,
        threshold=ThresholdSummary(rule=settings.threshold, value=decisions.thresholds.value_),
        thresholds=tuple(decisions.thresholds.thresholds_.tolist()),
        calibration=decisions.calibration,
        without=decisions.without,
        parameters=ParameterCounts(**{name: sum(one[name] for one in counts) for name in counts[0]}),
        trained_on=records[0].trained_on,
        seconds=sum(one.seconds for one in records),
        seed=seed,
        learned_from="unseen" if heard.unseen else "dev",
        equated=heard.unseen,
        blend=weighing.blend,
        members=listed,
        worth=weighing.worth,
        equal_weights=weighing.equal_weights,
    )


def _write_dev(record: EnsembleRecord, dev: Evidence, corpus: Corpus, path: Path) -> None:
    weights = np.array([one.weight for one in record.members])
    lacking = dev.all_lacking(np.flatnonzero(weights))
    given = StoredPredictions(
        ids=np.array([movie.id for movie in corpus.split("dev")], dtype=np.str_),
        genres=np.array(record.genres),
        probabilities=record.verdict().aligned(dev.blended(weights, record.blend)[0], lacking),
        targets=dev.targets,
        thresholds=np.array(record.thresholds),
    )
    write_predictions(given, path)


def write_identity(name: str, how: dict[str, Any], corpus: Corpus, path: Path) -> None:
    """`run.json` of what was made of several runs, `how` with their digests as `members`."""
    started = Started(recipe=name, corpus=corpus_identity(corpus), settings=how)
    path.write_text(started.model_dump_json(indent=1) + "\n", encoding="utf-8")
