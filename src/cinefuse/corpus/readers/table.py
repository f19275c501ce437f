"""Tables of movies: CSV, TSV, JSON lines and Parquet.

Our columns are id, title, year, plot, poster, genres, split, director and cast; `columns` says what the
table calls them. Needed are id, genres and at least one of plot and poster. Genres, director and cast may
be lists, JSON lists, or names between | ; or commas. A poster is a path from the table's folder (or an
absolute one); posters as bytes, as `datasets` exports them to Parquet, are read too.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from cinefuse.corpus.movie import SPLITS, Entries, Fault, Reading, SourceMovie
from cinefuse.corpus.poster import BytesPoster, FilePoster, Poster
from cinefuse.corpus.readers.fields import FieldError, names, number, several, text
from cinefuse.corpus.readers.table_rows import SUFFIXES, Row, Rows, open_table
from cinefuse.errors import CorpusError

COLUMNS = ("id", "title", "year", "plot", "poster", "genres", "split", "director", "cast")
SPLIT_NAMES = {split: split for split in (*SPLITS, "unpaired")} | dict.fromkeys(
    ("val", "valid", "validation"), "dev"
)


def recognises(source: str) -> bool:
    """A file whose name ends like a table's."""
    return Path(source).suffix.lower() in SUFFIXES and Path(source).is_file()


def read(source: str, columns: Mapping[str, str]) -> Reading:
    """Looks at the table's columns; its rows are read as they are gone through.

    Raises:
        CorpusError: if a needed column is missing, or the file cannot be read as a table.
    """
    path = Path(source)
    present, rows = open_table(path)
    ours = _map_columns(path, present, columns)
    notes = tuple(
        f"no film has a {part}: {path.name} has no column {part!r}; it has: {', '.join(present)}; "
        f"to name one: --column {part}=NAME"
        for part in ("plot", "poster")
        if part not in ours
    )
    return Reading(
        name=path.stem,
        entries=Entries(partial(_entries, path, ours, rows)),
        genres=None,
        has_splits="split" in ours,
        notes=notes,
    )


def _map_columns(path: Path, present: list[str], columns: Mapping[str, str]) -> dict[str, str]:
    """Our column names -> the table's, for those that it has."""
    shown = f"the table has: {', '.join(present) or 'no columns'}"
    for ours, theirs in columns.items():
        if ours not in COLUMNS:
            raise CorpusError(
                f"{path}: --column {ours}={theirs}: no column of ours; allowed: {', '.join(COLUMNS)}"
            )
        if theirs not in present:
            raise CorpusError(f"{path}: --column {ours}={theirs}: no column {theirs!r}; {shown}")
    mapped = {name: columns.get(name, name) for name in COLUMNS if columns.get(name, name) in present}
    missing = [name for name in ("id", "genres") if name not in mapped]
    if not {"plot", "poster"} & mapped.keys():
        missing.append("plot (or poster)")
    if missing:
        raise CorpusError(
            f"{path}: no column {', '.join(missing)}; {shown}; "
            f"say which it is: cinefuse corpus prepare {path} STORE --column {missing[0].split()[0]}=NAME"
        )
    return mapped


def _entries(path: Path, ours: Mapping[str, str], rows: Rows) -> Iterator[SourceMovie | Fault]:
    for row_number, row in enumerate(rows(), 1):
        if isinstance(row, Fault):
            yield row
            continue
        where = f"{path.name} row {row_number}"
        try:
            yield _movie(path.parent, where, {name: row.get(theirs) for name, theirs in ours.items()})
        except FieldError as error:
            yield Fault(where, error.reason, error.detail)


def _movie(folder: Path, where: str, row: Row) -> SourceMovie:
    movie_id = "" if row["id"] is None else str(row["id"]).strip()
    if not movie_id:
        raise FieldError("id missing", "allowed: any text that no other row has")
    return SourceMovie(
        id=movie_id,
        where=where,
        split=_split(text(row, "split").strip()),
        plots=names(row, "plot"),
        genres=several(row, "genres"),
        poster=_poster(folder, where, row.get("poster")),
        title=text(row, "title"),
        year=number(row, "year"),
        director=several(row, "director"),
        cast=several(row, "cast"),
    )


def _split(given: str) -> str | None:
    if not given:
        return None
    if given.lower() not in SPLIT_NAMES:
        raise FieldError("unknown split", f"{given}; allowed: {', '.join(SPLIT_NAMES)} or nothing")
    return SPLIT_NAMES[given.lower()]


def _poster(folder: Path, where: str, value: object) -> Poster | None:
    if isinstance(value, Mapping):  # how `datasets` exports an image
        value = value.get("bytes") or value.get("path")
    if isinstance(value, bytes):
        return BytesPoster(value, where) if value else None
    named = text({"poster": value}, "poster").strip()
    path = folder / named
    return FilePoster(path) if named and path.is_file() else None
