"""Everything that cinefuse can read movies from: one file a reader, and this registry.

A reader says what it recognises and hands over movies and faults as the source tells them; the rules
of `cinefuse.corpus.build` do the rest. A new reader is one new file and one line in `READERS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cinefuse.corpus.movie import Reading
from cinefuse.corpus.readers import hdf5, raw_folder, table
from cinefuse.errors import CorpusError

__all__ = ["EMBEDDED", "READERS", "Reader", "find_reader"]

EMBEDDED = "embedded"  # the source that is no path


@dataclass(frozen=True)
class Reader:
    """One kind of source.

    Attributes:
        description: what it recognises, for people.
        recognises: whether a source is of this kind, by its path and no more than a look.
        read: the source, and for tables our column names -> the table's.
    """

    name: str
    description: str
    recognises: Callable[[str], bool]
    read: Callable[[str, Mapping[str, str]], Reading]


def _read_embedded(source: str, columns: Mapping[str, str]) -> Reading:
    if columns:
        raise CorpusError(f"{source}: the catalogue has no columns; --column is for CSV and Parquet tables")
    from cinefuse.corpus.readers.embedded import read_embedded

    return read_embedded()


READERS = {
    reader.name: reader
    for reader in (
        Reader(
            "embedded",
            f"the word {EMBEDDED!r}: invented films",
            lambda source: source == EMBEDDED,
            _read_embedded,
        ),
        Reader(
            "raw-folder",
            "a folder with dataset/<id>.json, <id>.jpeg and split.json",
            raw_folder.recognises,
            raw_folder.read,
        ),
        Reader("hdf5", "MM-IMDb's .hdf5 with metadata.npy beside it", hdf5.recognises, hdf5.read),
        Reader("table", "a .csv, .tsv, .jsonl or .parquet table of movies", table.recognises, table.read),
    )
}


def find_reader(source: str) -> Reader:
    """The reader that recognises `source`.

    Raises:
        CorpusError: if none does, with what each recognises.
    """
    for reader in READERS.values():
        if reader.recognises(source):
            return reader
    problem = "no reader recognises it" if Path(source).exists() else "no such file or folder"
    known = "\n".join(f"  {reader.name}: {reader.description}" for reader in READERS.values())
    raise CorpusError(
        f"{source}: {problem}; allowed:\n  store: a folder that `cinefuse corpus prepare` wrote\n{known}"
    )
