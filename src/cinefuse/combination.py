"""Several finished runs combined into an ensemble: what it is on the disk, see `ensembles.record`.

The members are copied into it (weights as hard links, where the disk has them): an ensemble is served, sent
and kept as one thing, and stays what it is when a run is trained again or removed.
"""

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cinefuse.bundle import read_bundle_record
from cinefuse.corpus.record import Corpus
from cinefuse.decisions import Decisions, learn_decisions, threshold_rule
from cinefuse.ensembles.members import Members, MembersTable, Told, digest_of, files_of
from cinefuse.ensembles.record import ENSEMBLE, MEMBERS, EnsembleRecord, Member
from cinefuse.ensembles.weighing import Weighing, weigh
from cinefuse.errors import CorpusError, RunError
from cinefuse.inference import MODALITIES, Predictor
from cinefuse.metrics.blending import blend
from cinefuse.prediction import Lacking, Scores
from cinefuse.progress import say
from cinefuse.results import (
    ParameterCounts,
    StoredPredictions,
    ThresholdSummary,
    write_predictions,
    write_record,
)
from cinefuse.run_folder import IDENTITY, Started, corpus_identity, learned_otherwise, refuse_differing
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
    """Combines `runs` into an ensemble in `directory`; weights, thresholds and calibration are fitted on dev.

    Args:
        runs: folders of finished runs, trained on the corpus' train split.
        corpus: with a dev split.
        directory: new.
        settings: how its probabilities become genres.
        seed: by which films of dev fall into folds.
        name: what reports call it.

    Raises:
        RunError: for fewer than two runs, the same one twice, other genres, other training or dev films, a
            run that is not whole, or a folder that is taken.
        CorpusError: if the corpus has no dev split, or too few films with a genre in it.
        StorageError: if the disk refuses.
    """
    folders = [Path(run) for run in runs]
    digests = _check(folders, corpus)
    with whole_folder(directory, (ENSEMBLE, MEMBERS, IDENTITY, DEV), NAME) as partial:
        members = Members([Predictor.load(folder) for folder in folders])
        say(f"{NAME}: asking {len(folders)} runs of {len(corpus.split('dev')):,} dev films")
        table = members.split_features(corpus.split("dev"))
        told = members.told(table, [(), *((name,) for name in MODALITIES)])
        weighing = _weigh(told[0], table, settings, seed)
        remaining = _only(members, table, told, weighing)
        decisions = _decide(settings, remaining)
        listed = _list_members(folders, digests, members, weighing)
        record = _make_record(listed, remaining.members, weighing, decisions, settings, seed)
        record = record.model_copy(update={"model": name})
        for member, folder in zip(listed, folders, strict=True):
            if member.folder is not None:
                _copy_run(folder, partial / MEMBERS / member.folder)
        _write_dev(record, remaining, corpus, partial / DEV)
        _write_identity(name, settings, seed, digests, corpus, partial / IDENTITY)
        write_record(record, partial / ENSEMBLE)
    return record


@dataclass(frozen=True, slots=True)
class _Remaining:
    """The members that weigh something, and what they say of dev.

    Attributes:
        scores: (N, G), blended: of films as they are, without their plots, without their posters.
    """

    members: Members
    lacking: list[Lacking]
    targets: NDArray[np.float32]
    scores: list[Scores]


def check_dev(corpus: Corpus) -> None:
    """Whether there is anything to learn weights from.

    Raises:
        CorpusError: if there is not.
    """
    if sum(bool(movie.genres) for movie in corpus.split("dev")) < 2:
        raise CorpusError(
            f"corpus {corpus.name}, split dev: fewer than two films with a genre; an ensemble's weights are "
            "learned from them"
        )


def _check(folders: Sequence[Path], corpus: Corpus) -> list[str]:
    """The runs' digests, when all that can be checked without opening a run was."""
    if len(folders) < 2:
        raise RunError(f"{len(folders)} run to combine; allowed are two or more: give the folders of runs")
    check_dev(corpus)
    for folder in folders:
        genres = read_bundle_record(folder).genres
        if genres != corpus.genres:
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


def _weigh(told: Told, table: MembersTable, settings: DecisionSettings, seed: int) -> Weighing:
    """By complete films alone, as thresholds are; by all where no complete one has a genre."""
    targets = table.genres.numpy().astype(bool)
    complete = np.array([not kind for kind in table.all_lacking()], dtype=bool)
    rows = complete if targets[complete].any(axis=1).sum() > 1 else np.ones_like(complete)
    return weigh(told.probabilities[:, rows], targets[rows], lambda: threshold_rule(settings), seed)


def _only(members: Members, table: MembersTable, told: Sequence[Told], weighing: Weighing) -> _Remaining:
    kept = np.flatnonzero(weighing.weights)
    own = MembersTable(tuple(table.tables[one] for one in kept))
    scores = [
        blend(one.probabilities[kept], weighing.weights[kept], weighing.blend, one.reading[kept])
        for one in told
    ]
    return _Remaining(
        Members([members.predictors[one] for one in kept]),
        own.all_lacking(),
        own.genres.numpy(),
        [one.astype(np.float32) for one in scores],
    )


def _decide(settings: DecisionSettings, remaining: _Remaining) -> Decisions:
    whole, *without = remaining.scores
    both = len(remaining.members.reads) == len(MODALITIES)
    hidden = dict(zip(MODALITIES.values(), without, strict=True)) if both else {}
    return learn_decisions(settings, whole, hidden, remaining.targets, remaining.lacking)


def _list_members(
    folders: Sequence[Path], digests: Sequence[str], members: Members, weighing: Weighing
) -> tuple[Member, ...]:
    rows = zip(folders, digests, members.predictors, weighing.weights.tolist(), weighing.members, strict=True)
    return tuple(
        Member(
            folder=f"{number}-{predictor.name}" if weight else None,
            origin=str(folder),
            model=predictor.name,
            seed=predictor.record.seed,
            digest=digest,
            weight=weight,
            on_dev=on_dev,
        )
        for number, (folder, digest, predictor, weight, on_dev) in enumerate(rows, 1)
    )


def _make_record(
    listed: tuple[Member, ...],
    members: Members,
    weighing: Weighing,
    decisions: Decisions,
    settings: DecisionSettings,
    seed: int,
) -> EnsembleRecord:
    records = [one.record for one in members.predictors]
    counts = [one.parameters.model_dump() for one in records]
    return EnsembleRecord(
        model=NAME,
        genres=members.genres,
        threshold=ThresholdSummary(rule=settings.threshold, value=decisions.thresholds.value_),
        thresholds=tuple(decisions.thresholds.thresholds_.tolist()),
        calibration=decisions.calibration,
        without=decisions.without,
        parameters=ParameterCounts(**{name: sum(one[name] for one in counts) for name in counts[0]}),
        trained_on=records[0].trained_on,
        seconds=sum(one.seconds for one in records),
        seed=seed,
        blend=weighing.blend,
        members=listed,
        on_dev=weighing.on_dev,
        equal_weights=weighing.equal_weights,
    )


def _copy_run(run: Path, directory: Path) -> None:
    """What it needs to tell genres. A weight file is never written to, only replaced: a link is as good."""
    for name in files_of(run):
        target = directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if name.suffix == ".safetensors":
            with suppress(OSError):  # another disk, or one without links
                os.link(run / name, target)
                continue
        shutil.copyfile(run / name, target)


def _write_dev(record: EnsembleRecord, remaining: _Remaining, corpus: Corpus, path: Path) -> None:
    given = StoredPredictions(
        ids=np.array([movie.id for movie in corpus.split("dev")], dtype=np.str_),
        genres=np.array(record.genres),
        probabilities=record.verdict().aligned(remaining.scores[0], remaining.lacking),
        targets=remaining.targets.astype(bool),
        thresholds=np.array(record.thresholds),
    )
    write_predictions(given, path)


def _write_identity(
    name: str, settings: DecisionSettings, seed: int, digests: Sequence[str], corpus: Corpus, path: Path
) -> None:
    made_with = settings.model_dump(mode="json") | {"seed": seed, "members": list(digests)}
    started = Started(recipe=name, corpus=corpus_identity(corpus), settings=made_with)
    path.write_text(started.model_dump_json(indent=1) + "\n", encoding="utf-8")
