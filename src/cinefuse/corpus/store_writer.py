"""Writing one split of a store, movie after movie, in constant memory."""

import errno
import json
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import Pixels, PosterError
from cinefuse.errors import CorpusError, StorageError
from cinefuse.progress import track

POSTER_SIZE = 256  # longest side in pixels, unless asked otherwise
ROWS_A_BATCH, BYTES_A_BATCH = 2048, 8 * 2**20  # a batch is written as soon as it has either
DATA_FILE = "data-00000-of-00001.arrow"


def write_split(
    movies: Sequence[Movie], directory: Path, split: str, poster_size: int, *, strict: bool
) -> Counter[str]:
    """Writes a split as `datasets` lays it out and returns what had to be left out.

    Raises:
        CorpusError: if `strict` and a poster cannot be decoded.
        StorageError: if the disk says no, with how much is needed.
    """
    import pyarrow as pa

    features = _features()
    directory.mkdir()
    skipped: Counter[str] = Counter()
    rows = _rows(movies, split, poster_size, skipped, strict)
    written = 0
    try:
        with (directory / DATA_FILE).open("wb") as file:
            with pa.ipc.new_stream(file, features.arrow_schema) as writer:
                for batch in _batches(rows):
                    writer.write_batch(pa.RecordBatch.from_pylist(batch, schema=features.arrow_schema))
                    written += len(batch)
            _describe(directory, split, features)
    except OSError as error:
        raise StorageError(_what_is_needed(directory, error, written, len(movies))) from error
    return skipped


def _features() -> Any:
    from datasets import Features, Image, List, Value

    return Features(
        {
            "id": Value("string"),
            "title": Value("string"),
            "year": Value("int32"),
            "plot": Value("string"),
            "poster": Image(),
            "genres": List(Value("string")),
            "director": List(Value("string")),
            "cast": List(Value("string")),
        }
    )


def _describe(directory: Path, split: str, features: Any) -> None:
    """Writes the two files by which `datasets` knows a split that it has saved."""
    from datasets import DatasetInfo

    DatasetInfo(features=features).write_to_directory(str(directory))
    state: dict[str, Any] = {
        "_data_files": [{"filename": DATA_FILE}],
        "_fingerprint": uuid.uuid4().hex[:16],  # the key under which `datasets` caches what is made of it
        "_format_columns": None,
        "_format_kwargs": {},
        "_format_type": None,
        "_output_all_columns": False,
        "_split": split,
    }
    (directory / "state.json").write_text(json.dumps(state, indent=1), encoding="utf-8")


def _rows(
    movies: Sequence[Movie], split: str, poster_size: int, skipped: Counter[str], strict: bool
) -> Iterator[dict[str, Any]]:
    for movie in track(movies, f"preparing {split}", len(movies)):
        poster = None
        if movie.poster is not None:
            try:
                poster = {"bytes": encode_ppm(movie.poster.pixels(poster_size)), "path": None}
            except PosterError as error:
                if strict:
                    raise CorpusError(
                        f"movie {movie.id}: {error}; mend it, or prepare without --strict"
                    ) from error
                skipped[error.reason] += 1
        yield {
            "id": movie.id,
            "title": movie.title,
            "year": movie.year,
            "plot": movie.plot,
            "poster": poster,
            "genres": list(movie.genres),
            "director": list(movie.director),
            "cast": list(movie.cast),
        }


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row["poster"]["bytes"]) if row["poster"] else 0
        if len(batch) >= ROWS_A_BATCH or size >= BYTES_A_BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def encode_ppm(pixels: Pixels) -> bytes:
    """Pixels as a binary PPM image: "P6 <width> <height> 255", a newline, and the pixels as they are."""
    height, width, _ = pixels.shape
    return b"P6 %d %d 255\n" % (width, height) + np.ascontiguousarray(pixels).tobytes()


def _what_is_needed(directory: Path, error: OSError, written: int, n_movies: int) -> str:
    store = directory.parent.name.removesuffix(".partial")
    problem = "the disk is full" if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} else str(error)
    data = directory / DATA_FILE
    size = data.stat().st_size if data.exists() else 0
    need = f"; its {n_movies} movies need about {size / written * n_movies / 1e6:.0f} MB" if written else ""
    return (
        f"{store}, split {directory.name}: {problem} after {written} movies{need}; nothing is left behind; "
        "free some space, or prepare smaller posters with --poster-size"
    )
