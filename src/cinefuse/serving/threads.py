"""Computing in a thread that ends, so that the scoring thread has the cores for itself.

OpenMP, by which torch computes, keeps a team of threads for each of ours that ever computed. As soon as there
are more of them than cores, they stop waiting for each other actively, and every operation becomes slower.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def in_a_thread(work: Callable[[], T]) -> T:
    """What `work` returns; its thread ends, and its team with it."""
    with ThreadPoolExecutor(1) as own:
        return own.submit(work).result()
