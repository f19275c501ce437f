"""The files that are meant, and which kind of table each of them is."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from cinefuse.corpus.readers.table_rows import SUFFIXES
from cinefuse.errors import CorpusError
from cinefuse.results import Record
from cinefuse.tagging.chunk import FilmTable, reading
from cinefuse.tagging.json_lines import JsonLinesTable
from cinefuse.tagging.parquet import ParquetTable
from cinefuse.tagging.separated import SeparatedTable

KINDS: dict[str, type[SeparatedTable] | type[JsonLinesTable] | type[ParquetTable]] = {
    ".csv": SeparatedTable,
    ".tsv": SeparatedTable,
    ".jsonl": JsonLinesTable,
    ".parquet": ParquetTable,
}


class TableState(Record):
    """A table as it was when the job began.

    Attributes:
        size: bytes.
        changed: when it was last written, nanoseconds.
    """

    path: Path
    size: int
    changed: int


def open_table(path: Path) -> FilmTable:
    """Opens the file as the table that its name says it is."""
    table: FilmTable = KINDS[path.suffix.lower()](path)
    return table


def find_tables(given: Sequence[Path], out: Path) -> list[Path]:
    """The files meant: of a folder, every table in it, by name, but for `out`.

    Raises:
        CorpusError: if something is no table, or there is none.
    """
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = sorted(
                one for one in path.iterdir() if one.suffix.lower() in KINDS and one.name[0] not in "._"
            )
            files = [one for one in inside if one.is_file() and one.resolve() != out.resolve()]
            if not files:
                raise CorpusError(f"{path}: no table in this folder; allowed: {', '.join(SUFFIXES)}")
            found += files
        elif not path.is_file():
            raise CorpusError(f"{path}: no such file; allowed: tables, and folders of them")
        elif path.suffix.lower() not in KINDS:
            raise CorpusError(f"{path}: no kind of table that is known; allowed: {', '.join(SUFFIXES)}")
        else:
            found.append(path)
    before: dict[Path, Path] = {}
    for path in found:
        if same := before.get(path.resolve()):
            raise CorpusError(f"{path}: given twice, before as {same}; give every table once")
        before[path.resolve()] = path
    # by its own name, for the one that a link leads to may not tell what kind of table it is
    return [path.parent.resolve() / path.name for path in found]


def state_of(path: Path) -> TableState:
    """The table as it is now."""
    with reading(path):
        now = path.stat()
    return TableState(path=path, size=now.st_size, changed=now.st_mtime_ns)


def content_of(path: Path) -> str:
    """A digest of all that is in the file, which is read through in constant memory."""
    with reading(path), path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
