"""CSV and TSV, cut into records by their bytes: any of them can be read without those before it.

A row whose quotes do not match is given up as far as its line goes, and the next line is a row again, so
that one stray quote does not swallow the rest of the file.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pyarrow as pa

from cinefuse.errors import CorpusError
from cinefuse.tagging.chunk import ArrowSchema, Chunk, RowError, Rows, reading
from cinefuse.tagging.records import LONGEST_RECORD, TOO_LONG, Record, cut_records, read_chunk
from cinefuse.tagging.text_rows import TextRow, gather, mended

BLOCK = 1 << 20  # bytes read at once
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LINE_END = re.compile(rb"\r\n|\n|\r")
QUOTES = RowError("quotes do not match", "allowed: a field in quotes, with quotes in it doubled")


class SeparatedTable:
    """A CSV or TSV file; every column is text."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
        self._header = self._read_header()

    def schema(self) -> ArrowSchema:
        """See `FilmTable`."""
        return pa.schema([(name, pa.string()) for name in self._header])

    def cut(self, chunk_rows: int) -> Iterator[tuple[int, int]]:
        """See `FilmTable`."""
        return cut_records(islice(self._records(0), 1, None), chunk_rows)

    def read(self, chunk: Chunk, schema: ArrowSchema, columns: Mapping[str, str]) -> Rows:
        """See `FilmTable`."""
        records = read_chunk(str(self.path), self._records(chunk.start), chunk)
        return gather([self._row(record) for record in records], schema, columns)

    def _read_header(self) -> list[str]:
        header = next(self._records(0), None)
        if header is None:
            return []
        if header.fault:
            raise CorpusError(f"{self.path}: the line with the names of its columns: {header.fault}")
        try:
            return self._fields(header.data.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise CorpusError(
                f"{self.path}: the names of its columns are not UTF-8 ({error.reason}, byte {error.start}); "
                "save the table as UTF-8"
            ) from error

    def _row(self, record: Record) -> TextRow:
        fields = self._fields(record.data.decode("utf-8", "surrogateescape"))
        # a name for each field as far as there are names; a row of a wrong length is kept from the left
        row = mended(dict(zip(self._header, fields, strict=False)))
        if record.fault:
            return TextRow(row.values, [record.fault], whole=False)
        if len(fields) != len(self._header):
            given = f"{len(fields)} fields; allowed: {len(self._header)}"
            return TextRow(row.values, [RowError("row of a wrong length", given)], whole=False)
        return row

    def _fields(self, line: str) -> list[str]:
        csv.field_size_limit(2**31 - 1)  # plots may be longer than the module's default of 128 kB
        try:
            return next(csv.reader([line], delimiter=self._delimiter), [])
        except csv.Error:  # only of records that are none, and have said so
            return []

    def _records(self, start: int) -> Iterator[Record]:
        return read_records(self.path, start, self._delimiter.encode())


def read_records(path: Path, start: int, delimiter: bytes) -> Iterator[Record]:
    """The records from byte `start` on, which is where one begins; empty lines are none.

    What is a record is told by its own bytes, never by where blocks or the window begin: else a file would
    be cut in another way than it is read.
    """
    fields = _fields_pattern(delimiter)
    with reading(path), path.open("rb") as file:
        if start == 0 and file.read(len(BYTE_ORDER_MARK)) == BYTE_ORDER_MARK:
            start = len(BYTE_ORDER_MARK)
        file.seek(start)
        window, place, ended = b"", 0, False  # `start` is where the window begins, `place` a place in it
        while not ended or place < len(window):
            limit = place + LONGEST_RECORD + 1  # with the byte that ends the longest
            full = len(window) >= limit
            found = _cut(window, place, limit, fields, ended=ended and not full)
            if found:
                if found.end > place:
                    yield Record(start + place, window[place : found.end], found.fault)
                place = found.following
            elif full:
                yield Record(start + place, b"", TOO_LONG)
                window, place, start, ended = _skip_line(file, start + limit)
            else:
                block = file.read(BLOCK)
                window, start, place, ended = window[place:] + block, start + place, 0, not block


class _Found(NamedTuple):
    """A record in a window: where it ends, where what follows it begins, and why it is none."""

    end: int
    following: int
    fault: RowError | None = None


def _fields_pattern(delimiter: bytes) -> re.Pattern[bytes]:
    """As many fields as there are from a place on; what comes after them tells whether that is a record.

    As Python's csv reads them when it is strict: quotes count where they begin a field. The possessive `+`
    lets no field be tried in two ways, so that the time is that of one reading.
    """
    plain = rb"[^\"\r\n%b][^\r\n%b]*+" % (delimiter, delimiter)
    field = rb'(?:"(?:[^"]++|"")*+"|%b)?+' % plain
    return re.compile(rb"%b(?:%b%b)*+" % (field, delimiter, field))


def _cut(window: bytes, place: int, limit: int, fields: re.Pattern[bytes], *, ended: bool) -> _Found | None:
    """The record at `place`, before `limit`; None where more of the file must be seen, or it is too long.

    `ended` says that the file has no more than the window, and the window nothing at `limit`.
    """
    matched = fields.match(window, place, limit)
    assert matched is not None, "no field at all is a match, too"
    end = matched.end()
    mark = window[end : min(end + 1, limit)]
    if not mark:
        return _Found(end, end) if ended else None
    if mark in b"\r\n":  # of \r\n cut in two by the window's end, the \n is an empty line
        return _Found(end, end + (2 if window[end : end + 2] == b"\r\n" else 1))
    if mark == b'"' and not ended and len(window) < limit:
        return None  # a field in quotes that has not ended yet
    line = LINE_END.search(window, place, limit)
    if line:
        return _Found(line.start(), line.end(), QUOTES)
    return _Found(len(window), len(window), QUOTES) if ended else None


def _skip_line(file: BinaryIO, start: int) -> tuple[bytes, int, int, bool]:
    """After the line that goes on at `start`: a window, the place in it, where it begins, if that is all."""
    file.seek(start)
    while block := file.read(BLOCK):
        if line := LINE_END.search(block):
            return block, line.end(), start, False
        start += len(block)
    return b"", 0, start, True
