"""The rows of a table file, whatever its format: the table's own column names, and a mapping a row."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cinefuse.corpus.movie import Fault
from cinefuse.corpus.readers.fields import FieldError, parse_object
from cinefuse.errors import CorpusError

SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet")

Row = Mapping[str, object]


def open_table(path: Path) -> tuple[list[str], Iterator[Row | Fault]]:
    """The table's own column names, and its rows by those names."""
    if path.suffix.lower() == ".parquet":
        return _open_parquet(path)
    data = path.read_bytes()
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CorpusError(
            f"{path}: line {line}, byte {error.start}: not UTF-8 ({error.reason}); save the table as UTF-8"
        ) from error
    if path.suffix.lower() == ".jsonl":
        return _open_json_lines(path, content)
    return _open_csv(path, content)


def _open_csv(path: Path, content: str) -> tuple[list[str], Iterator[Row | Fault]]:
    csv.field_size_limit(2**31 - 1)  # plots may be longer than the module's default of 128 kB
    lines = csv.reader(
        io.StringIO(content, newline=""),
        delimiter="\t" if path.suffix.lower() == ".tsv" else ",",
        strict=True,
    )
    header = next(lines, [])

    def rows() -> Iterator[Row | Fault]:
        try:
            for line in lines:
                if line and len(line) != len(header):
                    yield Fault(
                        f"{path.name} line {lines.line_num}",
                        "row of a wrong length",
                        f"{len(line)} fields; allowed: {len(header)}",
                    )
                elif line:
                    yield dict(zip(header, line, strict=True))
        except csv.Error as error:
            raise CorpusError(f"{path}: line {lines.line_num}: {error}") from error

    return header, rows()


def _open_json_lines(path: Path, content: str) -> tuple[list[str], Iterator[Row | Fault]]:
    records: list[Row | Fault] = []
    for line_number, line in enumerate(content.split("\n"), 1):
        if line.strip():
            where = f"{path.name} line {line_number}"
            try:
                records.append(parse_object(line.encode()))
            except FieldError as error:
                records.append(Fault(where, error.reason, error.detail))
    present = list(
        dict.fromkeys(name for record in records if not isinstance(record, Fault) for name in record)
    )
    return present, iter(records)


def _open_parquet(path: Path) -> tuple[list[str], Iterator[Row | Fault]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        header = list(file.schema_arrow.names)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise CorpusError(
            f"{path}: not a Parquet file, or a damaged one: {error}; fetch or write it again"
        ) from error
    return header, _parquet_rows(path, file.iter_batches())


def _parquet_rows(path: Path, batches: Iterator[Any]) -> Iterator[Row]:
    """The rows of every record batch, which is read only now: so damage, too, comes to light only now."""
    import pyarrow as pa

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
