"""The only way in which a model is ever scored: in training, evaluation and serving alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray

from cinefuse.bundle import Bundle, load_bundle
from cinefuse.corpus.movie import Movie
from cinefuse.features.batch import Batch
from cinefuse.features.table import FeatureTable, encode_movies
from cinefuse.metrics.calibration import calibrate
from cinefuse.model import GenreModel, ModelOutput

BATCH_SIZE = 64
Probabilities = NDArray[np.float32]  # (N, G), after the sigmoid
Calibrated = NDArray[np.float64]  # (N, G), or (G,) thresholds, after calibration
Watch = Callable[[Batch, ModelOutput], None]  # is shown each batch of a scoring, and what came of it


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of one movie.

    Attributes:
        genres: those at or above their threshold, most probable first.
        probabilities: genre -> calibrated probability, in the model's order.
        lacking: "plot" and "poster", where the model reads it and the movie has none.
    """

    id: str
    genres: tuple[str, ...]
    probabilities: dict[str, float]
    lacking: tuple[str, ...] = ()


@torch.inference_mode()
def score_table(
    model: GenreModel, table: FeatureTable, batch_size: int = BATCH_SIZE, watch: Watch | None = None
) -> Probabilities:
    """(N, G) probabilities in the table's order; batches are grouped by length, padded to their longest."""
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    order = np.argsort(np.array(table.lengths), kind="stable")
    scored = np.zeros((len(table), table.genres.shape[1]), dtype=np.float32)
    for start in range(0, len(order), batch_size):
        indices = order[start : start + batch_size]
        batch = table.batch(indices.tolist()).to(device)
        output = model(batch)
        scored[indices] = torch.sigmoid(output.logits.float()).cpu().numpy()
        if watch is not None:
            watch(batch, output)
    model.train(was_training)
    return scored


def best_device() -> torch.device:
    """A GPU where there is one."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


class Predictor:
    """A run, ready to score movies.

    `probabilities` and `predict` give calibrated probabilities, where the run has a calibration; `score`
    gives them as the model does. Either gives the same genres, by the thresholds that belong to it.

    Attributes:
        genres: the columns of every matrix of probabilities.
        thresholds: (G,), at or above which a calibrated probability gives its genre.
    """

    def __init__(self, bundle: Bundle, device: torch.device | None = None) -> None:
        self.bundle = bundle
        self.genres = bundle.record.genres
        self.thresholds = self._calibrated(np.array(bundle.record.thresholds))
        self._model = bundle.model.to(device or best_device())

    @classmethod
    def load(cls, run: str | Path, device: torch.device | None = None) -> Self:
        """Opens the run in that folder.

        Raises:
            RunError: if it is not a whole run of this version.
        """
        return cls(load_bundle(Path(run)), device)

    @property
    def reads(self) -> tuple[str, ...]:
        """What the model reads of a movie: "plot", "poster" or both."""
        scoring = self.bundle.record.scoring
        return ("plot",) * (scoring.text is not None) + ("poster",) * (scoring.vision is not None)

    def features(self, movies: Sequence[Movie]) -> FeatureTable:
        """The movies as the model reads them."""
        scoring = self.bundle.record.scoring
        return encode_movies(
            movies, self.genres, scoring, self.bundle.tokenizer, read_posters=scoring.vision is not None
        )

    def probabilities(self, movies: Sequence[Movie]) -> Calibrated:
        """(N, G) calibrated probabilities of the movies' genres."""
        return self._calibrated(self.score(self.features([_without_genres(movie) for movie in movies])))

    def score(self, table: FeatureTable, watch: Watch | None = None) -> Probabilities:
        """(N, G) probabilities, before calibration, of movies that are features already."""
        return score_table(self._model, table, watch=watch)

    def predict(self, movies: Sequence[Movie]) -> list[Prediction]:
        """The genres of each movie."""
        table = self.features([_without_genres(movie) for movie in movies])
        calibrated = self._calibrated(self.score(table))
        return [
            self._prediction(movie, row, table.lacking(index))
            for index, (movie, row) in enumerate(zip(movies, calibrated, strict=True))
        ]

    def _calibrated(self, values: Probabilities | Calibrated) -> Calibrated:
        """Probabilities or thresholds by the run's calibration; as they are where it has none."""
        calibration = self.bundle.record.calibration
        if calibration is None or not len(values):
            return values.astype(np.float64)
        return calibrate(values, calibration.slopes, calibration.intercepts)

    def _prediction(self, movie: Movie, row: Calibrated, lacking: tuple[str, ...]) -> Prediction:
        given = [
            column for column in np.argsort(-row, kind="stable") if row[column] >= self.thresholds[column]
        ]
        return Prediction(
            movie.id,
            tuple(self.genres[column] for column in given),
            {genre: float(value) for genre, value in zip(self.genres, row, strict=True)},
            lacking,
        )


def _without_genres(movie: Movie) -> Movie:
    """Prediction must not trip over genres that the model does not know."""
    return Movie(movie.id, movie.plot, movie.poster)
