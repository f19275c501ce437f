"""The rows of a table file, whatever its format: the table's own column names, and a mapping a row.

A table is read row by row, never held whole: millions of rows take no more memory than a few do.
"""

import csv
from collections.abc import Callable, Generator, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from cinefuse.corpus.movie import Fault
from cinefuse.corpus.readers.fields import FieldError, parse_object
from cinefuse.errors import CorpusError

SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet")
ROWS_AT_ONCE, READ_BYTES = 1024, 2**20  # of Parquet: posters may be in a row, and all rows in one row group

Row = Mapping[str, object]
Rows = Callable[[], Iterator[Row | Fault]]


def open_table(path: Path) -> tuple[list[str], Rows]:
    """The table's own column names, and what goes through its rows, by those names, from the first.

    Raises:
        CorpusError: here or between two rows, if it cannot be read as a table of its kind.
    """
    if path.suffix.lower() == ".parquet":
        return _open_parquet(path)
    if path.suffix.lower() == ".jsonl":
        records = (row for row in _json_rows(path) if not isinstance(row, Fault))
        return list({name: None for record in records for name in record}), partial(_json_rows, path)
    lines = _csv_lines(path)
    _, header = next(lines, (0, []))
    lines.close()
    return header, partial(_csv_rows, path)


def _csv_rows(path: Path) -> Iterator[Row | Fault]:
    lines = _csv_lines(path)
    _, header = next(lines, (0, []))
    for number, line in lines:
        if line and len(line) != len(header):
            yield Fault(
                f"{path.name} line {number}",
                "row of a wrong length",
                f"{len(line)} fields; allowed: {len(header)}",
            )
        elif line:
            yield dict(zip(header, line, strict=True))


def _csv_lines(path: Path) -> Generator[tuple[int, list[str]], None, None]:
    """The fields of every row, with the number of its last line."""
    csv.field_size_limit(2**31 - 1)  # plots may be longer than the module's default of 128 kB
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, delimiter="\t" if path.suffix.lower() == ".tsv" else ",", strict=True)
        try:
            for line in lines:
                yield lines.line_num, line
        except csv.Error as error:
            raise CorpusError(f"{path}: line {lines.line_num}: {error}") from error
        except UnicodeDecodeError as error:
            raise _not_utf8(path) from error


def _json_rows(path: Path) -> Iterator[Row | Fault]:
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        try:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _json_row(f"{path.name} line {number}", line.removesuffix("\n"))
        except UnicodeDecodeError as error:
            raise _not_utf8(path) from error


def _json_row(where: str, line: str) -> Row | Fault:
    try:
        return parse_object(line.encode())
    except FieldError as error:
        return Fault(where, error.reason, error.detail)


def _not_utf8(path: Path) -> CorpusError:
    """Where: what read the text knows only the place in the piece that it had just read."""
    position = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                place = f"line {number}, byte {position + error.start}"
                return CorpusError(f"{path}: {place}: not UTF-8 ({error.reason}); save the table as UTF-8")
            position += len(line)
    raise AssertionError("a file that cannot be decoded has a line that cannot")


def _open_parquet(path: Path) -> tuple[list[str], Rows]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, buffer_size=READ_BYTES, pre_buffer=False)
        header = list(file.schema_arrow.names)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise CorpusError(
            f"{path}: not a Parquet file, or a damaged one: {error}; fetch or write it again"
        ) from error
    return header, lambda: _parquet_rows(path, file)


def _parquet_rows(path: Path, file: Any) -> Iterator[Row]:
    """The rows of every record batch, which is read only now: so damage, too, comes to light only now."""
    import pyarrow as pa

    batches = file.iter_batches(ROWS_AT_ONCE)
    n_rows = 0
    while True:
        try:
            batch = next(batches, None)
            rows = [] if batch is None else batch.to_pylist()
        except UnicodeDecodeError as error:
            column, row = _first_not_utf8(batch)
            raise CorpusError(
                f"{path}: row {n_rows + row}, column {column}: not UTF-8 ({error.reason}); "
                "allowed: text in UTF-8; mend the column, and write the table again"
            ) from error
        except (OSError, ValueError, OverflowError, pa.ArrowException) as error:
            raise CorpusError(
                f"{path}: after row {n_rows}: damaged, or of values that Python has not: {error}; "
                "allowed: a whole Parquet file of text, numbers, lists and bytes; fetch or write it again"
            ) from error
        if batch is None:
            return
        yield from rows
        n_rows += len(rows)


def _first_not_utf8(batch: Any) -> tuple[str, int]:
    """Its column, and its row counted from 1."""
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        for row, value in enumerate(column, 1):
            try:
                value.as_py()
            except UnicodeDecodeError:
                return name, row
    raise AssertionError("a batch that cannot be decoded has a value that cannot")
