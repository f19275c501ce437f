"""Rows made of Python's values, which is what CSV and JSON lines have in common."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from cinefuse.tagging.chunk import ArrowSchema, RowError, Rows

NOT_UTF8 = "record is not UTF-8"  # as `corpus.readers.fields` says it


@dataclass(frozen=True, slots=True)
class TextRow:
    """One row.

    Attributes:
        values: column -> value, for those that can be read, be it in part.
        errors: what is wrong with it.
        unreadable: columns whose value was mended to be shown, and is not to be scored.
        whole: whether its fields are known by their columns.
    """

    values: dict[str, object]
    errors: list[RowError] = field(default_factory=list)
    unreadable: frozenset[str] = frozenset()
    whole: bool = True

    def told(self, column: str) -> object:
        """What may be scored of a column; None for none."""
        return self.values.get(column) if self.whole and column not in self.unreadable else None


def mended(values: dict[str, object]) -> TextRow:
    """A row of those values, where text that is no UTF-8 is marked, and shown with marks in its place."""
    broken = {name for name, value in values.items() if not _is_utf8(name) or not _is_utf8(value)}
    if not broken:
        return TextRow(values)
    shown = {str(_shown(name)): _shown(value) for name, value in values.items()}
    columns = sorted(str(_shown(name)) for name in broken)
    return TextRow(shown, [RowError(NOT_UTF8, f"column {', '.join(columns)}")], frozenset(columns))


def _is_utf8(value: object) -> bool:
    if value is None or isinstance(value, bool | int | float):
        return True
    try:
        (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: object) -> object:
    """`value` with a mark for each byte and half of a character that is no text."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_shown(item) for item in value]
    if isinstance(value, dict):
        return {str(_shown(name)): _shown(item) for name, item in value.items()}
    return value


def gather(rows: list[TextRow], schema: ArrowSchema, columns: Mapping[str, str]) -> Rows:
    """The rows as columns."""
    arrays = [
        pa.array([_as_type(row.values.get(column.name), column.type) for row in rows], column.type)
        for column in schema
    ]
    return Rows(
        pa.table(arrays, schema=schema),
        [{ours: row.told(theirs) for ours, theirs in columns.items()} for row in rows],
        [row.errors for row in rows],
        [row.whole for row in rows],
    )


def _as_type(value: object, arrow_type: object) -> object:
    """Text stays as it is; in a column of text anything else becomes JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and pa.types.is_floating(arrow_type):
        return float(value)
    is_text = pa.types.is_string(arrow_type) or pa.types.is_large_string(arrow_type)
    return json.dumps(value, ensure_ascii=False) if is_text else value
