"""One chunk tagged: read, scored, and written as a file of its own, whole or not at all."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cinefuse.errors import CorpusError
from cinefuse.prediction import GenrePredictor, Prediction
from cinefuse.tagging.chunk import ArrowSchema, ArrowTable, Chunk, FilmTable
from cinefuse.tagging.counts import METADATA, Counts
from cinefuse.tagging.films import Film, make_films
from cinefuse.tagging.plan import Plan
from cinefuse.tagging.tables import open_table, state_of
from cinefuse.tagging.written import written_whole

LONGEST_ERROR = 300  # characters


def part_path(folder: Path, chunk: Chunk) -> Path:
    """Where the chunk's part is, once it is done."""
    return folder / f"part-{chunk.number:06d}.parquet"


class Tagger:
    """Tags chunks of a plan, in any order; those that follow each other are read fastest."""

    def __init__(self, plan: Plan, predictor: GenrePredictor, folder: Path) -> None:
        self._plan, self._predictor, self._folder = plan, predictor, folder
        self._opened: tuple[int, FilmTable] | None = None

    def tag(self, chunk: Chunk) -> None:
        """Leaves the chunk's part in the folder.

        Raises:
            CorpusError: if the chunk's table cannot be read any more, or is another one by now.
            StorageError: if the disk is full or refuses.
        """
        state = self._plan.tables[chunk.table]
        if state_of(state.path) != state:
            raise CorpusError(
                f"{state.path}: was changed since the job began; write the changed table's tags elsewhere, "
                "with another -o, or bring the table back as it was, and go on with --resume"
            )
        rows = self._table(chunk).read(chunk, self._plan.schema, self._plan.columns)
        films = make_films(rows, self._predictor, self._plan.posters or state.path.parent)
        predictions = self._predict(films)
        table, counts = _with_tags(rows.own, films, predictions, self._predictor.genres)
        if self._predictor.knows_people:
            counts = counts.model_copy(update={"people": self._known(films, predictions)})
        table = table.replace_schema_metadata({METADATA: counts.model_dump_json()})
        with written_whole(part_path(self._folder, chunk)) as partial:
            pq.write_table(table, partial)

    def _table(self, chunk: Chunk) -> FilmTable:
        if self._opened is None or self._opened[0] != chunk.table:
            self._opened = (chunk.table, open_table(self._plan.tables[chunk.table].path))
        return self._opened[1]

    def _known(self, films: Sequence[Film], predictions: Sequence[Prediction | None]) -> int:
        """Films that were scored with somebody whom the model knows."""
        movies = [film.movie for film, one in zip(films, predictions, strict=True) if one and film.movie]
        return sum(
            len(self._predictor.strangers(movie)) < len(movie.director) + len(movie.cast) for movie in movies
        )

    def _predict(self, films: Sequence[Film]) -> list[Prediction | None]:
        """What is said of each film, if it can be read; films are told what is wrong with their posters."""
        movies = [film.movie for film in films if film.movie]
        said = iter(self._predictor.predict(movies) if movies else ())
        predictions = [next(said) if film.movie else None for film in films]
        for place, (film, prediction) in enumerate(zip(films, predictions, strict=True)):
            if film.poster and film.poster.failure:
                film.errors.append(film.poster.failure)
            if prediction and len(prediction.lacking) == len(self._predictor.reads):
                predictions[place] = None
        return predictions


def tag_fields(genres: Sequence[str]) -> list[Any]:
    """What is written beside a table's own columns."""
    names = pa.list_(pa.string())
    return [
        pa.field("predicted_genres", names),
        pa.field("probabilities", pa.struct([(genre, pa.float64()) for genre in genres])),
        pa.field("lacking", names),
        pa.field("error", pa.string()),
    ]


def out_schema(own: ArrowSchema, genres: Sequence[str]) -> ArrowSchema:
    """Of what is written."""
    return pa.schema([*own, *tag_fields(genres)], own.metadata)


def _with_tags(
    own: ArrowTable, films: Sequence[Film], predictions: Sequence[Prediction | None], genres: Sequence[str]
) -> tuple[ArrowTable, Counts]:
    fields = tag_fields(genres)
    # (N, G), 0 where nothing is said
    matrix = np.zeros((len(films), len(genres)))
    for row, one in enumerate(predictions):
        if one:
            matrix[row] = [one.probabilities[genre] for genre in genres]
    probabilities = pa.StructArray.from_arrays(
        [pa.array(column) for column in matrix.T],
        fields=list(fields[1].type),
        mask=pa.array([one is None for one in predictions], pa.bool_()),
    )
    texts = ["; ".join(map(str, film.errors)) for film in films]
    tags = [
        pa.array([list(one.genres) if one else None for one in predictions], fields[0].type),
        probabilities,
        pa.array([list(one.lacking) if one else None for one in predictions], fields[2].type),
        pa.array([_shortened(told) if told else None for told in texts], pa.string()),
    ]
    for field, column in zip(fields, tags, strict=True):
        own = own.append_column(field, column)
    counts = Counts(
        rows=len(films),
        scored=sum(one is not None for one in predictions),
        lacking=dict(sorted(Counter(part for one in predictions if one for part in one.lacking).items())),
        errors=dict(sorted(Counter(reason for film in films for reason in _reasons(film)).items())),
    )
    return own, counts


def _reasons(film: Film) -> set[str]:
    return {error.reason for error in film.errors}


def _shortened(told: str) -> str:
    return told if len(told) <= LONGEST_ERROR else told[: LONGEST_ERROR - 3] + "..."
