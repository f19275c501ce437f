"""What is kept on the disk between runs: in one folder, never half written, the least used making room.

A disk that refuses stops nothing: it costs a note, and what would have been kept is made again.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from cinefuse.progress import say

MOST_BYTES = 20 * 2**30  # of all files together; those not used for longest go first
FROZEN, POSTERS = "frozen", "posters"  # what is kept, and the folders that it is in

_refusals: set[Path] = set()  # each is told of once


class NotKeptError(Exception):
    """The disk refused, or there is more than may be kept; a note says so."""


def cache_folder(kind: str) -> Path:
    """Where that is: in `CINEFUSE_CACHE`, or else `cinefuse` in the user's folder for caches."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("CINEFUSE_CACHE") or Path(home) / "cinefuse") / kind


def was_used(path: Path) -> None:
    """Notes that the file was used last, and so is the last to make room."""
    with suppress(OSError):
        path.touch()


@contextmanager
def keeping(path: Path, size: int, what: str) -> Iterator[Path]:
    """Makes room, and gives a file to write to that becomes `path` when it is whole.

    Args:
        path: in a `cache_folder`.
        size: bytes that will be written.
        what: is kept, for the note: "what frozen encoders made is".

    Raises:
        NotKeptError: if nothing came of it.
    """
    partial = path.with_name(f"{path.stem}.{uuid4().hex[:8]}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_room(size)
        yield partial
        partial.replace(path)
    except OSError as error:
        if path.parent not in _refusals:
            _refusals.add(path.parent)
            say(f"note: {path.parent}: {what} not kept for the next training: {error}")
        raise NotKeptError from error
    finally:
        with suppress(OSError):
            partial.unlink()


def _make_room(wanted: int) -> None:
    if wanted > MOST_BYTES:
        raise OSError(f"it takes {wanted / 2**30:,.1f} GiB; allowed are {MOST_BYTES / 2**30:,.1f} in all")
    files = (path for kind in (FROZEN, POSTERS) for path in cache_folder(kind).glob("*"))
    kept = sorted(((path.stat(), path) for path in files), key=lambda one: one[0].st_mtime)
    total = wanted + sum(stat.st_size for stat, _ in kept)
    for stat, path in kept:
        if total <= MOST_BYTES:
            return
        total -= stat.st_size
        path.unlink(missing_ok=True)
