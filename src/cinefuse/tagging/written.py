"""Files that are there as a whole or not at all, whatever happens while they are written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from cinefuse.errors import StorageError

PARTIAL = ".partial"  # how the names of those end that are not whole


@contextmanager
def written_whole(path: Path, beside: Path | None = None) -> Iterator[Path]:
    """A name to write to, which becomes `path` when all of it is on the disk.

    Args:
        path: the file.
        beside: a folder on the same disk, for what is not whole yet; the file's own unless given.

    Raises:
        StorageError: if the disk is full or refuses; the file is then as if nothing had been written.
    """
    # a name of its own, for it may be that two write the same: a worker that was given up, and its heir
    partial = (beside or path.parent) / f"{path.name}.{uuid4().hex[:8]}{PARTIAL}"
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise StorageError(
            f"{path}: cannot be written: {error.strerror or error}; what is tagged already stays: "
            "make room, then use --resume"
        ) from error
    finally:
        partial.unlink(missing_ok=True)
