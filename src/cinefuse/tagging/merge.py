"""Parts to one file: in order, in constant memory, and there as a whole or not at all."""

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import add
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cinefuse.errors import RunError, StorageError
from cinefuse.tagging.chunk import ArrowTable
from cinefuse.tagging.counts import METADATA, Counts, Tagged, read_counts, read_tagged
from cinefuse.tagging.part import out_schema, part_path
from cinefuse.tagging.plan import Plan
from cinefuse.tagging.written import written_whole

GROUP_ROWS, GROUP_BYTES = 1 << 16, 1 << 25  # a row group is written as soon as it has either


def merge(plan: Plan, folder: Path, out: Path, genres: Sequence[str], job: str, model: str) -> Counts:
    """Writes `out` from the parts in `folder`, all of which must be there.

    Raises:
        RunError: if something else has got the name meanwhile.
        StorageError: if the disk is full or refuses, or a part is damaged.
    """
    paths = [part_path(folder, chunk) for chunk in plan.chunks]
    counts = reduce(add, map(_counts, paths), Counts())
    schema = out_schema(plan.schema, genres)
    told = Tagged(job=job, model=model, counts=counts).model_dump_json()
    schema = schema.with_metadata({**(schema.metadata or {}), METADATA: told})
    with written_whole(out, beside=folder) as partial:
        with pq.ParquetWriter(partial, schema) as writer:
            for group in _groups(paths):
                writer.write_table(group, row_group_size=max(1, group.num_rows))
        _check_ours(out, job)
    return counts


def _check_ours(out: Path, job: str) -> None:
    tagged = read_tagged(out)
    if out.exists() and (tagged is None or tagged.job != job):
        raise RunError(
            f"{out}: came to be while it was tagged, and is not what this job makes; what is tagged already "
            "stays: move the file away, then use --resume"
        )


def _counts(path: Path) -> Counts:
    counts = read_counts(path)
    if counts is None:
        raise _damaged(path)
    return counts


def _groups(paths: Sequence[Path]) -> Iterator[ArrowTable]:
    """The parts' rows, as many at once as make a row group."""
    waiting: list[ArrowTable] = []
    rows = size = 0
    for path in paths:
        try:
            with pq.ParquetFile(path) as file:
                waiting.append(file.read())
        except (OSError, ValueError, pa.ArrowException) as error:
            path.unlink(missing_ok=True)
            raise _damaged(path) from error
        rows, size = rows + waiting[-1].num_rows, size + waiting[-1].nbytes
        if rows >= GROUP_ROWS or size >= GROUP_BYTES:
            yield pa.concat_tables(waiting)
            waiting, rows, size = [], 0, 0
    if waiting:
        yield pa.concat_tables(waiting)


def _damaged(path: Path) -> StorageError:
    return StorageError(f"{path}: damaged on the disk; the same command with --resume makes it again")
