"""JSON lines: an object a line; the types of the columns are what the values allow."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from cinefuse.corpus.readers.fields import FieldError, load_json
from cinefuse.tagging.chunk import ArrowSchema, Chunk, RowError, Rows, reading
from cinefuse.tagging.records import LONGEST_RECORD, TOO_LONG, Record, cut_records, read_chunk
from cinefuse.tagging.text_rows import TextRow, gather, mended

EXACT = 2**53  # whole numbers up to here are the same as floating-point numbers
TYPES = [  # what all values of a column are -> its type; anything else, and mixtures, become text
    ({"true or false"}, pa.bool_()),
    ({"whole number", "large number"}, pa.int64()),
    ({"whole number", "number"}, pa.float64()),
    ({"list of text"}, pa.list_(pa.string())),
]


class JsonLinesTable:
    """A file of JSON lines; its columns are the names that occur, in the order in which they first do.

    Attributes:
        kinds: column -> what its values are, in the rows that `cut` has seen.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kinds: dict[str, set[str]] = {}

    def schema(self) -> ArrowSchema:
        """See `FilmTable`: of the rows that `cut` has seen."""
        return joint_schema([self])

    def cut(self, chunk_rows: int) -> Iterator[tuple[int, int]]:
        """See `FilmTable`."""
        return cut_records(map(self._noted, self._records(0)), chunk_rows)

    def read(self, chunk: Chunk, schema: ArrowSchema, columns: Mapping[str, str]) -> Rows:
        """See `FilmTable`."""
        records = read_chunk(str(self.path), self._records(chunk.start), chunk)
        return gather([parse_row(record) for record in records], schema, columns)

    def _noted(self, record: Record) -> Record:
        for name, value in parse_row(record).values.items():
            kinds = self.kinds.setdefault(name, set())
            if value is not None:
                kinds.add(_kind(value))
        return record

    def _records(self, start: int) -> Iterator[Record]:
        """The lines from byte `start` on; empty ones are none."""
        with reading(self.path), self.path.open("rb") as file:
            file.seek(start)
            most = LONGEST_RECORD + 1  # with what ends it
            while line := file.readline(most):
                length, fault = len(line), None
                while len(line) == most and not line.endswith(b"\n"):
                    line, fault = file.readline(most), TOO_LONG
                    length += len(line)
                if fault or line.strip():
                    yield Record(start, b"" if fault else line.rstrip(b"\r\n"), fault)
                start += length


def joint_schema(tables: Sequence[JsonLinesTable]) -> ArrowSchema:
    """The columns of them all, in types that hold what any of them has, as if they were one file."""
    kinds: dict[str, set[str]] = {}
    for table in tables:
        for name, its_kinds in table.kinds.items():
            kinds[name] = kinds.get(name, set()) | its_kinds
    return pa.schema([(name, _type(found)) for name, found in kinds.items()])


def parse_row(record: Record) -> TextRow:
    """The object of one line."""
    if record.fault:
        return TextRow({}, [record.fault], whole=False)
    line = record.data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    try:
        found = load_json(line)
    except FieldError as error:
        return _no_row(error.reason, error.detail.removeprefix("line 1 "))  # of the file it is another
    if not isinstance(found, dict):
        return _no_row("record is not an object", f"given: {line.strip()[:60]}")
    return mended(found)


def _no_row(reason: str, detail: str) -> TextRow:
    return TextRow({}, [RowError(reason, detail)], whole=False)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int):
        inside = -(2**63) <= value < 2**63
        return "whole number" if abs(value) <= EXACT else "large number" if inside else "other"
    if isinstance(value, float):
        return "number"
    is_list = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return "text" if isinstance(value, str) else "list of text" if is_list else "other"


def _type(kinds: set[str]) -> object:
    if not kinds:
        return pa.null()  # until another table knows better
    return next((arrow_type for allowed, arrow_type in TYPES if kinds <= allowed), pa.string())
