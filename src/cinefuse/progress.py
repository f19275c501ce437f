"""Progress of long work: a bar on a terminal, plain lines elsewhere, nothing unless asked for.

A library stays quiet; the command line calls `show()` once.
"""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

T = TypeVar("T")

LINE_EVERY_SECONDS = 10.0  # how often a plain line appears where there is no terminal


class _State:
    shown = False


def show() -> None:
    """Turns progress on for this process, on standard error."""
    _State.shown = True


def shown() -> bool:
    """Whether progress is on."""
    return _State.shown


def say(line: str) -> None:
    """Prints one line to standard error where progress is on."""
    if _State.shown:
        Console(stderr=True, highlight=False, soft_wrap=True).print(line, markup=False)


def track(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Yields `items`, showing how far it has come."""
    if not _State.shown:
        yield from items
    elif sys.stderr.isatty():
        yield from _bar(items, what, total)
    else:
        yield from _lines(items, what, total)


def _bar(items: Iterable[T], what: str, total: int | None) -> Iterator[T]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        for item in items:
            yield item
            progress.advance(task)


def _lines(items: Iterable[T], what: str, total: int | None) -> Iterator[T]:
    of = f" of {total}" if total else ""
    said = time.monotonic()
    for count, item in enumerate(items, 1):
        yield item
        if time.monotonic() - said >= LINE_EVERY_SECONDS:
            said = time.monotonic()
            say(f"{what}: {count}{of}")
