"""A bad row becomes a row with its error, and what can still be read of it is scored."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cinefuse.tagging import separated

from .conftest import image_bytes, write


def told(row):
    """Whether it is scored, what it lacks, and what is wrong."""
    nothing = {row["predicted_genres"] is None, row["probabilities"] is None, row["lacking"] is None}
    assert len(nothing) == 1, "all three are null, or none is"
    return (None if nothing == {True} else row["lacking"]), row["error"]


def test_csv(tagged, posters):
    lines = [
        b"title,plot,poster",
        b"good,a plot,posters/0.png",
        b"few,a plot",
        b"many,a plot, with a comma,posters/0.png",
        b"d\xe9j\xe0 vu,a plot,posters/0.png",
        b"latin,d\xe9j\xe0 vu,posters/0.png",
        b"latin alone,d\xe9j\xe0 vu,",
        b"empty,,",
        b"spaces,  ,  ",
        b"gone,a plot,posters/9.png",
        b"gone alone,,posters/9.png",
        b'quote,"a plot,posters/0.png',
        b'after,"a ""plot""",posters/0.png',
        b'between,"a" plot,posters/0.png',
        b"folder,a plot,posters",
        b"null,a plot,a\0b.png",
        b"long," + b"a plot," + b"x" * 5000,
        b'unclosed,"a plot,posters/0.png',
    ]
    (posters / "a.csv").write_bytes(b"\n".join(lines))
    found = {row["title"]: row for row in tagged(posters / "a.csv")}
    assert len(found) == len(lines) - 1
    length, utf8 = "row of a wrong length: ", "record is not UTF-8: column "
    quotes = "quotes do not match: allowed: a field in quotes, with quotes in it doubled"
    assert {title: told(row) for title, row in found.items() if title != "long"} == {
        "good": ([], None),
        "few": (None, length + "2 fields; allowed: 3"),
        "many": (None, length + "4 fields; allowed: 3"),
        "d\ufffdj\ufffd vu": ([], utf8 + "title"),
        "latin": (["plot"], utf8 + "plot"),
        "latin alone": (None, utf8 + "plot"),
        "empty": (None, "neither plot nor poster: the model reads nothing else"),
        "spaces": (None, "neither plot nor poster: the model reads nothing else"),
        "gone": (["poster"], "poster missing: posters/9.png: No such file or directory"),
        "gone alone": (None, "poster missing: posters/9.png: No such file or directory"),
        "quote": (None, quotes),
        "after": ([], None),
        "between": (None, quotes),
        "folder": (["poster"], "poster missing: posters: Is a directory"),
        "null": (["poster"], "poster missing: a\0b.png: embedded null byte"),
        "unclosed": (None, quotes),
    }
    lacking, error = told(found["long"])
    assert lacking == ["poster"]
    assert len(error) == 300
    assert error.startswith("poster missing: xxx")
    assert error.endswith("...")
    # the row's own columns, as far as they can be read
    assert (found["few"]["plot"], found["few"]["poster"]) == ("a plot", None)
    assert found["latin"]["plot"] == "d\ufffdj\ufffd vu"
    assert found["after"]["plot"] == 'a "plot"'


def test_a_stray_quote_costs_its_own_row_alone(tagged, tmp_path):
    rows = [f'{number},"plot ""{number}"""' for number in range(100)]
    rows[10] = '10,"never closed'
    (tmp_path / "a.csv").write_text("\n".join(["n,plot", *rows]) + "\n")
    found = tagged(tmp_path / "a.csv")
    assert [int(row["n"]) for row in found] == list(range(100))
    assert [row["n"] for row in found if row["error"]] == ["10"]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_record_that_never_ends(tagged, tmp_path, monkeypatch, kind):
    monkeypatch.setattr(
        f"cinefuse.tagging.{'separated' if kind == 'csv' else 'json_lines'}.LONGEST_RECORD", 1000
    )
    monkeypatch.setattr(separated, "BLOCK", 64)
    lines = {
        "csv": ["plot,n", "a,1", "x" * 5000 + ",2", '"' + "y" * 700 + "\n" + "y" * 700, "b,3", "c,4"],
        "jsonl": [
            '{"plot": "a", "n": "1"}',
            "[" * 5000,
            '{"plot": "b", "n": "3"}',
            '{"plot": "c", "n": "4"}',
        ],
    }[kind]
    (tmp_path / f"a.{kind}").write_text("\n".join(lines))
    found = tagged(tmp_path / f"a.{kind}", chunk_rows=1)
    assert [row["n"] for row in found if row["error"] is None] == ["1", "3", "4"]
    wrong = [row["error"].partition(":")[0] for row in found if row["error"]]
    assert (
        wrong
        == {
            # the quote costs its line, and what it held open is a line of its own
            "csv": ["record too long", "quotes do not match", "row of a wrong length"],
            "jsonl": ["record too long"],
        }[kind]
    )


def test_json_lines(tagged, posters):
    lines = [
        json.dumps({"n": 0, "plot": "a", "poster": "posters/0.png"}).encode(),
        b'{"n": 1, "plot": "a"',
        b'["a", "list"]',
        b'{"n": 3, "plot": "d\xe9j\xe0"}',
        b'{"n": 4, "plot": "half \\ud800"}',
        b'{"n": 5, "title": "d\xe9j\xe0", "plot": "a"}',
        b'{"n": 6, "plot": 7, "poster": "posters/0.png"}',
        b'{"n": 7, "plot": "a", "poster": ["x"]}',
        b'{"n": 8}',
        b"",
        b'{"n": 9, "plot": ["short", "the longest"], "poster": null}',
        b"[" * 100_000,
        b'{"n": ' + b"9" * 5000 + b"}",
    ]
    (posters / "a.jsonl").write_bytes(b"\n".join(lines))
    found = tagged(posters / "a.jsonl")
    assert [told(row) for row in found] == [
        ([], None),
        (None, "record is not JSON: column 21: Expecting ',' delimiter"),
        (None, 'record is not an object: given: ["a", "list"]'),
        (None, "record is not UTF-8: column plot"),
        (None, "record is not UTF-8: column plot"),
        (["poster"], "record is not UTF-8: column title"),
        (["plot"], "field of a wrong type: plot: 7; allowed: a string or a list of them"),
        (["poster"], "field of a wrong type: poster: ['x']; allowed: a string"),
        (None, "neither plot nor poster: the model reads nothing else"),
        (["poster"], None),
        (None, "record is not JSON: nested too deeply; allowed: 100 levels"),
        (None, "record is not JSON: a number of too many digits"),
    ]
    assert [row["n"] for row in found] == [0, None, None, *range(3, 10), None, None]
    assert [found[3]["plot"], found[4]["plot"], found[6]["plot"]] == ["d\ufffdj\ufffd", "half \ufffd", "7"]


def damaged(column, values):
    """A column of text with bytes that are none, as careless writers leave them in Parquet."""
    as_bytes = pa.array(values, pa.binary())
    return pa.Array.from_buffers(column, len(values), as_bytes.buffers())


def test_parquet(tagged, posters):
    table = pa.table(
        {
            "title": damaged(pa.string(), [b"a", b"d\xe9j\xe0", b"c", b"d", b"e"]),
            "plot": damaged(pa.string(), [b"a", b"b", b"d\xe9j\xe0", None, b"e"]),
            "poster": [image_bytes(), None, None, b"no image", b""],
        }
    )
    pq.write_table(table, posters / "a.parquet")
    found = tagged(posters / "a.parquet", chunk_rows=2)
    found[3]["error"] = found[3]["error"].partition("; allowed: ")[0]  # what Pillow can read
    assert [told(row) for row in found] == [
        ([], None),
        (["poster"], "record is not UTF-8: column title"),
        (None, "record is not UTF-8: column plot"),
        (None, "poster unreadable: its bytes: cannot identify image file"),
        (["poster"], None),
    ]
    assert [row["title"] for row in found] == ["a", "d\ufffdj\ufffd", "c", "d", "e"]
    assert found[2]["plot"] == "d\ufffdj\ufffd"


def test_a_column_of_numbers_for_plots(tagged, tmp_path):
    found = tagged(write(tmp_path / "a.parquet", [{"plot": 1}, {"plot": 2}]))
    assert [told(row) for row in found] == [
        (None, f"field of a wrong type: plot: {n}; allowed: a string or a list of them") for n in (1, 2)
    ]


@pytest.mark.parametrize("where", ["path", "absolute path", "bytes"])
def test_posters_that_cannot_be_decoded_say_the_same_wherever_they_are(tagged, posters, where):
    broken = image_bytes()[:60]
    (posters / "broken.png").write_bytes(broken)
    (posters / "text.png").write_text("no image")
    rows = [
        {"plot": "a", "poster": name if where == "path" else str(posters / name)}
        for name in ("broken.png", "text.png")
    ]
    if where == "bytes":
        rows = [{"plot": "a", "poster": data} for data in (broken, b"no image")]
    found = tagged(write(posters / "a.parquet", rows))
    assert [row["lacking"] for row in found] == [["poster"]] * 2
    named = {"path": ["broken.png", "text.png"], "bytes": ["its bytes"] * 2}.get(
        where, [str(posters / name) for name in ("broken.png", "text.png")]
    )
    for row, name in zip(found, named, strict=True):
        assert row["error"].startswith(f"poster unreadable: {name}: ")
        assert "0x" not in row["error"]


def test_several_errors_of_one_row_are_all_told(tagged, tmp_path):
    found = tagged(write(tmp_path / "a.jsonl", [{"plot": 5, "poster": 6}, {"plot": 5, "poster": "no.png"}]))
    assert found[0]["error"] == (
        "field of a wrong type: plot: 5; allowed: a string or a list of them; "
        "field of a wrong type: poster: 6; allowed: a string"
    )
    assert told(found[1])[0] is None
    assert found[1]["error"].endswith("; poster missing: no.png: No such file or directory")


@pytest.mark.parametrize("inside", ["1", r'"\ud800"'])
def test_nested_too_deeply_for_pythons_own_functions(tagged, tmp_path, inside):
    depths = [99, 100, 200, 900, 985, 2000]
    # the object is a level, too
    lines = [f'{{"plot": "a", "x": {"[" * depth}{inside}{"]" * depth}}}' for depth in depths]
    (tmp_path / "a.jsonl").write_text("\n".join([*lines, '{"plot": "[[[[[[[[" }']))
    found = tagged(tmp_path / "a.jsonl")
    deep = "record is not JSON: nested too deeply; allowed: 100 levels"
    assert [row["error"] for row in found[1:]] == [deep] * 5 + [None]
    assert found[0]["error"] == (None if inside == "1" else "record is not UTF-8: column x")


def test_nothing_as_pandas_writes_it(tagged, posters):
    nothing = float("nan")
    rows = [{"plot": "a", "poster": nothing}, {"plot": nothing, "poster": nothing}]
    (posters / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    neither = "neither plot nor poster: the model reads nothing else"
    assert [told(row) for row in tagged(posters / "a.jsonl")] == [(["poster"], None), (None, neither)]
    table = pa.table({"plot": pa.array([nothing, nothing]), "poster": ["posters/0.png", None]})
    pq.write_table(table, posters / "a.parquet")
    found = tagged(posters / "a.parquet", out=posters / "b.parquet")
    assert [told(row) for row in found] == [(["plot"], None), (None, neither)]


def test_times_that_python_has_not(tagged, tmp_path):
    times = pa.array([2**62, 5], pa.timestamp("ms"))
    odd = pa.array([5, 2**31 - 1], pa.time32("ms"))  # later than a day is long
    pq.write_table(pa.table({"plot": ["a", "b"], "poster": times, "odd": odd}), tmp_path / "a.parquet")
    with pytest.raises((ValueError, OverflowError), match=r"too large|out of|overflow"):
        tagged(tmp_path / "a.parquet")  # as Python's values: the test's own reading
    written = pq.read_table(tmp_path / "out.parquet")
    assert written["poster"].cast(pa.int64()).to_pylist() == [2**62, 5]
    assert written["odd"].combine_chunks().view(pa.int32()).to_pylist() == [5, 2**31 - 1]
    assert written["lacking"].to_pylist() == [["poster"]] * 2
    first, second = written["error"].to_pylist()
    assert first == "field of a wrong type: poster: TimestampType(timestamp[ms]); allowed: a string"
    assert second.startswith("field of a wrong type: poster: datetime.datetime(1970")
