"""How a run decides, learned from what others say of films that they have not seen.

A run that has learned from all training films, or is a mean of runs that have together, has none left that
would tell it its thresholds but dev's, some hundreds. Runs that each left out another part have all: each is
told by the one that has not seen it (cross-fitting, as in scikit-learn's `CalibratedClassifierCV` with
`ensemble=False`). What each says is put on the scale of the run that is to decide: see `metrics.equating`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from cinefuse.bundle import Bundle
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.decisions import learn_decisions
from cinefuse.ensembles.evidence import CONDITIONS, Voices
from cinefuse.folds import Fold, split_off
from cinefuse.inference import MODALITIES, Predictor, score_conditions
from cinefuse.metrics.arrays import Bools
from cinefuse.metrics.equating import LinearEquating
from cinefuse.metrics.multilabel import score
from cinefuse.prediction import Lacking, Scores, rows_like
from cinefuse.progress import say
from cinefuse.results import ThresholdSummary
from cinefuse.run_folder import IDENTITY
from cinefuse.training.settings import DecisionSettings

HISTORY = "history.json"
# what a run is that was made of others, or fewer; the last says that it is whole
FILES = ("model.safetensors", "tokenizer.json", "people.json", HISTORY, IDENTITY, "bundle.json")


@dataclass(frozen=True, slots=True)
class OnDev:
    """What a run is worth on dev's films; None where undefined.

    Attributes:
        name: of the run, for people.
        f1_macro: by its own thresholds, which are those that suit dev best where they were learned there.
    """

    name: str
    f1_macro: float | None
    average_precision_macro: float | None


def worth_on_dev(name: str, run: Predictor, corpus: Corpus) -> OnDev:
    """Scores the run on dev by its own thresholds."""
    table = run.split_features(corpus.split("dev"), watched=False)
    thresholds = np.array(run.bundle.record.thresholds)
    found = score(run.score(table), table.genres.numpy(), thresholds).metrics
    return OnDev(name, found["f1_macro"], found["average_precision_macro"])


def decided(
    run: Predictor,
    settings: DecisionSettings,
    others: Sequence[Predictor],
    voices: Voices | None,
    corpus: Corpus,
) -> Bundle:
    """The run with thresholds and calibration.

    Args:
        run: whose decisions it had play no part.
        settings: the rules.
        others: runs that each left out a part of the training films.
        voices: of `others`, as `ensembles.evidence.find_voices` finds them; None to learn from dev alone.
        corpus: with the train and dev split of all.
    """
    told = _Told.by([run], corpus.split("dev"))
    if voices is not None:
        told = _unseen(others, voices, corpus, told)
    whole, *without = told.scores
    hidden = dict(zip(MODALITIES.values(), without, strict=True)) if without else {}
    decisions = learn_decisions(settings, whole, hidden, told.targets, told.lacking)
    record = run.bundle.record.model_copy(
        update={
            "threshold": ThresholdSummary(rule=settings.threshold, value=decisions.thresholds.value_),
            "thresholds": tuple(decisions.thresholds.thresholds_.tolist()),
            "calibration": decisions.calibration,
            "without": decisions.without,
            "learned_from": "dev" if voices is None else "unseen",
            "recipe": run.bundle.record.recipe | settings.model_dump(mode="json"),
        }
    )
    return replace(run.bundle, record=record)


@dataclass(frozen=True, slots=True)
class _Told:
    """What runs say of N films on average, before any calibration; (N, G) under each of `CONDITIONS`."""

    scores: list[Scores]
    lacking: list[Lacking]
    targets: Bools

    @classmethod
    def by(cls, runs: Sequence[Predictor], movies: Sequence[Movie]) -> Self:
        """Of a model that reads one part alone, nothing is hidden."""
        tables = [run.split_features(movies, watched=False) for run in runs]
        conditions = CONDITIONS if len(runs[0].reads) == len(MODALITIES) else CONDITIONS[:1]
        told = [
            score_conditions(run.bundle.model, table, conditions)
            for run, table in zip(runs, tables, strict=True)
        ]
        means = [np.mean(each, axis=0) for each in zip(*told, strict=True)]
        return cls(means, tables[0].all_lacking(), tables[0].genres.numpy())


def _unseen(others: Sequence[Predictor], voices: Voices, corpus: Corpus, dev: _Told) -> _Told:
    """The train split, each film by the runs that have not seen it, on the scale of what `dev` is told by."""
    train = corpus.split("train")
    say(f"asking each run of the training films that it has not seen, {len(train):,} in all")
    alike = [rows_like(dev.lacking, part) for part in (None, *MODALITIES.values())]
    told = []
    for fold in Fold.all_of(len(voices[0])):
        runs = [others[voice[fold.number - 1]] for voice in voices]
        unseen = _Told.by(runs, split_off(train, corpus.genres, fold)[1])
        on_dev = _Told.by(runs, corpus.split("dev")).scores
        scores = [
            LinearEquating().fit(own[rows], whole[rows]).transform(said).astype(np.float32)
            # a model that reads one part alone has one condition
            for said, own, whole, rows in zip(unseen.scores, on_dev, dev.scores, alike, strict=False)
        ]
        told.append(replace(unseen, scores=scores))
    return _Told(
        [np.concatenate(each) for each in zip(*(part.scores for part in told), strict=True)],
        [kind for part in told for kind in part.lacking],
        np.concatenate([part.targets for part in told]),
    )
