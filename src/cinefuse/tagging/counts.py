"""What became of rows, as the files themselves say it."""

from pathlib import Path

import pyarrow.parquet as pq
from pydantic import Field

from cinefuse.results import Record

METADATA = b"cinefuse"  # the key under which a Parquet file of ours says what is in it


class Counts(Record):
    """What became of rows.

    Attributes:
        scored: rows with genres; the others have an error that says why not.
        lacking: "plot" or "poster" -> rows that were scored without it.
        people: scored rows that name somebody whom the model knows; None for a model that knows nobody.
        errors: reason -> rows.
    """

    rows: int = 0
    scored: int = 0
    lacking: dict[str, int] = Field(default_factory=dict)
    errors: dict[str, int] = Field(default_factory=dict)
    people: int | None = None

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            rows=self.rows + other.rows,
            scored=self.scored + other.scored,
            lacking=_sum(self.lacking, other.lacking),
            errors=_sum(self.errors, other.errors),
            people=_added(self.people, other.people),
        )


class Tagged(Record):
    """What a finished file says of itself.

    Attributes:
        job: by what the job is known again.
        model: the recipe's name.
    """

    job: str
    model: str
    counts: Counts


def read_counts(path: Path) -> Counts | None:
    """Of a part; None where it is no whole one."""
    told = _told(path)
    return None if told is None else Counts.model_validate_json(told)


def read_tagged(path: Path) -> Tagged | None:
    """Of a finished file; None where it is none of ours."""
    told = _told(path)
    try:
        return None if told is None else Tagged.model_validate_json(told)
    except ValueError:
        return None


def _told(path: Path) -> bytes | None:
    try:
        metadata: dict[bytes, bytes] = pq.read_metadata(path).metadata or {}
    except (OSError, ValueError):  # pyarrow's errors are ValueErrors
        return None
    return metadata.get(METADATA)


def _added(one: int | None, other: int | None) -> int | None:
    return None if one is None and other is None else (one or 0) + (other or 0)


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in sorted({*one, *other})}
