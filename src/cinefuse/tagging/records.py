"""Records of a file of text, found by their bytes: how they are cut into chunks, and a chunk of them read."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from cinefuse.errors import CorpusError
from cinefuse.tagging.chunk import Chunk, RowError

LONGEST_RECORD = 1 << 24  # bytes; a longer one is taken for a quote or a line that never ends
TOO_LONG = RowError("record too long", f"allowed: {LONGEST_RECORD >> 20} MiB")


@dataclass(frozen=True, slots=True)
class Record:
    """The bytes of one row, without what ends it.

    Attributes:
        start: its place in the file, in bytes.
        fault: why it is none; `data` is then as much of it as may be shown.
    """

    start: int
    data: bytes
    fault: RowError | None = None


def cut_records(records: Iterator[Record], chunk_rows: int) -> Iterator[tuple[int, int]]:
    """Start and number of records of every `chunk_rows`."""
    while (first := next(records, None)) is not None:
        yield first.start, 1 + sum(1 for _ in islice(records, chunk_rows - 1))


def read_chunk(where: str, records: Iterator[Record], chunk: Chunk) -> list[Record]:
    """The records of the chunk, where it ends where the next one begins.

    Raises:
        CorpusError: if it does not: the file is another one than it was.
    """
    found = list(islice(records, chunk.rows + 1))
    following = found.pop().start if len(found) > chunk.rows else None
    if len(found) != chunk.rows or following != chunk.end:
        raise CorpusError(
            f"{where}: changed while it was tagged: at byte {chunk.start} are not the {chunk.rows} rows "
            "that were there; bring it back as it was, or write the changed table's tags to another -o"
        )
    return found
