"""The movies of one split of a store, read from the memory-mapped Arrow file when asked for."""

import json
import mmap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import ArrayPoster, BytesPoster, Pixels
from cinefuse.errors import CorpusError
from cinefuse.mapped import let_go, map_file

MOVIES_A_LOOK = 1024  # how many movies' texts are turned into Python at once in a pass


@dataclass(frozen=True, slots=True)
class StorePoster:
    """The poster of one movie in a store; it knows its place and reads nothing until asked."""

    movies: "StoredMovies"
    index: int

    def pixels(self, longest_side: int | None = None) -> Pixels:
        """See `Poster.pixels`. At the store's own size they are a read-only view into the mapped file."""
        data = self.movies.poster_data(self.index)
        if bytes(data[:3]) != b"P6 ":  # other images, in a store that somebody made with `datasets`
            return BytesPoster(bytes(data), f"{self.movies.directory} row {self.index}").pixels(longest_side)
        header = bytes(data[:32]).split(b"\n", 1)[0]
        width, height = (int(number) for number in header.split()[1:3])
        flat = np.frombuffer(data, np.uint8, width * height * 3, offset=len(header) + 1)
        return ArrayPoster(flat.reshape(height, width, 3)).pixels(longest_side)

    def pixel_source(self) -> memoryview:
        """See `TracedPoster.pixel_source`."""
        return self.movies.poster_data(self.index)


class StoredMovies(Sequence[Movie]):
    """One split; indexing and iterating read only what is asked for. Pickles as its path.

    Args:
        directory: the split's folder.

    Raises:
        CorpusError: if the folder is not a split that `datasets` saved with our columns.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._table, self._files = _map_table(directory)

    def __len__(self) -> int:
        return int(self._table.num_rows)

    @overload
    def __getitem__(self, index: int) -> Movie: ...
    @overload
    def __getitem__(self, index: slice) -> "list[Movie]": ...
    def __getitem__(self, index: int | slice) -> "Movie | list[Movie]":
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return next(self._read(index % len(self), 1))

    def __iter__(self) -> Iterator[Movie]:
        for start in range(0, len(self), MOVIES_A_LOOK):
            yield from self._read(start, MOVIES_A_LOOK)
            for file in self._files:
                let_go(file)

    def __reduce__(self) -> tuple[Callable[..., "StoredMovies"], tuple[Path]]:
        return StoredMovies, (self.directory,)

    def poster_data(self, index: int) -> memoryview:
        """The bytes of a poster that is there, without copying: Arrow's own scalars copy."""
        files = self._table.column("poster").slice(index, 1).chunk(0).field("bytes")
        _, offsets, data = files.buffers()
        width = np.int64 if str(files.type).startswith("large") else np.int32
        start, stop = np.frombuffer(offsets, width)[files.offset : files.offset + 2]
        return memoryview(data)[start:stop]

    def _read(self, start: int, count: int) -> Iterator[Movie]:
        import pyarrow.compute as pc

        rows = self._table.slice(start, count)
        has_poster = pc.struct_field(rows.column("poster"), "bytes").is_valid().to_pylist()
        texts = rows.drop_columns(["poster"]).to_pylist()
        for index, row in enumerate(texts, start):
            yield Movie(
                id=row["id"],
                plot=row["plot"],
                poster=StorePoster(self, index) if has_poster[index - start] else None,
                genres=tuple(row["genres"] or ()),
                title=row["title"] or "",
                year=row["year"],
                director=tuple(row["director"] or ()),
                cast=tuple(row["cast"] or ()),
            )


def _map_table(directory: Path) -> tuple[Any, list[mmap.mmap]]:
    """The split's table, and the files that are mapped for it."""
    import pyarrow as pa

    try:
        state = json.loads((directory / "state.json").read_bytes())
        files = [map_file(directory / file["filename"]) for file in state["_data_files"]]
        table = pa.concat_tables(map(_read_table, files))
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise CorpusError(f"{directory}: a damaged split of a store ({error}); prepare it again") from error
    columns = {"id", "title", "year", "plot", "poster", "genres", "director", "cast"}
    if missing := columns.difference(table.column_names):
        raise CorpusError(f"{directory}: no column {', '.join(sorted(missing))}; prepare the store again")
    return table, files


def _read_table(file: mmap.mmap) -> Any:
    """Where everything is in a mapped file; what was looked at for that is let go."""
    import pyarrow as pa

    reader = pa.ipc.open_stream(pa.py_buffer(file))
    batches = []
    for batch in reader:
        batches.append(batch)
        let_go(file)
    return pa.Table.from_batches(batches, reader.schema)
