"""What a table is cut into, what is read of one piece, and what every kind of table keeps to."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cinefuse.errors import CorpusError

ArrowSchema = Any  # pyarrow.Schema and pyarrow.Table: pyarrow has no types
ArrowTable = Any


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows that stand together in a table: the piece of work that is done as a whole, or anew.

    Attributes:
        number: its place among all of the job's, from 0.
        table: the place of its table among the job's.
        start: where its first row begins, as its kind of table counts: bytes, or rows.
        rows: how many.
        end: where the next one of its table begins; None for the last.
    """

    number: int
    table: int
    start: int
    rows: int
    end: int | None = None


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with a row. `reason` is a phrase that can be counted."""

    reason: str
    detail: str

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Rows:
    """What was read of a chunk.

    Attributes:
        own: the table's own columns, in the job's types.
        given: of each row what it has in the columns of ours that the table has, of whatever type; None for
            what cannot be read.
        errors: what is wrong with each row; empty for most.
        whole: False for rows of which nobody can say which field is what: they are not scored.
    """

    own: ArrowTable
    given: list[dict[str, object]]
    errors: list[list[RowError]]
    whole: list[bool]


class FilmTable(Protocol):
    """A file with a film a row."""

    path: Path

    def cut(self, chunk_rows: int) -> Iterator[tuple[int, int]]:
        """Start and number of rows of its chunks, which is where it is read through, in constant memory."""
        ...

    def schema(self) -> ArrowSchema:
        """Its columns and their types; call it after `cut`, for some tables tell them by their rows."""
        ...

    def read(self, chunk: Chunk, schema: ArrowSchema, columns: Mapping[str, str]) -> Rows:
        """The rows of one chunk, as the job's `schema` wants them; `columns` are ours -> the table's."""
        ...


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns what the disk says while a table is read into a `CorpusError`."""
    try:
        yield
    except OSError as error:
        raise CorpusError(
            f"{path}: cannot be read: {error.strerror or error}; "
            "as soon as it can, the same command with --resume goes on"
        ) from error
