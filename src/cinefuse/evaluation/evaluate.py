"""One run on one split: every metric, its interval, and the probabilities that they came from."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cinefuse.corpus.record import Corpus
from cinefuse.ensembles.opening import AnyPredictor
from cinefuse.errors import CorpusError, RunError
from cinefuse.inference import Probabilities, Watch
from cinefuse.metrics.multilabel import Scores, score
from cinefuse.metrics.uncertainty import bootstrap_intervals
from cinefuse.results import (
    Condition,
    ConditionScores,
    CorpusSummary,
    GenreScores,
    People,
    Result,
    Seconds,
    StoredPredictions,
    write_predictions,
)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A result, and what it was computed from.

    Attributes:
        ids: N movies.
        probabilities: (N, G), before calibration, as are the thresholds.
        targets: (N, G) bool.
        thresholds: (G,).
    """

    result: Result
    ids: list[str]
    probabilities: Probabilities
    targets: NDArray[np.bool_]
    thresholds: NDArray[np.float64]

    @property
    def predictions(self) -> StoredPredictions:
        """What every film was given."""
        return StoredPredictions(
            ids=np.array(self.ids),
            genres=np.array(self.result.corpus.genres),
            probabilities=self.probabilities,
            targets=self.targets,
            thresholds=self.thresholds,
        )

    def save_predictions(self, path: Path) -> None:
        """Writes what every film was given, for reports; see `StoredPredictions`."""
        write_predictions(self.predictions, path)


@dataclass(frozen=True, slots=True)
class ScoredSplit:
    """A split as the run gave it.

    Attributes:
        absent: reason -> number of movies that lack a modality that the model reads.
        seconds: of reading the movies and scoring them.
        conditions: of those asked for: probabilities (N, G), and (N,) which movies have that part.
        has_people: (N,) which movies' director or cast is known.
    """

    predictions: StoredPredictions
    absent: dict[str, int]
    seconds: float
    conditions: dict[Condition, tuple[Probabilities, NDArray[np.bool_]]]
    has_people: NDArray[np.bool_]


# what is told from one part alone: the modality that is hidden, the part that is read
CONDITIONS: dict[Condition, tuple[str, str]] = {
    "plot_only": ("vision", "plot"),
    "poster_only": ("text", "poster"),
}


def score_split(
    predictor: AnyPredictor,
    corpus: Corpus,
    split: str,
    watch: Watch | None = None,
    conditions: Mapping[Condition, tuple[str, str]] = MappingProxyType({}),
) -> ScoredSplit:
    """Gives every movie of the split its probabilities, without measuring anything.

    Args:
        conditions: of `CONDITIONS`, those to score besides.
        watch: is shown every batch and what the model said of it.

    Raises:
        CorpusError: if the corpus has no such split.
        RunError: if the corpus has genres that the run was not trained on.
    """
    movies = corpus.split(split)
    foreign = sorted({genre for movie in movies for genre in movie.genres} - set(predictor.genres))
    if foreign:
        raise RunError(
            f"corpus {corpus.name}, split {split}: the run knows no {', '.join(foreign)}; "
            f"its genres are {', '.join(predictor.genres)}: say `--genre THEIRS=OURS`, or `--genre THEIRS=` "
            "to drop one, or prepare the corpus with --genres"
        )
    began = time.monotonic()
    # what it reads of films is each predictor's own: made by it, and for it alone
    table: Any = predictor.split_features(movies, watched=watch is not None)
    probabilities, *alone = predictor.score_conditions(
        table, [(), *((hidden,) for hidden, _ in conditions.values())], watch
    )
    seconds = time.monotonic() - began
    lacking = table.all_lacking()
    found = {
        name: (scores, np.array([read not in kind for kind in lacking], dtype=bool))
        for (name, (_, read)), scores in zip(conditions.items(), alone, strict=True)
    }
    predictions = StoredPredictions(
        ids=np.array([movie.id for movie in movies], dtype=np.str_),
        genres=np.array(predictor.genres),
        probabilities=probabilities,
        targets=table.genres.numpy(),
        thresholds=np.array(predictor.record.thresholds),
    )
    has_people = np.array([bool(movie.director or movie.cast) for movie in movies], dtype=bool)
    return ScoredSplit(predictions, dict(table.absent), seconds, found, has_people)


def evaluate(
    predictor: AnyPredictor, corpus: Corpus, split: str = "test", watch: Watch | None = None
) -> Evaluation:
    """Scores the run on a split of `corpus`, with the thresholds that it fitted on its own dev split.

    Thresholds and probabilities are those before calibration: it changes no decision and no ranking.

    Args:
        watch: is shown every batch and what the model said of it.

    Raises:
        CorpusError: if the corpus has no such split, or no film in it.
        RunError: if the corpus has genres that the run was not trained on.
    """
    if not corpus.split(split):
        raise CorpusError(f"corpus {corpus.name}, split {split}: no films; allowed is one or more")
    scored = score_split(predictor, corpus, split, watch, CONDITIONS if len(predictor.reads) > 1 else {})
    given = scored.predictions
    scores = score(given.probabilities, given.targets, given.thresholds)
    record = predictor.record
    result = Result(
        model=record.model,
        corpus=CorpusSummary(
            name=corpus.name,
            split=split,
            movies=len(given.ids),
            genres=list(predictor.genres),
            plot_rule=corpus.plot_rule,
            split_rule=corpus.split_rule,
            skipped=_skipped(corpus, scored.absent),
        ),
        threshold=record.threshold,
        metrics=scores.metrics,
        intervals=bootstrap_intervals(given.probabilities, given.targets, given.thresholds),
        per_genre=_per_genre(scores, given),
        conditions={
            name: _condition(given, scores, rows) for name, (scores, rows) in scored.conditions.items()
        },
        people=_by_people(given, scored.has_people),
        undefined=[genre for genre, none in zip(predictor.genres, scores.undefined, strict=True) if none],
        parameters=record.parameters,
        seconds=Seconds(train=record.seconds, evaluate=scored.seconds),
        seed=record.seed,
    )
    return Evaluation(result, given.ids.tolist(), given.probabilities, given.targets, given.thresholds)


def _by_people(given: StoredPredictions, known: NDArray[np.bool_]) -> dict[People, ConditionScores]:
    """Films with and without known people, told apart where there are both."""
    if known.all() or not known.any():
        return {}
    return {
        "known": _condition(given, given.probabilities, known),
        "unknown": _condition(given, given.probabilities, ~known),
    }


def _condition(
    given: StoredPredictions, probabilities: Probabilities, rows: NDArray[np.bool_]
) -> ConditionScores:
    """Scores of those rows; nothing but their number where there is none."""
    if not rows.any():
        return ConditionScores(movies=0, metrics={}, intervals={})
    chosen = probabilities[rows], given.targets[rows], given.thresholds
    return ConditionScores(
        movies=int(rows.sum()), metrics=score(*chosen).metrics, intervals=bootstrap_intervals(*chosen)
    )


def _skipped(corpus: Corpus, absent: dict[str, int]) -> dict[str, int]:
    """What the corpus left out or lacks, and what the split scored here lacks of what the model reads."""
    here = {f"{reason} (in this split)": count for reason, count in absent.items()}
    return dict(corpus.skipped) | here


def _per_genre(scores: Scores, given: StoredPredictions) -> dict[str, GenreScores]:
    columns = scores.per_genre

    def number(values: NDArray[np.float64], index: int) -> float | None:
        return None if np.isnan(values[index]) else float(values[index])

    return {
        genre: GenreScores(
            f1=number(columns.f1, index),
            precision=number(columns.precision, index),
            recall=number(columns.recall, index),
            roc_auc=number(columns.roc_auc, index),
            average_precision=number(columns.average_precision, index),
            support=int(columns.support[index]),
            threshold=float(given.thresholds[index]),
        )
        for index, genre in enumerate(given.genres.tolist())
    }
