"""The one table: raw values with how people read them, as Markdown, CSV and rich.

People read percent and rounded numbers; CSV has fractions and full precision. Undefined (None) is a dash
for people and an empty cell for programs, never 0.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import rich.box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table as RichTable
from rich.text import Text

UNDEFINED = "\N{EN DASH}"


class Cell(NamedTuple):
    """What people read: the value, and in small print what belongs to it."""

    text: str
    detail: str = ""


class Estimate(NamedTuple):
    """A score with its interval over films and its spread between seeds, where there are any."""

    value: float | None
    interval: tuple[float, float] | None = None
    spread: float | None = None


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        title: as people read it.
        show: value -> what people read; it never gets None.
        numeric: aligned to the right.
        name: in CSV; the title unless given.
    """

    title: str
    show: Callable[[Any], Cell | str] = str
    numeric: bool = True
    name: str = ""

    def cell(self, value: Any) -> Cell:
        """A value as people read it."""
        if isinstance(value, Cell):
            return value
        shown = Cell(UNDEFINED) if value is None else self.show(value)
        return shown if isinstance(shown, Cell) else Cell(shown)


@dataclass(frozen=True)
class Table:
    """Columns and raw values.

    Attributes:
        dispensable: titles of columns that a narrow terminal goes without, first to go first.
    """

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    dispensable: tuple[str, ...] = ()

    def cells(self) -> list[list[Cell]]:
        """Every row as people read it."""
        return [
            [column.cell(value) for column, value in zip(self.columns, row, strict=True)] for row in self.rows
        ]


def to_markdown(table: Table) -> str:
    """GitHub's Markdown."""
    rule = ["---:" if column.numeric else "---" for column in table.columns]
    rows = [[_plain(cell) for cell in row] for row in table.cells()]
    lines = [[column.title for column in table.columns], rule, *rows]
    return "".join("| " + " | ".join(_in_markdown(cell) for cell in line) + " |\n" for line in lines)


def to_csv(table: Table) -> str:
    """Raw values; an interval takes the columns NAME_low and NAME_high, a spread NAME_sd.

    Of any other named tuple the first field takes NAME, every other one NAME_field.
    """
    expanded = [_expanded(table, index) for index in range(len(table.columns))]
    header = [
        name + suffix
        for (suffixes, _), column in zip(expanded, table.columns, strict=True)
        for name in [column.name or column.title]
        for suffix in suffixes
    ]
    rows = [
        [value for _, values in expanded for value in values[number]] for number in range(len(table.rows))
    ]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def to_terminal(table: Table, width: int) -> RichTable:
    """For rich to print, with as many columns as fit; what was left out is said below it."""
    left_out: list[str] = []
    for title in (*table.dispensable, None):
        drawn = _draw(table, left_out)
        console = Console(width=10_000)  # measured where there is room for everything
        if title is None or Measurement.get(console, console.options, drawn).maximum <= width:
            return drawn
        left_out.append(title)
    raise AssertionError("the last turn of the loop returns")


def percent(value: float, digits: int = 1) -> str:
    """0.5479 -> 54.8."""
    return f"{100 * value:.{digits}f}"


def signed_percent(value: float) -> str:
    """0.0123 -> +1.2; with a real minus below 0."""
    return f"{100 * value:+.1f}".replace("-", "\N{MINUS SIGN}")


def percent_interval(interval: tuple[float, float]) -> str:
    """(0.52, 0.571) -> 52.0 to 57.1, so that a minus cannot be read into it."""
    return f"{percent(interval[0])} to {percent(interval[1])}"


def signed_interval(interval: tuple[float, float]) -> str:
    """(0.012, 0.03) -> +1.2 to +3.0."""
    return f"{signed_percent(interval[0])} to {signed_percent(interval[1])}"


def estimate(value: Estimate) -> Cell:
    """54.8 with its interval in small print; 54.8 ± 0.6 where there are several seeds."""
    if value.value is None:
        return Cell(UNDEFINED)
    spread = "" if value.spread is None else f" ± {percent(value.spread)}"
    return Cell(percent(value.value) + spread, percent_interval(value.interval) if value.interval else "")


def p_value(p: float) -> str:
    """0.0312 -> 0.031; below a thousandth with four digits."""
    return f"{p:.3f}" if p >= 0.001 else f"{p:.4f}"


def millions(count: int) -> str:
    """83,800,000 -> 83.8; below ten million with two decimals."""
    return f"{count / 1e6:.1f}" if count >= 10_000_000 else f"{count / 1e6:.2f}"


def whole(value: float) -> str:
    """1234.5 -> 1,234."""
    return f"{value:,.0f}"


def _plain(cell: Cell) -> str:
    return f"{cell.text} ({cell.detail})" if cell.detail else cell.text


def _in_markdown(text: str) -> str:
    """So that no name breaks the row or becomes markup."""
    for character in "\\|<>*_`[]":
        text = text.replace(character, "\\" + character)
    return text.replace("\n", " ")


def _expanded(table: Table, index: int) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Suffixes of the CSV columns that one column takes, and their values row by row."""
    values = [row[index] for row in table.rows]
    if any(isinstance(value, Estimate) for value in values):
        scores = [value if isinstance(value, Estimate) else Estimate(None) for value in values]
        return ("", "_low", "_high", "_sd"), [
            (score.value, *(score.interval or (None, None)), score.spread) for score in scores
        ]
    named = next((type(value) for value in values if hasattr(value, "_fields")), None)
    if named is not None:
        return ("", *(f"_{field}" for field in named._fields[1:])), [
            value or (None,) * len(named._fields) for value in values
        ]
    if any(isinstance(value, tuple) for value in values):
        return ("_low", "_high"), [value if value is not None else (None, None) for value in values]
    return ("",), [(value,) for value in values]


def _draw(table: Table, left_out: list[str]) -> RichTable:
    caption = f"not shown for want of room: {', '.join(left_out)}" if left_out else None
    drawn = RichTable(
        box=rich.box.SIMPLE_HEAD, padding=0, pad_edge=False, caption=caption, caption_justify="left"
    )
    kept = [index for index, column in enumerate(table.columns) if column.title not in left_out]
    for index in kept:
        justify: Literal["left", "right"] = "right" if table.columns[index].numeric else "left"
        drawn.add_column(Text(table.columns[index].title), justify=justify, no_wrap=True)
    for rank, row in enumerate(table.cells()):
        drawn.add_row(*(Text(_plain(row[index])) for index in kept), style="bold" if rank == 0 else None)
    return drawn
