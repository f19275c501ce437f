"""One run on one split: every metric, its interval, and the probabilities that they came from."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cinefuse.bundle import storing
from cinefuse.corpus.record import Corpus
from cinefuse.errors import RunError
from cinefuse.inference import Predictor, Probabilities
from cinefuse.metrics.multilabel import Scores, score
from cinefuse.metrics.uncertainty import bootstrap_intervals
from cinefuse.results import CorpusSummary, GenreScores, Result, Seconds


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A result, and what it was computed from.

    Attributes:
        ids: N movies.
        probabilities: (N, G).
        targets: (N, G) bool.
        thresholds: (G,).
    """

    result: Result
    ids: list[str]
    probabilities: Probabilities
    targets: NDArray[np.bool_]
    thresholds: NDArray[np.float64]

    def save_predictions(self, path: Path) -> None:
        """Writes ids, genres, probabilities, targets and thresholds as a NumPy archive without pickles."""
        with storing(path.parent):
            np.savez_compressed(
                path,
                ids=np.array(self.ids),
                genres=np.array(self.result.corpus.genres),
                probabilities=self.probabilities,
                targets=self.targets,
                thresholds=self.thresholds,
            )


def evaluate(predictor: Predictor, corpus: Corpus, split: str = "test") -> Evaluation:
    """Scores the run on a split of `corpus`, with the thresholds that it fitted on its own dev split.

    Raises:
        CorpusError: if the corpus has no such split.
        RunError: if the corpus has genres that the run was not trained on.
    """
    movies = corpus.split(split)
    foreign = sorted({genre for movie in movies for genre in movie.genres} - set(predictor.genres))
    if foreign:
        raise RunError(
            f"corpus {corpus.name}, split {split}: the run knows no {', '.join(foreign)}; "
            f"its genres are {', '.join(predictor.genres)}: prepare the corpus with --genres"
        )
    began = time.monotonic()
    table = predictor.features(movies)
    probabilities = predictor.score(table)
    seconds = time.monotonic() - began
    targets = table.genres.numpy().astype(bool)
    scores = score(probabilities, targets, predictor.thresholds)
    record = predictor.bundle.record
    result = Result(
        model=record.model,
        corpus=CorpusSummary(
            name=corpus.name,
            split=split,
            movies=len(movies),
            genres=list(predictor.genres),
            plot_rule=corpus.plot_rule,
            split_rule=corpus.split_rule,
            skipped=_skipped(corpus, table.absent),
        ),
        threshold=record.threshold,
        metrics=scores.metrics,
        intervals=bootstrap_intervals(probabilities, targets, predictor.thresholds),
        per_genre=_per_genre(scores, predictor),
        undefined=[genre for genre, none in zip(predictor.genres, scores.undefined, strict=True) if none],
        parameters=record.parameters,
        seconds=Seconds(train=record.seconds, evaluate=seconds),
        seed=record.seed,
    )
    return Evaluation(result, [movie.id for movie in movies], probabilities, targets, predictor.thresholds)


def _skipped(corpus: Corpus, absent: dict[str, int]) -> dict[str, int]:
    """What the corpus left out or lacks, and what the split scored here lacks of what the model reads."""
    here = {f"{reason} (in this split)": count for reason, count in absent.items()}
    return dict(corpus.skipped) | here


def _per_genre(scores: Scores, predictor: Predictor) -> dict[str, GenreScores]:
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
            threshold=float(predictor.thresholds[index]),
        )
        for index, genre in enumerate(predictor.genres)
    }
