"""A job on the disk: what it was begun with, which chunks are done, and whether it may be gone on with.

OUT.parquet.parts/
  job.json              what is tagged by what; written first
  lock                  held by the process that is at it
  part-000123.parquet   a chunk that is done
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import ValidationError

from cinefuse._version import __version__
from cinefuse.errors import RunError, StorageError
from cinefuse.results import Record
from cinefuse.runtimes import FoundModel
from cinefuse.tagging.chunk import Chunk
from cinefuse.tagging.counts import Tagged, read_counts, read_tagged
from cinefuse.tagging.part import part_path
from cinefuse.tagging.plan import Plan
from cinefuse.tagging.tables import TableState, content_of
from cinefuse.tagging.written import PARTIAL, written_whole

IDENTITY, LOCK = "job.json", "lock"
RECORDS = ("bundle.json", "export.json", "ensemble.json")
OWN_FILES = (*RECORDS, "tokenizer.json", "people.json", "*.safetensors", "*.onnx")
MODEL_FILES = (*OWN_FILES, *(f"members/*/{name}" for name in OWN_FILES))
ANOTHER = "give another -o, or remove it"


class Job(Record):
    """`job.json`.

    Attributes:
        model: digest of the files that the model is read from.
        runtime: that computes it; another one's last digits may differ.
        own_columns: names and types of the tables'.
        contents: digests of what is in the tables.
    """

    format: Literal[1] = 1
    version: str = __version__
    model: str
    runtime: str
    tables: tuple[TableState, ...]
    columns: dict[str, str]
    posters: Path | None
    chunk_rows: int
    own_columns: str
    rows: int
    contents: tuple[str, ...]

    def digest(self) -> str:
        """By what the finished file is known: by what the tables hold, not by where or since when.

        The posters' folder counts as it is found from each table, so that all of it may be moved together.
        """
        told = self.model_dump_json(exclude={"tables", "posters"})
        folders = [table.path.parent for table in self.tables]
        posters = [os.path.relpath(self.posters or folder, folder) for folder in folders]
        names = [table.path.name for table in self.tables]
        return hashlib.blake2b(f"{told} {names} {posters}".encode(), digest_size=16).hexdigest()


def make_job(plan: Plan, model: FoundModel, chunk_rows: int) -> Job:
    """What a job is known again by."""
    return Job(
        model=_digest(model.folder),
        runtime=model.runtime,
        tables=plan.tables,
        columns=dict(plan.columns),
        posters=plan.posters,
        chunk_rows=chunk_rows,
        own_columns=plan.schema.to_string(show_schema_metadata=False),
        rows=plan.rows,
        contents=tuple(content_of(table.path) for table in plan.tables),
    )


def _digest(run: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    paths = sorted({path for pattern in MODEL_FILES for path in run.glob(pattern)})
    if not paths:
        raise RunError(f"{run}: nothing to know the model by; allowed: a folder with {', '.join(OWN_FILES)}")
    for path in paths:
        digest.update(path.name.encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "blake2b").digest())
    return digest.hexdigest()


def parts_folder(out: Path) -> Path:
    """Where the parts of a job are until it is finished."""
    return out.with_name(f"{out.name}.parts")


def check_free(out: Path) -> None:
    """Refuses to begin where there is something already.

    Raises:
        RunError: if so.
    """
    for path in (out, parts_folder(out)):
        if path.exists():
            raise RunError(
                f"{path}: exists; allowed: another -o, or --resume to go on with what was broken off"
            )


def read_finished(job: Job, out: Path) -> Tagged | None:
    """What a finished file says, where this job has made it; None where there is none.

    Raises:
        RunError: if what is there is of another job.
    """
    if not out.exists():
        return None
    tagged = read_tagged(out)
    if tagged is None or tagged.job != job.digest():
        raise RunError(f"{out}: exists, and is not what this job makes; {ANOTHER}")
    remove(parts_folder(out))
    return tagged


@contextmanager
def begun(job: Job, out: Path) -> Iterator[Path]:
    """The folder of parts, new or gone on with, and for this process alone.

    Raises:
        RunError: if what is there is of another job, or another process is at it.
        StorageError: if the disk is full or refuses.
    """
    folder = parts_folder(out)
    try:
        folder.mkdir(exist_ok=True)
        held = FileLock(folder / LOCK).acquire(timeout=0)
    except Timeout as error:
        raise RunError(
            f"{folder}: another process is tagging to {out.name} at this moment; "
            "wait for it, or stop it and use --resume"
        ) from error
    except OSError as error:
        raise StorageError(f"{folder}: cannot be made: {error.strerror}; mend that, or {ANOTHER}") from error
    with held:
        for stale in folder.glob(f"*{PARTIAL}"):
            stale.unlink()
        if any(path.name != LOCK for path in folder.iterdir()):
            _check_same(job, folder)
        else:
            with written_whole(folder / IDENTITY) as partial:
                partial.write_text(job.model_dump_json(indent=1) + "\n", encoding="utf-8")
        yield folder


def _check_same(job: Job, folder: Path) -> None:
    path = folder / IDENTITY
    try:
        begun = Job.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise RunError(
            f"{folder}: its {IDENTITY} cannot be read, so it may be anything; {ANOTHER}"
        ) from error
    before, now = begun.model_dump(), job.model_dump()
    differing = [
        f"  - {name}: begun with {before[name]}, now {now[name]}" for name in now if before[name] != now[name]
    ]
    if differing:
        raise RunError(
            "\n".join((f"{folder}: was begun otherwise; give the same again, or another -o:", *differing))
        )


def missing_chunks(plan: Plan, folder: Path) -> list[Chunk]:
    """Those that are not done; parts that are no whole ones are as good as none."""
    there = {path.name for path in folder.iterdir()}
    missing = []
    for chunk in plan.chunks:
        path = part_path(folder, chunk)
        counts = read_counts(path) if path.name in there else None
        if counts is None or counts.rows != chunk.rows:
            missing.append(chunk)
    return missing


def remove(folder: Path) -> None:
    """The parts of a finished job, what it was begun with last."""
    for path in sorted(folder.glob("part-*")):
        path.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
