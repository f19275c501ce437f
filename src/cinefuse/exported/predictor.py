"""Predicting with an export: onnxruntime in torch's place, everything else as in `inference`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.special import expit

from cinefuse.corpus.movie import Movie, check_movies
from cinefuse.errors import RunError
from cinefuse.exported.features import ExportedFeatures
from cinefuse.exported.reader import Reader, open_reader
from cinefuse.exported.record import (
    EXPORT_AGAIN,
    ExportRecord,
    Precision,
    model_file,
    read_export_record,
)
from cinefuse.exported.session import open_session
from cinefuse.prediction import Prediction, Scores, films_at_once, shown

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


class OnnxPredictor:
    """An export, ready to score movies; a `prediction.GenrePredictor`.

    Attributes:
        record: what the export says of itself.
        name: of the recipe.
        genres: the columns of every matrix of scores.
        reads: "plot", "poster" or both.
        knows_people: whether a movie's director and cast tell it more, where they made training films too.
        thresholds: (G,), at or above which a calibrated probability gives its genre, where nothing lacks.
    """

    def __init__(self, record: ExportRecord, session: "InferenceSession", reader: Reader) -> None:
        self.record = record
        self.name, self.genres = record.model, record.genres
        self.reads: tuple[str, ...] = record.reads
        self.knows_people = record.links is not None
        self._verdict = record.verdict()
        self.thresholds = self._verdict.decided_by(())
        self._session, self._reader = session, reader

    def __repr__(self) -> str:
        return shown(self)

    @classmethod
    def load(
        cls, directory: str | Path, precision: Precision = "float32", threads: int | None = None
    ) -> Self:
        """Opens the export in that folder.

        Args:
            directory: what `cinefuse export` wrote.
            precision: int8 is smaller and faster, and decides otherwise now and then: see the card.
            threads: of the processor that one batch may use; None for every core.

        Raises:
            RunError: if it is not a whole export, or has no model of that precision.
            MissingExtra: without onnxruntime.
        """
        folder = Path(directory)
        return cls.of_record(read_export_record(folder), folder, precision, threads)

    @classmethod
    def of_record(
        cls,
        record: ExportRecord,
        folder: Path,
        precision: Precision = "float32",
        threads: int | None = None,
    ) -> Self:
        """As `load`, of an export whose record is not on the disk yet."""
        path = model_file(folder, record, precision)
        session = open_session(path, threads)
        given = tuple(one.name for one in session.get_inputs())
        if given != record.inputs:
            raise RunError(
                f"{path}: the graph reads {', '.join(given)}, and export.json says "
                f"{', '.join(record.inputs)}; {EXPORT_AGAIN}"
            )
        return cls(record, session, open_reader(folder, record))

    def strangers(self, movie: Movie) -> tuple[str, ...]:
        """Of the names of who made it those of whom the model knows nothing, as they are given."""
        finder = self._reader.finder
        return finder.strangers(movie) if finder else (*movie.director, *movie.cast)

    def features(self, movies: Sequence[Movie]) -> ExportedFeatures:
        """The movies as the model reads them.

        Raises:
            TypeError: if that is no sequence of movies.
        """
        check_movies(movies)
        return self._reader.read(movies)

    def score(self, features: ExportedFeatures, batch_size: int | None = None) -> Scores:
        """(N, G) probabilities before calibration; batches are grouped by length, as in `inference`."""
        batch_size = batch_size or films_at_once(self.record.parameters.total)
        order = np.argsort(features.lengths, kind="stable")
        scored = np.zeros((len(features), len(self.genres)), dtype=np.float32)
        for start in range(0, len(order), batch_size):
            indices = order[start : start + batch_size]
            (logits,) = self._session.run(["logits"], features.batch(indices.tolist()))
            scored[indices] = expit(np.asarray(logits, dtype=np.float32))
        return self._verdict.aligned(scored, features.all_lacking())

    def predict(self, movies: Sequence[Movie]) -> list[Prediction]:
        """The genres of each movie."""
        features = self.features(movies)
        return self._verdict.predictions(
            [movie.id for movie in movies], self.score(features), features.all_lacking()
        )
