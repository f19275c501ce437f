"""A catalogue tagged, from the tables to one file: the journey of `cinefuse tag`."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from cinefuse.errors import CorpusError, RunError, SettingsError
from cinefuse.prediction import GenrePredictor
from cinefuse.progress import say, track
from cinefuse.runtimes import FoundModel, find_model, open_predictor
from cinefuse.tagging.chunk import Chunk
from cinefuse.tagging.counts import Counts
from cinefuse.tagging.job import begun, check_free, make_job, missing_chunks, read_finished, remove
from cinefuse.tagging.merge import merge
from cinefuse.tagging.part import Tagger
from cinefuse.tagging.plan import Plan, fitted, make_plan
from cinefuse.tagging.tables import find_tables


class TagSettings(BaseModel):
    """How a catalogue is tagged.

    Attributes:
        columns: ours ("plot", "poster", "director", "cast") -> what the tables call them, where it is another
            name. Of people there may be a list, a JSON list, or names between | ; or commas.
        posters: the folder from which posters' paths go out; None for each table's own.
        chunk_rows: rows that are done, or lost in a crash, together; all of them are in memory at once.
        engine: where models run: here, or in Ray's workers.
        runtime: what computes them, one of `runtimes.RUNTIMES`.
        workers: of Ray; None for one a core. All of them must see the same disk.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: dict[str, str] = Field(default_factory=dict)
    posters: Path | None = None
    chunk_rows: int = Field(default=1024, ge=1, le=1_000_000)
    engine: Literal["local", "ray"] = "local"
    runtime: str = "auto"
    workers: int | None = Field(default=None, ge=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `tag` did.

    Attributes:
        counts: of all rows, those of earlier calls among them.
        rows: that this call tagged.
        seconds: that it took for them.
    """

    counts: Counts
    rows: int
    seconds: float


DEFAULT = TagSettings()


def tag(
    tables: Sequence[Path], run: Path, out: Path, settings: TagSettings = DEFAULT, *, resume: bool = False
) -> Outcome:
    """Writes the tables' rows to `out`, with the genres that the model in the folder `run` tells.

    A kill at any moment loses what the chunk in work had; called again with `resume` it goes on, to the
    same file, to the last byte.

    Raises:
        CorpusError: if the tables cannot be read, or have not what is needed.
        RunError: if there is no model in `run`, or `out` is taken, or of another job.
        StorageError: if the disk is full or refuses; what is done stays.
    """
    _check(settings, out)
    paths = find_tables(tables, out)
    if not resume:
        check_free(out)
    model = find_model(run, settings.runtime)
    predictor = open_predictor(model.folder, model.runtime)
    posters = settings.posters.resolve() if settings.posters else None
    plan = fitted(make_plan(paths, settings.columns, posters, settings.chunk_rows), predictor)
    job = make_job(plan, model, settings.chunk_rows)
    finished = read_finished(job, out)
    if finished:
        say(f"{out}: is finished already")
        return Outcome(finished.counts, 0, 0.0)
    with begun(job, out) as folder:
        chunks = missing_chunks(plan, folder)
        rows = sum(chunk.rows for chunk in chunks)
        began = time.monotonic()
        done = _work(plan, predictor, model, folder, chunks, settings)
        for _ in track(done, "tagging films", plan.rows, lambda chunk: chunk.rows, plan.rows - rows):
            pass
        seconds = time.monotonic() - began
        counts = merge(plan, folder, out, predictor.genres, job.digest(), predictor.name)
        remove(folder)
    return Outcome(counts, rows, seconds)


def _check(settings: TagSettings, out: Path) -> None:
    if out.suffix != ".parquet":
        raise RunError(f"{out}: allowed: a name that ends in .parquet, which is what is written")
    if settings.workers is not None and settings.engine == "local":
        raise SettingsError("--workers is of --engine ray; the local engine uses all cores by itself")
    if settings.posters is not None and not settings.posters.is_dir():
        raise CorpusError(f"--posters {settings.posters}: no such folder; allowed: the folder of the posters")


def _work(
    plan: Plan,
    predictor: GenrePredictor,
    model: FoundModel,
    folder: Path,
    chunks: Sequence[Chunk],
    settings: TagSettings,
) -> Iterator[Chunk]:
    """Tags the chunks; yields each as it is done."""
    if settings.engine == "ray" and chunks:
        from cinefuse.tagging.on_ray import tag_on_ray

        yield from tag_on_ray(plan, model, folder, chunks, settings.workers)
        return
    tagger = Tagger(plan, predictor, folder)
    for chunk in chunks:
        tagger.tag(chunk)
        yield chunk
