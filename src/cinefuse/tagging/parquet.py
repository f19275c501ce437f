"""Parquet: columns keep their types; read page by page, so that a row group may be of any size."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cinefuse.errors import CorpusError
from cinefuse.tagging.chunk import ArrowSchema, ArrowTable, Chunk, RowError, Rows, reading
from cinefuse.tagging.text_rows import NOT_UTF8

BATCH_ROWS = 128  # few, for a row may hold a poster of megabytes
BUFFER = 1 << 20  # bytes of a column that are read at once
VALUE_ERRORS = (ValueError, OverflowError, pa.ArrowException)  # of values that Python has not


class ParquetTable:
    """A Parquet file. It stays open between chunks: those that follow each other are one reading."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with _checked(path):
            # without `pre_buffer`, and with a buffer, a row group is never in memory as a whole
            self._file = pq.ParquetFile(path, pre_buffer=False, buffer_size=BUFFER)
            groups = [self._file.metadata.row_group(n).num_rows for n in range(self._file.num_row_groups)]
        self._group_starts = [sum(groups[:number]) for number in range(len(groups))]
        self._batches: Iterator[Any] = iter(())
        self._ahead: ArrowTable = None  # what of the last batch comes after the last chunk
        self._place = -1  # the row that comes next; -1 before the first reading

    def schema(self) -> ArrowSchema:
        """See `FilmTable`."""
        return self._file.schema_arrow

    def cut(self, chunk_rows: int) -> Iterator[tuple[int, int]]:
        """See `FilmTable`: by the file's own numbers, without reading it."""
        rows = self._file.metadata.num_rows
        for start in range(0, rows, chunk_rows):
            yield start, min(chunk_rows, rows - start)

    def read(self, chunk: Chunk, schema: ArrowSchema, columns: Mapping[str, str]) -> Rows:
        """See `FilmTable`."""
        with _checked(self.path):
            self._go_to(chunk.start)
            table = self._take(chunk.rows).select(schema.names)
            errors, unreadable = _not_utf8(table)
            for name, values in unreadable.items():
                place = table.schema.get_field_index(name)
                table = table.set_column(place, table.schema.field(name), _mended(table[name], values))
        told = {ours: [*map(_as_python, table[theirs])] for ours, theirs in columns.items()}
        for ours, theirs in columns.items():
            for row in unreadable.get(theirs, ()):
                told[ours][row] = None
        given = [{ours: values[row] for ours, values in told.items()} for row in range(chunk.rows)]
        return Rows(table.cast(schema), given, errors, [True] * chunk.rows)

    def _go_to(self, start: int) -> None:
        """Makes `start` the next row: by reading on where it is ahead in the same row group."""
        group = bisect_right(self._group_starts, start) - 1
        if not self._group_starts[group] <= self._place <= start:
            groups = list(range(group, len(self._group_starts)))
            self._batches = self._file.iter_batches(BATCH_ROWS, row_groups=groups)
            self._ahead, self._place = None, self._group_starts[group]
        while self._place < start:
            self._take(min(BATCH_ROWS, start - self._place))

    def _take(self, rows: int) -> ArrowTable:
        parts, missing = [], rows
        while missing:
            if self._ahead is None or not self._ahead.num_rows:
                self._ahead = next(self._batches, None)
                if self._ahead is None:
                    raise CorpusError(f"{self.path}: ends {missing} rows before it should; write it again")
            part = self._ahead.slice(0, missing)
            self._ahead = self._ahead.slice(part.num_rows)
            parts.append(part)
            missing -= part.num_rows
        self._place += rows
        return pa.Table.from_batches(parts)


@contextmanager
def _checked(path: Path) -> Iterator[None]:
    """Turns what pyarrow says of a damaged file into a `CorpusError`."""
    try:
        yield
    except (OSError, ValueError, OverflowError, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.errno is not None:  # of a damaged page there is none
            with reading(path):
                raise
        raise CorpusError(
            f"{path}: not a Parquet file, or a damaged one: {error}; fetch or write it again: "
            "what is tagged already stays"
        ) from error


def _not_utf8(table: ArrowTable) -> tuple[list[list[RowError]], dict[str, dict[int, object]]]:
    """What is wrong with each row, and column -> row -> what to show for values that are no text."""
    errors: list[list[RowError]] = [[] for _ in range(table.num_rows)]
    unreadable: dict[str, dict[int, object]] = {}
    for name in table.schema.names:
        try:
            table[name].validate(full=True)
        except pa.ArrowInvalid:
            values = _values_not_utf8(table[name])
            if not values:  # odd, as a time after midnight: kept as it is, unless its very bytes are broken
                table[name].validate()
                continue
            unreadable[name] = values
            for row in values:
                errors[row].append(RowError(NOT_UTF8, f"column {name}"))
    return errors, unreadable


def _values_not_utf8(column: Any) -> dict[int, object]:
    """Row -> the value with marks for what is no text; None for one that is made of several."""
    found: dict[int, object] = {}
    for row, value in enumerate(column):
        try:
            value.as_py()
        except UnicodeDecodeError:
            plain = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
            found[row] = value.as_buffer().to_pybytes().decode("utf-8", "replace") if plain else None
        except VALUE_ERRORS:
            continue  # it is not text that is wrong
    return found


def _as_python(value: Any) -> object:
    """The value; its type for one that Python has not, as a day in the year 20,000: no plot and no poster."""
    try:
        return value.as_py()
    except VALUE_ERRORS:
        return value.type


def _mended(column: Any, values: dict[int, object]) -> Any:
    kept = [values.get(row, value) for row, value in enumerate(column)]
    return pa.chunked_array([pa.array(kept, column.type)])
