"""The prepared store: a corpus as a folder of Arrow files, written once, read memory-mapped.

    DIR/corpus.json                    name, genres, rules, what was skipped (see StoreRecord)
    DIR/dataset_dict.json              the splits, as `datasets` names them
    DIR/<split>/data-00000-of-00001.arrow, dataset_info.json, state.json

`datasets.load_from_disk(DIR)` opens it and shows the posters as images. A poster is kept as binary PPM,
which is its pixels behind a short header: reading one decodes nothing.

A store is written to DIR.partial, which takes its place when it is complete: what stops half-way leaves
no half store.
"""

import json
import shutil
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from cinefuse._version import __version__
from cinefuse.corpus.record import Corpus
from cinefuse.corpus.store_writer import POSTER_SIZE, SplitWriter
from cinefuse.corpus.stored_movies import StoredMovies
from cinefuse.errors import CorpusError, StorageError
from cinefuse.progress import track

FORMAT = 1
RECORD = "corpus.json"
DATASET_DICT = "dataset_dict.json"


class StoreRecord(BaseModel):
    """What `corpus.json` holds.

    Attributes:
        format: of the store; another number is not read.
        cinefuse: the version that wrote it.
        poster_size: no side of a poster is longer, in pixels.
        movies: split -> number of movies.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT
    cinefuse: str = __version__
    name: str
    genres: tuple[str, ...]
    plot_rule: str
    split_rule: str
    poster_size: int
    movies: dict[str, int]
    skipped: dict[str, int]
    notes: tuple[str, ...]


def is_store(directory: Path) -> bool:
    """Whether it looks like a store, or at least like what `datasets` saved."""
    return (directory / RECORD).is_file() or (directory / DATASET_DICT).is_file()


def write_store(
    corpus: Corpus,
    directory: Path,
    poster_size: int = POSTER_SIZE,
    *,
    strict: bool = False,
    force: bool = False,
) -> Corpus:
    """Writes `corpus` and opens what was written.

    Posters that cannot be decoded become declared absent, counted in `skipped`.

    Args:
        corpus: any corpus; its posters are read one after the other.
        directory: made; must not exist.
        poster_size: posters are scaled down so that no side is longer, in pixels.
        strict: refuse posters that cannot be decoded instead.
        force: replace a store that stands there. Nothing but a store is ever replaced.

    Raises:
        CorpusError: if `directory` is taken, or a poster is refused.
        StorageError: if the disk says no; then nothing is left behind.
    """
    check_free(directory, force=force)
    partial = directory.with_name(directory.name + ".partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)  # of a run that was killed
        partial.mkdir(parents=True)
        _write(corpus, partial, poster_size, strict)
        _put_in_place(partial, directory)
    except OSError as error:
        raise StorageError(f"{directory}: {error.strerror or error}; nothing was written") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return read_store(directory)


def _write(corpus: Corpus, partial: Path, poster_size: int, strict: bool) -> None:
    sizes = {split: len(movies) for split, movies in corpus.splits.items()}
    with ExitStack() as opened:
        writers = {
            split: opened.enter_context(SplitWriter(partial / split, size, poster_size, strict=strict))
            for split, size in sizes.items()
        }
        for split, movie in track(corpus.movies(), "preparing films", sum(sizes.values())):
            writers[split].add(movie)
    skipped = sum((writer.skipped for writer in writers.values()), Counter(corpus.skipped))
    record = StoreRecord(
        name=corpus.name,
        genres=corpus.genres,
        plot_rule=corpus.plot_rule,
        split_rule=corpus.split_rule,
        poster_size=poster_size,
        movies=sizes,
        skipped=dict(sorted(skipped.items())),
        notes=corpus.notes,
    )
    (partial / DATASET_DICT).write_text(json.dumps({"splits": list(corpus.splits)}), encoding="utf-8")
    (partial / RECORD).write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")


def check_free(directory: Path, *, force: bool) -> None:
    """Refuses a place that is taken; see `write_store`."""
    if not directory.exists():
        return
    if not directory.is_dir():
        raise CorpusError(f"{directory}: a file is in the way; give the name of a new folder")
    there = sorted(path.name for path in directory.iterdir())
    if not there:
        return
    if not is_store(directory):
        shown = ", ".join(there[:5]) + (", ..." if len(there) > 5 else "")
        raise CorpusError(
            f"{directory}: it exists and is no store (in it: {shown}); give the name of a new folder"
        )
    if not force:
        raise CorpusError(
            f"{directory}: a store is there already; give another name, or --force to replace it"
        )


def _put_in_place(partial: Path, directory: Path) -> None:
    replaced = directory.with_name(directory.name + ".replaced")
    if directory.exists():
        shutil.rmtree(replaced, ignore_errors=True)
        directory.rename(replaced)
    partial.rename(directory)
    shutil.rmtree(replaced, ignore_errors=True)


def read_store(directory: Path) -> Corpus:
    """Opens a store; its movies stay on the disk until they are asked for.

    Raises:
        CorpusError: if it is not a store that this version reads.
    """
    record = _read_record(directory / RECORD)
    splits = {split: StoredMovies(directory / split) for split in record.movies}
    for split, movies in splits.items():
        if len(movies) != record.movies[split]:
            raise CorpusError(
                f"{directory / split}: {len(movies)} movies, {RECORD} says {record.movies[split]}; "
                "prepare it again"
            )
    return Corpus(
        name=record.name,
        genres=record.genres,
        splits=splits,
        plot_rule=record.plot_rule,
        split_rule=record.split_rule,
        skipped=record.skipped,
        notes=record.notes,
    )


def _read_record(path: Path) -> StoreRecord:
    try:
        content = json.loads(path.read_bytes())
        given = content.get("format")
        if given != FORMAT:
            raise CorpusError(
                f"{path}: a store of format {given} (cinefuse {content.get('cinefuse')}); this is cinefuse "
                f"{__version__} and reads format {FORMAT}; prepare it again from its source"
            )
        return StoreRecord.model_validate(content)
    except FileNotFoundError as error:
        raise CorpusError(
            f"{path}: no such file; a folder of `datasets` alone does not say its genres and rules; "
            "export it as Parquet and give that to `cinefuse corpus prepare`"
        ) from error
    except (ValueError, AttributeError, ValidationError) as error:
        raise CorpusError(f"{path}: not the record of a store: {error}; prepare it again") from error
