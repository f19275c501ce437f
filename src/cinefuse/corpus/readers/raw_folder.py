"""MM-IMDb's raw layout: DIR/dataset/<id>.json beside <id>.jpeg, and DIR/split.json.

`plot` may be a list or one string; director and cast may be names or records with a name. Posters may
also be .jpg, .png or .webp. Without split.json the source has no split of its own.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from cinefuse.corpus.genres import MMIMDB_GENRES, MMIMDB_UNUSED_GENRES
from cinefuse.corpus.movie import SPLITS, Fault, Reading, SourceMovie
from cinefuse.corpus.poster import FilePoster
from cinefuse.corpus.readers.fields import FieldError, names, number, parse_object, text
from cinefuse.errors import CorpusError
from cinefuse.progress import track

POSTER_SUFFIXES = (".jpeg", ".jpg", ".png", ".webp")
OFFICIAL_SHARE = 0.9  # of all mentions of a genre; then others are strays that are counted, not used


def recognises(source: str) -> bool:
    """A folder with a folder `dataset` in it."""
    return (Path(source) / "dataset").is_dir()


def read(source: str, columns: Mapping[str, str]) -> Reading:
    """Reads every record; posters stay in their files.

    Raises:
        CorpusError: if there is no record, or split.json cannot be understood.
    """
    if columns:
        raise CorpusError(f"{source}: a raw folder has no columns; --column is for CSV and Parquet tables")
    folder = Path(source)
    files = sorted((folder / "dataset").iterdir())
    records = [file for file in files if file.suffix == ".json"]
    if not records:
        raise CorpusError(f"{folder / 'dataset'}: no .json file; MM-IMDb's raw layout has one a movie")
    posters = {file.stem: file for file in reversed(files) if file.suffix.lower() in POSTER_SUFFIXES}
    splits = _read_split(folder / "split.json")
    entries = [
        _read_movie(file, posters.get(file.stem), splits) for file in track(records, "reading", len(records))
    ]
    absent = len(splits.keys() - {file.stem for file in records}) if splits else 0
    return Reading(
        name=folder.resolve().name,
        entries=entries,
        genres=_official_genres(entries),
        has_splits=splits is not None,
        counts={"named in split.json, no record": absent} if absent else {},
    )


def _read_split(path: Path) -> dict[str, list[str]] | None:
    """The splits of each id, in the order of the file; None without a file."""
    if not path.is_file():
        return None
    try:
        content = parse_object(path.read_bytes())
    except FieldError as error:
        raise CorpusError(f"{path}: {error}") from error
    splits: dict[str, list[str]] = {}
    for split, ids in content.items():
        if split not in {*SPLITS, "unpaired"} or not isinstance(ids, list):
            allowed = f"lists of ids for {', '.join(SPLITS)}, unpaired"
            raise CorpusError(f"{path}: entry {split!r}; allowed: {allowed}")
        for movie_id in ids:
            splits.setdefault(str(movie_id), []).append(split)
    return splits


def _read_movie(
    file: Path, poster: Path | None, splits: Mapping[str, list[str]] | None
) -> SourceMovie | Fault:
    where = f"dataset/{file.name}"
    named = (splits or {}).get(file.stem, [])
    if len(set(named)) > 1:
        return Fault(
            where, "movie in two splits", f"split.json names it in {' and '.join(named)}; allowed: one"
        )
    try:
        movie = _movie(file.stem, where, parse_object(file.read_bytes()))
    except FieldError as error:
        return Fault(where, error.reason, error.detail)
    except OSError as error:
        return Fault(where, "record is unreadable", str(error.strerror))
    return replace(
        movie, split=named[0] if named else None, poster=FilePoster(poster) if poster is not None else None
    )


def _movie(movie_id: str, where: str, record: Mapping[str, object]) -> SourceMovie:
    return SourceMovie(
        id=movie_id,
        where=where,
        plots=names(record, "plot"),
        genres=names(record, "genres"),
        title=text(record, "title"),
        year=number(record, "year"),
        director=names(record, "director"),
        cast=names(record, "cast"),
    )


def _official_genres(entries: Iterable[SourceMovie | Fault]) -> tuple[str, ...] | None:
    """MM-IMDb's genres that occur, in the official order, where the source speaks of MM-IMDb's genres.

    It does if at least `OFFICIAL_SHARE` of all mentions are among the 27 names; the few others (News,
    Adult, a stray) are then counted and not used. Otherwise None: the source has genres of its own.
    """
    mentions = Counter(genre for entry in entries if isinstance(entry, SourceMovie) for genre in entry.genres)
    official = sum(mentions[genre] for genre in MMIMDB_GENRES + MMIMDB_UNUSED_GENRES)
    if not official or official < OFFICIAL_SHARE * mentions.total():
        return None
    return tuple(genre for genre in MMIMDB_GENRES if mentions[genre])
