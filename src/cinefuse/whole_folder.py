"""A folder that is there whole, or not at all."""

import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from cinefuse.errors import RunError, StorageError


@contextmanager
def whole_folder(directory: Path, files: Collection[str], what: str, taken: str = "") -> Iterator[Path]:
    """A folder beside `directory` that takes its name at the end, or goes if anything goes wrong.

    Args:
        directory: new, or empty.
        files: all that may come to be in it; a folder of another kind in our place is not ours to remove.
        what: is written, for messages.
        taken: what to say of `directory` where it is neither; empty for the plain fact.

    Raises:
        RunError: if something is in the way.
        StorageError: if the disk refuses.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        told = taken or "exists and is not empty"
        raise RunError(f"{directory}: {told}; allowed is a new folder: remove it, or give another --out")
    whole = directory.absolute()  # "." has no name
    partial = whole.with_name(whole.name + ".partial")
    if partial.exists() and not _is_ours(partial, files):
        raise RunError(f"{partial}: is in the way; remove it, or give another --out")
    try:
        shutil.rmtree(partial, ignore_errors=True)  # of one that was killed
        partial.mkdir(parents=True)
        yield partial
        if whole.exists():
            whole.rmdir()
        partial.replace(whole)
    except OSError as error:
        raise StorageError(
            f"{directory}: the {what} could not be written: {error.strerror or error}"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _is_ours(partial: Path, files: Collection[str]) -> bool:
    return partial.is_dir() and {path.name.removesuffix(".partial") for path in partial.iterdir()} <= set(
        files
    )
