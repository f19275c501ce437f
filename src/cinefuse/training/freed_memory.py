"""What a training step frees is kept for the next step, where glibc would hand it back to the system.

A step frees its gradients and asks for as much again at once. Handed back, every page of it is cleared and
mapped anew each time: a fifth of the time of training a head on a processor (docs/log.md).
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # as malloc.h numbers what may be set
MOST_KEPT = 2**30  # bytes
LARGEST_PIECE = 2**25  # the most that glibc allows; a larger tensor is the system's own matter
AFTERWARDS = 2 * LARGEST_PIECE  # bytes that stay free then: what glibc's own rule comes to after such pieces


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Inside, in the whole process; what was freed before, and in the end all, is handed back.

    Where the C library is another, nothing.
    """
    library = _glibc()
    if library is None:
        yield
        return
    library.malloc_trim(0)  # fitting a tokeniser and encoding plots leave a hundred megabytes and more
    library.mallopt(TRIM_THRESHOLD, MOST_KEPT)
    library.mallopt(MMAP_THRESHOLD, LARGEST_PIECE)
    try:
        yield
    finally:
        library.mallopt(TRIM_THRESHOLD, AFTERWARDS)
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(None)
        _ = library.mallopt, library.malloc_trim
    except (AttributeError, OSError, TypeError):  # none in musl's and Apple's, no such library on Windows
        return None
    return library
