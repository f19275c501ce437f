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
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

T = TypeVar("T")

LINE_EVERY_SECONDS = 10.0  # how often a plain line appears where there is no terminal
FEW = 10  # a second; of fewer, a digit after the point is worth telling
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


def _one(_: object) -> int:
    return 1


def track(
    items: Iterable[T], what: str, total: int | None = None, size: Callable[[T], int] = _one, done: int = 0
) -> Iterator[T]:
    """Yields `items`, showing how much is done, how fast, and the time left.

    Args:
        items: each counts as done when the next is asked for.
        what: is being done, and to what: "tagging films".
        total: of all sizes; None where nobody knows.
        size: of one item, in what `total` counts.
        done: how much of the total an earlier call did, which says nothing of the rate.
    """
    if not _State.shown:
        yield from items
    elif sys.stderr.isatty():
        yield from _bar(items, what, total, size, done)
    else:
        yield from _lines(items, what, total, size, done)


class _Done(ProgressColumn):
    def render(self, task: Task) -> Text:
        of = "" if task.total is None else f" of {task.total:,.0f}"
        return Text(f"{task.completed:,.0f}{of}", style="progress.download")


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(_rate(speed) if speed else "", style="progress.data.speed")


def _bar(
    items: Iterable[T], what: str, total: int | None, size: Callable[[T], int], done: int
) -> Iterator[T]:
    columns = (TextColumn("{task.description}"), BarColumn(), _Done(), _Rate(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, speed_estimate_period=RATE_OVER_SECONDS
    ) as progress:
        task = progress.add_task(what, total=total, completed=done)
        for item in items:
            yield item
            progress.advance(task, size(item))


def _lines(
    items: Iterable[T], what: str, total: int | None, size: Callable[[T], int], done: int
) -> Iterator[T]:
    began = said = time.monotonic()
    count = 0
    for item in items:
        yield item
        count += size(item)
        now = time.monotonic()
        if now - said >= LINE_EVERY_SECONDS:
            said, rate = now, count / (now - began)
            left = spoken((total - done - count) / rate) if total and rate else None
            of = f" of {total:,}" if total else ""
            line = f"{what}: {done + count:,}{of}, {_rate(rate)}"
            say(f"{line}, {left} left" if left else line)


def _rate(speed: float) -> str:
    """So many a second, or one in so many.

    Example:
        >>> _rate(3154.2), _rate(4.25), _rate(0.02)
        ('3,154 a second', '4.2 a second', 'one in 50 s')
    """
    if speed < FEW / 100:
        return f"one in {spoken(1 / max(speed, 1e-9))}"
    return f"{speed:,.0f} a second" if speed >= FEW else f"{speed:.1f} a second"


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
