"""From a model's scores to what it says of a movie: no torch, so that every runtime decides alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from scipy.special import expit, logit

from cinefuse.corpus.movie import Movie
from cinefuse.metrics.calibration import calibrate
from cinefuse.results import CalibrationSummary, JudgedWithout, ParameterCounts, Record, ThresholdSummary

Part = Literal["plot", "poster"]
Lacking = tuple[str, ...]  # of "plot" and "poster": what a model reads and a movie lacks
Scores = NDArray[np.float32]  # (N, G), after the sigmoid, before calibration
LARGE_MODEL = 2_000_000  # parameters
Calibrated = NDArray[np.float64]  # (N, G), or (G,) thresholds, after calibration


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of one movie.

    Attributes:
        genres: those at or above their threshold, most probable first.
        probabilities: genre -> calibrated probability, in the model's order.
        lacking: "plot" and "poster", where the model reads it and the movie has none.
        thresholds: genre -> the threshold that decided; another one where the movie lacks a part.
    """

    id: str
    genres: tuple[str, ...]
    probabilities: dict[str, float]
    lacking: Lacking = ()
    thresholds: dict[str, float] = field(default_factory=dict)


class GenrePredictor(Protocol):
    """A model ready to tell genres, whatever it runs on."""

    @property
    def name(self) -> str:
        """Its recipe's."""
        ...

    @property
    def genres(self) -> tuple[str, ...]:
        """In the order of all arrays."""
        ...

    @property
    def reads(self) -> tuple[str, ...]:
        """What it reads of a movie: "plot", "poster" or both."""
        ...

    @property
    def knows_people(self) -> bool:
        """Whether a movie's director and cast tell it more, where they made training films too."""
        ...

    def strangers(self, movie: Movie) -> tuple[str, ...]:
        """Of the names of who made it those of whom the model knows nothing, as they are given."""
        ...

    def predict(self, movies: Sequence[Movie]) -> list[Prediction]:
        """The genres of each movie. Of one that lacks all that the model reads it says nothing of worth."""
        ...


def shown(predictor: GenrePredictor) -> str:
    """What a predictor's `repr` is."""
    reads = " and ".join(predictor.reads) + ", and who made it" * predictor.knows_people
    return f"<{type(predictor).__name__}: {predictor.name}, {len(predictor.genres)} genres, reads {reads}>"


@dataclass(frozen=True)
class Verdict:
    """How a run's scores become genres and calibrated probabilities.

    A movie that lacks a part is scored lower, or less surely, than one that has both. Its scores are moved
    so that the same thresholds decide (`aligned`), and have a calibration of their own.

    Attributes:
        thresholds: (G,), for scores before calibration.
        calibration: of movies that lack nothing; None for none.
        without: part -> how movies that lack it are judged; empty where the model was not fitted for that.
    """

    genres: tuple[str, ...]
    thresholds: Sequence[float]
    calibration: CalibrationSummary | None
    without: Mapping[Part, JudgedWithout]

    def aligned(self, scores: Scores, lacking: Sequence[Lacking]) -> Scores:
        """(N, G) scores on the scale of movies that lack nothing, so that `thresholds` decide on all."""
        moved = scores.astype(np.float32)
        for part, judged in self.without.items():
            rows = _rows(lacking, part)
            if rows.any():
                moved[rows] = move(scores[rows], judged.shifts)
        return moved

    def calibrated(self, aligned: Scores, lacking: Sequence[Lacking]) -> Calibrated:
        """(N, G) calibrated probabilities; the aligned scores where there is no calibration."""
        told = self._by(self.calibration, aligned)
        for part, judged in self.without.items():
            rows = _rows(lacking, part)
            if rows.any():
                told[rows] = self._by(judged.calibration, aligned[rows])
        return told

    def decided_by(self, lacking: Lacking) -> Calibrated:
        """(G,) thresholds for the calibrated probabilities of movies that lack that."""
        judged = next((self.without[part] for part in self.without if lacking == (part,)), None)
        return self._by(judged.calibration if judged else self.calibration, np.array(self.thresholds))

    def predictions(
        self, ids: Sequence[str], aligned: Scores, lacking: Sequence[Lacking]
    ) -> list[Prediction]:
        """What is said of each movie."""
        thresholds = {kind: self.decided_by(kind) for kind in set(lacking)}
        rows = zip(ids, self.calibrated(aligned, lacking), lacking, strict=True)
        return [self._prediction(one, row, kind, thresholds[kind]) for one, row, kind in rows]

    def _prediction(self, one: str, row: Calibrated, lacking: Lacking, thresholds: Calibrated) -> Prediction:
        given = [column for column in np.argsort(-row, kind="stable") if row[column] >= thresholds[column]]
        return Prediction(
            one,
            tuple(self.genres[column] for column in given),
            dict(zip(self.genres, row.tolist(), strict=True)),
            lacking,
            dict(zip(self.genres, thresholds.tolist(), strict=True)),
        )

    @staticmethod
    def _by(calibration: CalibrationSummary | None, values: NDArray[np.floating]) -> Calibrated:
        if calibration is None or not len(values):
            return values.astype(np.float64)
        return calibrate(values, calibration.slopes, calibration.intercepts)


class DecidingRecord(Record):
    """What a run and an export say of how their scores become genres.

    Attributes:
        threshold: the rule, and its value where there is one for all genres.
        thresholds: one a genre, in the order of `genres`, for probabilities before calibration.
        calibration: what users' probabilities go through; None for none.
        without: "plot" or "poster" -> how movies that lack it are judged, for models that read both.
    """

    genres: tuple[str, ...]
    threshold: ThresholdSummary
    thresholds: tuple[float, ...]
    calibration: CalibrationSummary | None = None
    without: dict[Part, JudgedWithout] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        lines = [("thresholds", self.thresholds)]
        lines += [(f"shifts without {part}", one.shifts) for part, one in self.without.items()]
        for calibration in (self.calibration, *(one.calibration for one in self.without.values())):
            if calibration:
                lines += [("slopes", calibration.slopes), ("intercepts", calibration.intercepts)]
        for name, line in lines:
            if len(line) != len(self.genres):
                raise ValueError(f"{len(line)} {name} for {len(self.genres)} genres")
        return self

    def verdict(self) -> Verdict:
        """How scores become genres."""
        return Verdict(self.genres, self.thresholds, self.calibration, self.without)


class RunRecord(DecidingRecord):
    """What every run says of itself, whatever was trained.

    Attributes:
        model: what reports call it.
        trained_on: what it was trained on: corpus, number of movies.
        seconds: of training.
    """

    model: str
    parameters: ParameterCounts
    trained_on: dict[str, Any]
    seconds: float
    seed: int


def films_at_once(parameters: int, *, on_cpu: bool = True) -> int:
    """How many films to score at once, for speed: no score depends on it.

    On a processor the films of a large model are best when what becomes of them fits into its caches: eight
    are half as fast again as 64 (docs/log.md). A small model's time goes into the calls.
    """
    if not on_cpu:
        return 128
    return 8 if parameters > LARGE_MODEL else 64


def move(scores: Scores, shifts: Sequence[float]) -> Scores:
    """(N, G) scores moved by (G,) on the logit scale; 0 and 1 stay.

    Example:
        >>> move(np.array([[0.5, 0.5, 1.0]], np.float32), [0.0, float(logit(0.8)), -3.0]).round(6).tolist()
        [[0.5, 0.800000011920929, 1.0]]
    """
    return np.asarray(expit(logit(scores.astype(np.float64)) + np.array(shifts)), dtype=np.float32)


def rows_like(lacking: Sequence[Lacking], part: Part | None) -> NDArray[np.bool_]:
    """(N,) the films by which such films are judged: complete ones, and those that lack just that part.

    All, where there are not two of them.
    """
    rows = np.array([kind in {(), (part,)} for kind in lacking], dtype=bool)
    return rows if rows.sum() > 1 else np.ones_like(rows)


def _rows(lacking: Sequence[Lacking], part: Part) -> NDArray[np.bool_]:
    """(N,) True for the movies that lack that part and no other."""
    return np.array([kind == (part,) for kind in lacking], dtype=bool)
