"""CSV cut by its bytes: the records that Python's own reader finds, from wherever one begins."""

import csv
import io
from itertools import pairwise
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinefuse.tagging import separated
from cinefuse.tagging.separated import read_records

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


@pytest.mark.parametrize("line", [b'"a', b'a,"b', b'"a"b', b'"",""x', b'"""'])
def test_quotes_that_do_not_match_cost_one_line(tmp_path, line):
    (tmp_path / "a.csv").write_bytes(b"x\n" + line + b'\nnext,"one"\n')
    assert [(record.data, record.fault and record.fault.reason) for record in cut(tmp_path / "a.csv")] == [
        (b"x", None),
        (line, "quotes do not match"),
        (b'next,"one"', None),
    ]
