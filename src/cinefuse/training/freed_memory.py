"""What a training step frees is kept for the next step, where glibc would hand it back to the system.

A step frees its gradients and asks for as much again at once. Handed back, every page of it is cleared and
mapped anew each time: a fifth of the time of training a head on a processor (docs/log.md).
"""

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # as malloc.h numbers what may be set
MOST_KEPT = 2**30  # bytes
LARGEST_PIECE = 2**25  # the most that glibc allows; a larger tensor is the system's own matter


def keep_freed_memory() -> None:
    """Does so from now on in this process; where the C library is another, nothing."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # none in musl's and Apple's, no such library on Windows
        return
    mallopt(TRIM_THRESHOLD, MOST_KEPT)
    mallopt(MMAP_THRESHOLD, LARGEST_PIECE)
