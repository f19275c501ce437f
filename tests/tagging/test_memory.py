"""Memory does not grow with the table, whatever its kind, its size or its row groups."""

import gc
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cinefuse.tagging import TagSettings, tag
from cinefuse.tagging.chunk import Chunk
from cinefuse.tagging.parquet import ParquetTable
from cinefuse.tagging.separated import BLOCK

from .conftest import write


def rows(n_films):
    return [{"id": number, "plot": f"{number} " + "a plot of some length " * 30} for number in range(n_films)]


def peak(table, run, out):
    """The most that Python held at any time while it was tagged, in bytes."""
    gc.collect()
    tracemalloc.start()
    try:
        tag([table], run, out, TagSettings(chunk_rows=128))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_ten_times_the_films_in_the_same_memory(predictor, run, tmp_path, kind):
    small = write(tmp_path / f"small.{kind}", rows(1_000))
    large = write(tmp_path / f"large.{kind}", rows(10_000))
    tag([small], run, tmp_path / "first.parquet", TagSettings(chunk_rows=128))  # imports, caches
    more = peak(large, run, tmp_path / "large-out.parquet") - peak(small, run, tmp_path / "small-out.parquet")
    # the small table is one block of a file, the large one's window slides over two
    assert more < 2 * BLOCK + 300_000, f"{more:,} bytes more"
    assert 9_000 * len(rows(1)[0]["plot"]) > 2 * (2 * BLOCK + 300_000), "or it would show nothing"


def test_a_row_group_of_any_size_is_read_page_by_page(tmp_path):
    data = [bytes([number % 251]) * 20_000 + number.to_bytes(4, "big") for number in range(4_000)]
    table = pa.table({"plot": [str(number) for number in range(4_000)], "poster": data})
    # one row group of 80 MB, as it is
    pq.write_table(table, tmp_path / "a.parquet", compression="none", use_dictionary=False)
    del data, table
    opened = ParquetTable(tmp_path / "a.parquet")
    before = pa.total_allocated_bytes()
    most = 0
    for number in range(40):
        read = opened.read(Chunk(number, 0, 100 * number, 100), opened.schema(), {"plot": "plot"})
        assert [one["plot"] for one in read.given] == [str(100 * number + row) for row in range(100)]
        most = max(most, pa.total_allocated_bytes() - before)
    assert most < 35_000_000, f"{most:,} bytes of a row group of 80 MB"


def test_chunks_of_parquet_in_any_order(tmp_path):
    pq.write_table(
        pa.table({"plot": [str(n) for n in range(1000)]}), tmp_path / "a.parquet", row_group_size=300
    )
    opened = ParquetTable(tmp_path / "a.parquet")
    for start in (0, 50, 100, 950, 250, 299, 100, 700, 0, 601, 999):
        n_rows = min(50, 1000 - start)
        read = opened.read(Chunk(0, 0, start, n_rows), opened.schema(), {"plot": "plot"})
        assert [one["plot"] for one in read.given] == [str(start + row) for row in range(n_rows)]


def test_consecutive_chunks_are_one_reading(tmp_path, monkeypatch):
    pq.write_table(pa.table({"plot": [str(n) for n in range(5000)]}), tmp_path / "a.parquet")
    opened = ParquetTable(tmp_path / "a.parquet")
    monkeypatch.setattr(opened, "_file", counted := Counted(opened._file))
    for number in range(50):
        opened.read(Chunk(number, 0, 100 * number, 100), opened.schema(), {"plot": "plot"})
    assert counted.readings == 1
    opened.read(Chunk(0, 0, 0, 100), opened.schema(), {"plot": "plot"})
    assert counted.readings == 2


class Counted:
    """A Parquet file that counts how often somebody begins to read it."""

    def __init__(self, file):
        self.file, self.readings = file, 0

    def __getattr__(self, name):
        return getattr(self.file, name)

    def iter_batches(self, *arguments, **named):
        self.readings += 1
        return self.file.iter_batches(*arguments, **named)
