"""CSV cut by its bytes: the records that Python's own reader finds, from wherever one begins."""

import csv
import io
from dataclasses import replace
from itertools import pairwise
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinefuse.errors import CorpusError
from cinefuse.tagging import json_lines, separated
from cinefuse.tagging.json_lines import JsonLinesTable
from cinefuse.tagging.plan import make_plan
from cinefuse.tagging.separated import read_records
from cinefuse.tagging.tables import open_table

from .conftest import write

FIELD = st.text(st.sampled_from('ab",;\t\r\né🎬 \0'), max_size=8)
TABLES = st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(FIELD, min_size=n, max_size=n), max_size=8))
QUICKLY = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def cut(path, start=0, block=7):
    with mock.patch.object(separated, "BLOCK", block):
        return list(read_records(path, start, b","))


@QUICKLY
@given(
    TABLES,
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.booleans(),
)
def test_what_python_writes_is_read_as_python_reads_it(tmp_path, rows, ending, quoting, last):
    csv.writer(stream := io.StringIO(newline=""), lineterminator=ending, quoting=quoting).writerows(rows)
    written = stream.getvalue() if last else stream.getvalue().removesuffix(ending)
    (tmp_path / "a.csv").write_bytes(written.encode())
    expected = [row for row in csv.reader(io.StringIO(written, newline=""), strict=True) if row]
    found = cut(tmp_path / "a.csv")
    assert [record.fault for record in found] == [None] * len(expected)
    assert [next(csv.reader([record.data.decode()])) for record in found] == expected
    for place, record in enumerate(found):
        if record.start:
            assert cut(tmp_path / "a.csv", record.start) == found[place:]


@QUICKLY
@given(
    st.binary(max_size=60)
    | st.lists(st.sampled_from([b'"', b",", b"\n", b"\r", b"a", b'""']), max_size=40).map(b"".join)
)
def test_any_bytes_are_records_of_some_kind(tmp_path, data):
    (tmp_path / "a.csv").write_bytes(data)
    found = cut(tmp_path / "a.csv")
    assert found == cut(tmp_path / "a.csv", block=1000)
    covered = sorted((record.start, record.start + len(record.data)) for record in found)
    assert all(end <= start for (_, end), (start, _) in pairwise(covered))
    without = data.removeprefix(b"\xef\xbb\xbf")
    between = bytearray(without)
    for start, end in reversed(covered):
        del between[start - len(data) + len(without) : end - len(data) + len(without)]
    assert set(between) <= set(b"\r\n"), "nothing is passed over but ends of lines"
    for place, record in enumerate(found):
        if record.start:
            assert cut(tmp_path / "a.csv", record.start) == found[place:]


LONGEST = 40


def start_and_length(records):
    return [(record.start, len(record.data), record.fault and record.fault.reason) for record in records]


@QUICKLY
@given(
    st.lists(
        st.sampled_from([b'"', b"a", b",", b"\n", b"\r", b'"' + b"x\n" * 12 + b'",', b"y" * 17, b'""']),
        max_size=40,
    ).map(b"".join),
    st.integers(1, 60),
)
def test_records_about_the_longest_are_the_same_wherever_reading_begins(tmp_path, data, block):
    (tmp_path / "a.csv").write_bytes(data)
    with mock.patch.object(separated, "LONGEST_RECORD", LONGEST):
        found = cut(tmp_path / "a.csv", block=block)
        assert found == cut(tmp_path / "a.csv", block=1000)
        for place, record in enumerate(found):
            assert cut(tmp_path / "a.csv", record.start, block=block + 1) == found[place:]
            assert len(record.data) <= LONGEST


@pytest.mark.parametrize("quoted", [True, False])
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.parametrize("more", [-1, 0, 1, 2, 30])
def test_a_record_as_long_as_allowed_is_one_and_a_longer_one_is_none(tmp_path, kind, quoted, more):
    mark = b'"' if quoted or kind == "jsonl" else b""
    line = mark + b"x" * (LONGEST + more - 2 * len(mark)) + mark
    (tmp_path / "a").write_bytes(b"1\n" + line + b"\n2\n" + line)
    with (
        mock.patch.object(separated, "LONGEST_RECORD", LONGEST),
        mock.patch.object(json_lines, "LONGEST_RECORD", LONGEST),
    ):
        table = JsonLinesTable(tmp_path / "a")
        found = cut(tmp_path / "a") if kind == "csv" else list(table._records(0))
    long = (0, "record too long") if more > 0 else (LONGEST + more, None)
    assert [(length, fault) for _, length, fault in start_and_length(found)] == [
        (1, None),
        long,
        (1, None),
        long,
    ]


@pytest.mark.parametrize("before", [10, 700_000])
@pytest.mark.parametrize("more", [-1000, 100_000, 900_000])
def test_no_row_is_lost_about_a_plot_of_16_mib(tagged, tmp_path, before, more):
    long = (("word " * 200_000 + "\n") * 18)[: (16 << 20) + more]
    rows = [{"n": "0", "plot": "x" * before}, {"n": "1", "plot": long}, {"n": "2", "plot": "last"}]
    found = tagged(write(tmp_path / "a.csv", rows), chunk_rows=2)
    assert [row["n"] for row in found if row["error"] is None] == (
        ["0", "1", "2"] if more < 0 else ["0", "2"]
    )
    lines = 1 if more < 0 else long.count("\n") + 1
    assert len(found) == 2 + lines


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_chunk_ends_where_the_next_one_begins(tmp_path, kind):
    lines = [b'{"plot": "%d"}' % number for number in range(6)] if kind == "jsonl" else [b"plot", *b"012345"]
    lines = [line if isinstance(line, bytes) else bytes([line]) for line in lines]
    path = tmp_path / f"a.{kind}"
    path.write_bytes(b"\n".join(lines))
    plan = make_plan([path], {}, None, 2)
    first, second, third = plan.chunks
    assert (first.end, second.end, third.end) == (second.start, third.start, None)

    def read(chunk):
        rows = open_table(path).read(chunk, plan.schema, plan.columns)
        return [one["plot"] for one in rows.given]

    assert [read(chunk) for chunk in plan.chunks] == [["0", "1"], ["2", "3"], ["4", "5"]]
    for wrong in (replace(first, rows=1), replace(first, end=first.end + 1), replace(third, rows=3)):
        with pytest.raises(CorpusError, match=f"a.{kind}: changed while it was tagged: at byte"):
            read(wrong)
    path.write_bytes(path.read_bytes() + b"\n6")
    with pytest.raises(CorpusError, match="bring it back as it was, or write"):
        read(third)


@pytest.mark.parametrize("line", [b'"a', b'a,"b', b'"a"b', b'"",""x', b'"""'])
def test_quotes_that_do_not_match_cost_one_line(tmp_path, line):
    (tmp_path / "a.csv").write_bytes(b"x\n" + line + b'\nnext,"one"\n')
    assert [(record.data, record.fault and record.fault.reason) for record in cut(tmp_path / "a.csv")] == [
        (b"x", None),
        (line, "quotes do not match"),
        (b'next,"one"', None),
    ]
