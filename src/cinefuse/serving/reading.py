"""Posters are read by a few threads; how long those that wait for them will take is known."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Read = TypeVar("Read")

MEMORY = 0.2  # share of the newest poster in the mean time that one takes


class Readers:
    """The threads, and the queue before them; one that nobody waits for any more counts until it is read."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="posters")
        self._lock = threading.Lock()
        self._ahead = 0
        self._mean = 0.0

    @property
    def seconds_ahead(self) -> float:
        """Seconds until a poster that comes now is begun, by the present rate."""
        return self._ahead * self._mean / self._threads

    def submit(self, read: Callable[[], Read]) -> Future[Read]:
        """Queues what reads a poster; cancelled before its turn, it is not read."""
        with self._lock:
            self._ahead += 1
        reading = self._pool.submit(self._timed, read)
        reading.add_done_callback(self._forget)
        return reading

    def close(self) -> None:
        """What is not begun is not read; does not wait for the rest."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _timed(self, read: Callable[[], Read]) -> Read:
        began = time.monotonic()
        try:
            return read()
        finally:
            with self._lock:
                self._mean += (time.monotonic() - began - self._mean) * MEMORY

    def _forget(self, _reading: object) -> None:
        with self._lock:
            self._ahead -= 1
