"""Writing the splits of a store, movie after movie, in constant memory, whichever split is next."""

import errno
import json
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import numpy as np

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import Pixels, PosterError
from cinefuse.errors import CorpusError, StorageError

POSTER_SIZE = 256  # longest side in pixels, unless asked otherwise
ROWS_A_BATCH, BYTES_A_BATCH = 2048, 8 * 2**20  # a batch is written as soon as it has either
DATA_FILE = "data-00000-of-00001.arrow"


class SplitWriter:
    """One split on its way to the disk, as `datasets` lays it out; whole once the `with` around it ends.

    Args:
        directory: made; the split's name.
        size: how many movies will come.
        poster_size: posters are scaled down so that no side is longer, in pixels.
        strict: refuse posters that cannot be decoded; else they are absent, counted.

    Attributes:
        skipped: reason -> number of posters left out.

    Raises:
        StorageError: at any time, if the disk says no, with how much is needed.
    """

    def __init__(self, directory: Path, size: int, poster_size: int, *, strict: bool) -> None:
        self.skipped: Counter[str] = Counter()
        self._directory, self._size, self._poster_size, self._strict = directory, size, poster_size, strict
        self._features = _features()
        self._batch: list[dict[str, Any]] = []
        self._batch_bytes = self._written = 0

    def __enter__(self) -> Self:
        import pyarrow as pa

        self._directory.mkdir()
        self._file = (self._directory / DATA_FILE).open("wb")
        with self._needing_room():
            self._stream = pa.ipc.new_stream(self._file, self._features.arrow_schema)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            with suppress(OSError):  # what is not written yet, no longer matters
                self._file.close()
            return
        with self._needing_room(), self._file:
            self._flush()
            self._stream.close()
        with self._needing_room():
            _describe(self._directory, self._features)

    def add(self, movie: Movie) -> None:
        """Takes the split's next movie.

        Raises:
            CorpusError: if `strict` and its poster cannot be decoded.
        """
        poster = self._poster(movie)
        self._batch_bytes += len(poster["bytes"]) if poster else 0
        self._batch.append(
            {
                "id": movie.id,
                "title": movie.title,
                "year": movie.year,
                "plot": movie.plot,
                "poster": poster,
                "genres": list(movie.genres),
                "director": list(movie.director),
                "cast": list(movie.cast),
            }
        )
        if len(self._batch) >= ROWS_A_BATCH or self._batch_bytes >= BYTES_A_BATCH:
            with self._needing_room():
                self._flush()

    def _poster(self, movie: Movie) -> dict[str, Any] | None:
        if movie.poster is None:
            return None
        try:
            return {"bytes": encode_ppm(movie.poster.pixels(self._poster_size)), "path": None}
        except PosterError as error:
            if self._strict:
                raise CorpusError(
                    f"movie {movie.id}: {error}; mend it, or prepare without --strict"
                ) from error
            self.skipped[error.reason] += 1
            return None

    def _flush(self) -> None:
        import pyarrow as pa

        if self._batch:
            rows = pa.RecordBatch.from_pylist(self._batch, schema=self._features.arrow_schema)
            self._stream.write_batch(rows)
        self._written += len(self._batch)
        self._batch, self._batch_bytes = [], 0

    @contextmanager
    def _needing_room(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            needed = _what_is_needed(self._directory, error, self._written, self._size)
            raise StorageError(needed) from error


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


def _describe(directory: Path, features: Any) -> None:
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
        "_split": directory.name,
    }
    (directory / "state.json").write_text(json.dumps(state, indent=1), encoding="utf-8")


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
