"""What is kept on the disk between runs: in one folder, never half written, the least used making room.

A disk that refuses stops nothing: it costs a note, and what would have been kept is made again.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from cinefuse.progress import say

MOST_BYTES = 20 * 2**30  # of all files together; those not used for longest go first
PARTIAL, ABANDONED = ".partial", 24 * 3600  # what is being written; seconds after which nobody does
FROZEN, POSTERS, PLOTS = "frozen", "posters", "plots"  # what is kept, and the folders that it is in

_refusals: set[Path] = set()  # each is told of once


class NotKeptError(Exception):
    """The disk refused, or there is more than may be kept; a note says so."""


def cache_folder(kind: str) -> Path:
    """Where that is: in `CINEFUSE_CACHE`, or else `cinefuse` in the user's folder for caches.

    Raises:
        NotKeptError: if the user has no folder, and no other is given.
    """
    if own := os.environ.get("CINEFUSE_CACHE"):
        return Path(own) / kind
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cinefuse" / kind
    except RuntimeError as error:
        raise _not_kept(Path(kind), f"{kind} are", "no home folder; set CINEFUSE_CACHE") from error


def was_used(path: Path) -> None:
    """Notes that the file was used last, and so is the last to make room."""
    with suppress(OSError):
        os.utime(path)  # touch would bring back one that has made room


@contextmanager
def keeping(path: Path, size: int | None, what: str) -> Iterator[Path]:
    """Makes room, and gives a file to write to that becomes `path` when it is whole.

    Args:
        path: in a `cache_folder`.
        size: bytes that will be written; None where nobody knows: then room is made once they are.
        what: is kept, for the note: "what frozen encoders made is".

    Raises:
        NotKeptError: if nothing came of it.
    """
    partial = path.with_name(f"{path.stem}.{uuid4().hex[:8]}{PARTIAL}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if size is not None:
            _make_room(size)
        yield partial
        if size is None:
            _make_room(partial.stat().st_size, beside=partial)
        with partial.open("r+b") as file:  # Windows would not flush what is only read
            os.fsync(file.fileno())  # or its name may outlive a power cut that its contents do not
        partial.replace(path)
    except OSError as error:
        raise _not_kept(path.parent, what, str(error)) from error
    finally:
        with suppress(OSError):
            partial.unlink()


def _not_kept(folder: Path, what: str, why: str) -> NotKeptError:
    """What to raise; a note says it once."""
    if folder not in _refusals:
        _refusals.add(folder)
        say(f"note: {folder}: {what} not kept for the next training: {why}")
    return NotKeptError(why)


def _make_room(wanted: int, beside: Path | None = None) -> None:
    if wanted > MOST_BYTES:
        raise OSError(f"it takes {wanted / 2**30:,.1f} GiB; allowed are {MOST_BYTES / 2**30:,.1f} in all")
    kept: list[tuple[float, int, Path]] = []
    for path in (path for kind in (FROZEN, POSTERS, PLOTS) for path in cache_folder(kind).glob("*")):
        if path == beside:
            continue
        with suppress(FileNotFoundError):  # others make room, and finish what they write, meanwhile
            found = path.stat()
            kept.append((found.st_mtime, found.st_size, path))
    total = wanted + sum(size for _, size, _ in kept)
    for used, size, path in sorted(kept):
        if total <= MOST_BYTES:
            return
        if path.suffix == PARTIAL and time.time() - used < ABANDONED:
            continue  # somebody is writing it
        total -= size
        path.unlink(missing_ok=True)
