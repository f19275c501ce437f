"""Files that are looked at through memory, of which no more than what is looked at stays there."""

import mmap
from pathlib import Path


def map_file(path: Path) -> mmap.mmap:
    """The whole of it, to read.

    Raises:
        OSError: if it cannot be read.
        ValueError: if it is empty.
    """
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def let_go(file: mmap.mmap) -> None:
    """Pages that were read leave the process; whoever looks at them again finds them on the disk."""
    if hasattr(file, "madvise"):
        file.madvise(mmap.MADV_DONTNEED)
