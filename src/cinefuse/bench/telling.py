"""What a bench found, for people to read."""

from statistics import median

from cinefuse.bench.record import BenchRecord, Entry, Side
from cinefuse.reports.table import Column, Table


def bench_table(record: BenchRecord) -> Table:
    """A row an entry: both medians and the median ratio of the turns, with their ranges."""
    columns = (
        Column("bench", numeric=False),
        Column("what", numeric=False),
        Column("unit", numeric=False),
        Column("plain", numeric=True),
        Column("ours", numeric=True),
        Column("times as fast", numeric=True),
    )
    return Table(columns, [_row(entry) for entry in record.entries])


def _row(entry: Entry) -> tuple[str | None, ...]:
    ratios = entry.ratios
    spread = f" ({min(ratios):.1f} to {max(ratios):.1f})" if len(ratios) > 1 else ""
    faster = f"{median(ratios):.1f}{spread}" if ratios else None
    return (
        entry.bench,
        entry.what,
        entry.unit,
        _side(entry.plain) if entry.plain else None,
        _side(entry.ours),
        faster,
    )


def note_lines(record: BenchRecord) -> list[str]:
    """What there is to say of entries besides, a line each."""
    return [
        f"{entry.bench} {entry.what}: "
        + "; ".join(f"{name}: {_told(value)}" for name, value in entry.notes.items())
        for entry in record.entries
        if entry.notes
    ]


def _side(side: Side) -> str:
    spread = f" ({_number(min(side.values))} to {_number(max(side.values))})" if len(side.values) > 1 else ""
    return f"{_number(side.median)}{spread}"


def _told(value: float | str) -> str:
    return value if isinstance(value, str) else _number(value)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
