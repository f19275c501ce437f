"""Progress of long work: a bar on a terminal, plain lines elsewhere, nothing unless asked for.

A library stays quiet; the command line calls `show()` once.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

T = TypeVar("T")

LINE_EVERY_SECONDS = 10.0  # how often a plain line appears where there is no terminal
RATE_OVER_SECONDS = 600.0  # a bar's rate is that of the last ten minutes


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


def track_pieces(
    pieces: Iterable[T], what: str, size: Callable[[T], int], total: int, done: int = 0
) -> Iterator[T]:
    """Yields `pieces` of different sizes, showing how much is done, how fast, and the time left.

    Args:
        pieces: yielded when each is done.
        what: is being done, and to what: "films tagged".
        size: of one piece, in what `total` counts.
        total: the whole.
        done: how much of it an earlier call did, which says nothing of the rate.
    """
    if not _State.shown:
        yield from pieces
    elif sys.stderr.isatty():
        yield from _bar_of_pieces(pieces, what, size, total, done)
    else:
        yield from _lines_of_pieces(pieces, what, size, total, done)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} a second" if speed else "", style="progress.data.speed")


def _bar_of_pieces(
    pieces: Iterable[T], what: str, size: Callable[[T], int], total: int, done: int
) -> Iterator[T]:
    columns = (
        BarColumn(),
        TextColumn("{task.completed:,} of {task.total:,} {task.description}"),
        _Rate(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, speed_estimate_period=RATE_OVER_SECONDS
    ) as progress:
        task = progress.add_task(what, total=total, completed=done)
        for piece in pieces:
            yield piece
            progress.advance(task, size(piece))


def _lines_of_pieces(
    pieces: Iterable[T], what: str, size: Callable[[T], int], total: int, done: int
) -> Iterator[T]:
    began = said = time.monotonic()
    count = 0
    for piece in pieces:
        yield piece
        count += size(piece)
        now = time.monotonic()
        if now - said >= LINE_EVERY_SECONDS:
            said, rate = now, count / (now - began)
            left = spoken((total - done - count) / rate)
            say(f"{done + count:,} of {total:,} {what}, {rate:,.0f} a second, {left} left")


def spoken(seconds: float) -> str:
    """A span of time as people say it.

    Example:
        >>> spoken(7.6), spoken(99), spoken(5_000), spoken(200_000)
        ('8 s', '1 min 39 s', '1 h 23 min', '55 h 33 min')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, odd = divmod(minutes, 60)
    if hours:
        return f"{hours} h {odd} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
