"""What a bench found, for people to read."""

from collections.abc import Callable, Sequence
from statistics import median

from cinefuse.bench.record import BenchRecord, Entry
from cinefuse.reports.table import Column, Table


def bench_table(record: BenchRecord) -> Table:
    """A row an entry: both medians and the median ratio of the turns, each with its range beside it."""
    numbers = ("plain", "plain, range", "ours", "ours, range", "times as fast", "times, range")
    columns = (
        *(Column(title, numeric=False) for title in ("bench", "what", "unit")),
        *(Column(title) for title in numbers),
    )
    return Table(columns, [_row(entry) for entry in record.entries], ("plain, range", "ours, range"))


def _row(entry: Entry) -> tuple[str | None, ...]:
    sides = [entry.plain.values if entry.plain else (), entry.ours.values]
    told = [cell for values in sides for cell in _told_of(values, _number)]
    faster = _told_of(entry.ratios, lambda ratio: f"{ratio:.1f}")
    return (entry.bench, entry.what, entry.unit, *told, *faster)


def _told_of(values: Sequence[float], tell: Callable[[float], str]) -> tuple[str | None, str | None]:
    """The median, and the range where there are several."""
    if not values:
        return None, None
    return tell(median(values)), f"{tell(min(values))} to {tell(max(values))}" if len(values) > 1 else None


def note_lines(record: BenchRecord) -> list[str]:
    """What there is to say of entries besides, a line each."""
    return [
        f"{entry.bench} {entry.what}: "
        + "; ".join(f"{name}: {_told(value)}" for name, value in entry.notes.items())
        for entry in record.entries
        if entry.notes
    ]


def _told(value: float | str) -> str:
    return value if isinstance(value, str) else _number(value)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
