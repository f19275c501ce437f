"""Every kind of table there and back: the same rows, in order, with all their columns and their types."""

import datetime as dt
import decimal
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cinefuse import progress
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import FilePoster
from cinefuse.errors import CorpusError, RunError, SettingsError
from cinefuse.tagging import TagSettings, tag

from .conftest import GENRES, FakePredictor, films, image_bytes, write

KINDS = ["csv", "tsv", "jsonl", "parquet"]


def own(rows):
    written = {"predicted_genres", "probabilities", "lacking", "error"}
    return [{name: value for name, value in row.items() if name not in written} for row in rows]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_there_and_back(tagged, posters, kind):
    rows = films(11)
    found = tagged(write(posters / f"films.{kind}", rows))
    if kind in {"csv", "tsv"}:
        rows = [{name: str(value) for name, value in row.items()} for row in rows]
    assert own(found) == rows
    for row in found:
        movie = Movie("", row["plot"].strip(), FilePoster(posters / row["poster"]))
        (expected,) = FakePredictor().predict([movie])
        assert row["predicted_genres"] == list(expected.genres)
        assert row["probabilities"] == expected.probabilities
        assert (row["lacking"], row["error"]) == ([], None)


def test_all_kinds_say_the_same(tagged, posters):
    told = [
        [
            row["probabilities"]
            for row in tagged(write(posters / f"a.{kind}", films(9)), out=posters / f"{kind}.parquet")
        ]
        for kind in KINDS
    ]
    assert told[1:] == told[:-1]


def test_what_is_written_has_these_types(tagged, posters):
    tagged(write(posters / "films.csv", films(3)))
    schema = pq.read_schema(posters / "out.parquet")
    assert schema.field("predicted_genres").type == pa.list_(pa.string())
    assert schema.field("probabilities").type == pa.struct([(genre, pa.float64()) for genre in GENRES])
    assert schema.field("lacking").type == pa.list_(pa.string())
    assert schema.field("error").type == pa.string()


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "ending"])
def test_lines_end_as_they_will(tagged, tmp_path, ending, last):
    text = ending.join(
        ['\ufeff"plot","x"', '"a\nb\r\nc","1"', "", "plain,2", 'it is 5" long,3', '"say ""no""",4']
    )
    (tmp_path / "a.csv").write_bytes((text + (ending if last else "")).encode())
    found = tagged(tmp_path / "a.csv", chunk_rows=1)
    assert own(found) == [
        {"plot": "a\nb\r\nc", "x": "1"},
        {"plot": "plain", "x": "2"},
        {"plot": 'it is 5" long', "x": "3"},
        {"plot": 'say "no"', "x": "4"},
    ]
    assert not any(row["error"] for row in found)


def test_records_longer_than_what_is_read_at_once(tagged, tmp_path):
    rows = [{"plot": f'{number} "' + "word, \n" * 250_000} for number in range(3)]
    assert own(tagged(write(tmp_path / "a.csv", rows))) == rows


def test_a_table_without_rows(tagged, tmp_path):
    (tmp_path / "a.csv").write_text("plot,title\n")
    assert tagged(tmp_path / "a.csv") == []
    assert pq.read_schema(tmp_path / "out.parquet").names[:2] == ["plot", "title"]


def test_json_values_get_the_simplest_type_that_holds_them(tagged, tmp_path):
    rows = [
        {
            "plot": "a",
            "yes": True,
            "n": 1,
            "x": 1,
            "big": 2**60,
            "huge": 2**80,
            "l": ["é"],
            "d": {"a": [1]},
            "m": "t",
        },
        {"plot": "b", "n": None, "x": 2.5, "big": 1, "huge": 1, "l": [], "d": None, "m": 7, "late": None},
    ]
    found = own(tagged(write(tmp_path / "a.jsonl", rows)))
    assert found == [
        rows[0] | {"huge": str(2**80), "d": '{"a": [1]}', "late": None},
        rows[1] | {"yes": None, "huge": "1", "m": "7"},
    ]
    assert pq.read_schema(tmp_path / "out.parquet").field("n").type == pa.int64()


def test_parquet_keeps_types(tagged, tmp_path):
    table = pa.table(
        {
            "plot": pa.array(["a", "b", None, "d", "e"], pa.large_string()),
            "kind": pa.array(["x", "y", "x", None, "y"]).dictionary_encode(),
            "seen": pa.array([dt.datetime(2020, 1, n + 1) for n in range(5)], pa.timestamp("ns", "UTC")),
            "score": pa.array([1, 2, 3, 4, 5], pa.decimal128(5, 2)),
            "cast": pa.array([[{"name": "A", "n": 1}], [], None, [], []]),
            "small": pa.array([1, 2, 3, 4, None], pa.int8()),
            "nothing": pa.nulls(5),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=3)
    tagged(tmp_path / "a.parquet", chunk_rows=2)
    written = pq.read_table(tmp_path / "out.parquet").select(table.column_names)
    assert written.schema == table.schema
    assert written.to_pylist() == table.to_pylist()


@pytest.mark.parametrize(
    "poster",
    [
        image_bytes,
        lambda number: {"bytes": image_bytes(number), "path": None},
        lambda number: {"bytes": None, "path": f"posters/{number}.png"},
    ],
)
def test_posters_as_bytes_and_as_datasets_exports_them(tagged, posters, poster):
    paths = tagged(write(posters / "paths.parquet", [{"poster": f"posters/{n}.png"} for n in range(3)]))
    rows = [{"poster": poster(number)} for number in range(3)]
    found = tagged(write(posters / "b.parquet", rows), out=posters / "b-out.parquet")
    assert own(found) == rows
    assert [row["probabilities"] for row in found] == [row["probabilities"] for row in paths]
    assert [row["lacking"] for row in found] == [["plot"]] * 3


def test_many_files_and_folders_of_them(tagged, posters):
    (posters / "more").mkdir()
    rows = films(10)
    write(posters / "more" / "b.jsonl", rows[6:])
    write(posters / "more" / "a.parquet", rows[3:6])
    (posters / "more" / "readme.txt").write_text("no table")
    found = tagged(write(posters / "z.jsonl", rows[:3]), posters / "more", posters=posters)
    assert own(found) == rows
    assert not any(row["error"] for row in found)


def test_tables_of_other_columns_are_refused(tagged, tmp_path):
    a = write(tmp_path / "a.csv", [{"plot": "a", "year": 1}])
    with pytest.raises(CorpusError, match=r"b.csv: has no column 'year', and .*a.csv has; allowed"):
        tagged(a, write(tmp_path / "b.csv", [{"plot": "a"}]))
    with pytest.raises(CorpusError, match=r"c.parquet: its columns are of other types than those of .*year"):
        tagged(a, write(tmp_path / "c.parquet", [{"plot": "a", "year": 1}]))
    other_order = write(tmp_path / "d.csv", [{"year": 2, "plot": "b"}])
    assert own(tagged(a, other_order)) == [{"plot": "a", "year": "1"}, {"plot": "b", "year": "2"}]


def test_types_that_hold_both(tagged, tmp_path):
    a = write(tmp_path / "a.parquet", [{"plot": "a", "year": None}])
    b = write(tmp_path / "b.parquet", [{"plot": "b", "year": 2000}])
    assert [row["year"] for row in tagged(a, b)] == [None, 2000]


def test_json_lines_in_many_files_are_as_in_one(tagged, tmp_path):
    rows = [
        {"plot": "a", "n": 2**53 + 1, "i": 1, "b": 1, "t": 5, "late": None},
        {"plot": ["b", "longer"], "n": 1.5, "i": 2.5, "b": True, "t": "tt5"},
        {"plot": "c", "n": None, "new": [1]},
    ]
    together = own(tagged(write(tmp_path / "all.jsonl", rows)))
    files = [write(tmp_path / f"{number}.jsonl", [row]) for number, row in enumerate(rows)]
    assert own(tagged(*files, out=tmp_path / "many.parquet")) == together
    assert [row["n"] for row in together] == [str(2**53 + 1), "1.5", None]
    assert [row["plot"] for row in together] == ["a", '["b", "longer"]', "c"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.array([2**60 + 1]), pa.array([1.5])),
        (pa.array([2**63], pa.uint64()), pa.array([-1])),
        (pa.array([2**62], pa.timestamp("ms")), pa.array([5], pa.timestamp("us"))),
        (pa.array([decimal.Decimal("0.1")]), pa.array([1.5])),
        (pa.array([[2**60 + 1]]), pa.array([[1.5]])),
        (pa.array([{"x": 2**60 + 1}]), pa.array([{"x": 1.5}])),
    ],
    ids=lambda column: str(column.type),
)
@pytest.mark.parametrize("turned", [False, True])
def test_types_that_would_not_hold_both_are_refused_at_once(tagged, tmp_path, one, other, turned):
    for name, column in (("a", one), ("b", other)):
        pq.write_table(pa.table({"plot": ["a"], "x": column}), tmp_path / f"{name}.parquet")
    tables = [tmp_path / "a.parquet", tmp_path / "b.parquet"][:: -1 if turned else 1]
    told = r"\.parquet: its column 'x' is .*, and in all tables together it would be .*does not hold all"
    with pytest.raises(CorpusError, match=told + ".* of its values; write them in the same types, or tag"):
        tagged(*tables)
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.array([2**31 - 1], pa.int32()), pa.array([2**60 + 1])),
        (pa.array([2**31 - 1], pa.int32()), pa.array([0.1])),
        (pa.array([0.5], pa.float32()), pa.array([0.1])),
        (pa.array([decimal.Decimal("0.1")]), pa.array([decimal.Decimal("1000.01")])),
        (pa.array(["a"]), pa.array(["b"], pa.large_string())),
        (pa.array(["a"]).dictionary_encode(), pa.array(["b"]).dictionary_encode()),
        (pa.array([["a"]]), pa.array([["b"]], pa.large_list(pa.string()))),
        (pa.array([{"bytes": b"a", "path": None}]), pa.array([{"bytes": None, "path": "b"}])),
        (pa.array([dt.date(2020, 1, 1)]), pa.nulls(1)),
    ],
    ids=lambda column: str(column.type),
)
def test_types_of_which_one_holds_the_other(tagged, tmp_path, one, other):
    for name, column in (("a", one), ("b", other)):
        pq.write_table(pa.table({"plot": ["a"], "x": column}), tmp_path / f"{name}.parquet")
    found = tagged(tmp_path / "a.parquet", tmp_path / "b.parquet")
    assert [row["x"] for row in found] == one.to_pylist() + other.to_pylist()


def test_columns_by_other_names(tagged, posters, predictor):
    rows = [{"overview": row["plot"], "image": row["poster"]} for row in films(3)]
    table = write(posters / "a.csv", rows)
    with pytest.raises(
        CorpusError, match=r"no column plot or poster, .*has: overview, image; .*--column plot=NAME"
    ):
        tagged(table)
    with pytest.raises(
        CorpusError,
        match=r"--column title=overview: no column of ours; allowed: plot, poster, director, cast",
    ):
        tagged(table, columns={"title": "overview"})
    with pytest.raises(
        CorpusError, match=r"--column plot=text: no column 'text'; the table has: overview, image"
    ):
        tagged(table, columns={"plot": "text"})
    with pytest.raises(CorpusError, match=r"--column id=image: no column of ours"):
        tagged(table, columns={"id": "image"})
    found = tagged(table, columns={"plot": "overview", "poster": "image"})
    assert own(found) == rows
    assert [row["lacking"] for row in found] == [[], [], []]


def test_what_the_model_does_not_read_is_not_needed(tagged, tmp_path, predictor):
    predictor.reads = ("plot",)
    found = tagged(write(tmp_path / "a.csv", [{"plot": "a", "poster": "none.png"}]))
    assert (found[0]["error"], found[0]["lacking"]) == (None, [])
    predictor.reads = ("poster",)
    with pytest.raises(CorpusError, match=r"no column poster, and the model reads nothing else"):
        tagged(write(tmp_path / "b.csv", [{"plot": "a"}]), out=tmp_path / "b.parquet")


@pytest.mark.parametrize("kind", KINDS)
def test_people_are_read_by_a_model_that_knows_some(tagged, tmp_path, predictor, kind):
    predictor.knows_people = True
    rows = [
        {"plot": "a", "made_by": "Ada Sample", "cast": "Bea Nobody, Cy"},
        {"plot": "a", "made_by": '["Ada Sample"]', "cast": "Bea Nobody|Cy"},
        {"plot": "a", "made_by": "", "cast": ""},
    ]
    found = tagged(write(tmp_path / f"a.{kind}", rows), columns={"director": "made_by"})
    expected = predictor.predict(
        [
            *[Movie("", "a", director=("Ada Sample",), cast=("Bea Nobody", "Cy"))] * 2,
            Movie("", "a"),
        ]
    )
    assert [row["probabilities"] for row in found] == [one.probabilities for one in expected]
    assert found[0]["probabilities"] != found[2]["probabilities"]
    assert own(found) == rows


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_people_may_be_lists(tagged, tmp_path, predictor, kind):
    predictor.knows_people = True
    rows = [{"plot": "a", "director": ["Ada, the First"], "cast": ["Bea", "Cy"]}, {"plot": "a", "cast": None}]
    if kind == "parquet":
        rows[1]["director"] = None
    (first, second) = tagged(write(tmp_path / f"a.{kind}", rows))
    told = predictor.predict(
        [Movie("", "a", director=("Ada, the First",), cast=("Bea", "Cy")), Movie("", "a")]
    )
    assert [first["probabilities"], second["probabilities"]] == [one.probabilities for one in told]


def test_rows_with_people_that_the_model_knows_are_counted(tmp_path, predictor, run):
    rows = [{"plot": "a", "cast": names} for names in ("Bea", "Nobody", "Bea, Nobody", "", "Cy")]
    for knows, counted in ((False, None), (True, 3)):
        predictor.knows_people = knows
        table = write(tmp_path / f"{knows}.csv", rows)
        outcome = tag([table], run, tmp_path / f"{knows}.parquet", TagSettings(chunk_rows=2))
        assert outcome.counts.people == counted


def test_people_of_a_wrong_type_are_told_and_the_film_is_scored_without(tagged, tmp_path, predictor):
    rows = [{"plot": "a", "cast": 7}]
    assert tagged(write(tmp_path / "a.jsonl", rows))[0]["error"] is None  # nobody reads them
    predictor.knows_people = True
    (row,) = tagged(write(tmp_path / "b.jsonl", rows), out=tmp_path / "b.parquet")
    assert row["error"] == "field of a wrong type: cast: 7; allowed: a string or a list of them"
    assert row["probabilities"] == predictor.predict([Movie("", "a")])[0].probabilities


def test_a_table_without_people_is_tagged_with_a_note(tagged, tmp_path, predictor, capsys, monkeypatch):
    monkeypatch.setattr(progress._State, "shown", True)
    table = write(tmp_path / "a.csv", [{"plot": "a"}])
    tagged(table)
    assert "who made films" not in capsys.readouterr().err
    predictor.knows_people = True
    tagged(table, out=tmp_path / "b.parquet")
    told = capsys.readouterr().err
    for name in ("director", "cast"):
        assert f"no column {name!r}, and the model knows who made films" in told


@pytest.mark.parametrize("name", ["predicted_genres", "probabilities", "lacking", "error"])
@pytest.mark.parametrize("kind", KINDS)
def test_names_that_are_taken(tagged, tmp_path, name, kind):
    with pytest.raises(CorpusError, match=f"has a column '{name}', which is what .*give it another name"):
        tagged(write(tmp_path / f"a.{kind}", [{"plot": "a", name: "b"}]))


def test_tables_that_are_none(tagged, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "twice.csv").write_text("plot,plot\na,b\n")
    (tmp_path / "latin.csv").write_bytes("plot,ann\xe9e\na,b\n".encode("latin-1"))
    (tmp_path / "damaged.parquet").write_bytes(b"PAR1 no")
    (tmp_path / "empty.csv").write_text("")
    for name, message in {
        "none.csv": "no such file; allowed",
        "folder": "no table in this folder; allowed: .csv, .tsv, .jsonl, .parquet",
        "a.txt": "no kind of table that is known; allowed",
        "twice.csv": "has 2 columns 'plot'; allowed: one",
        "latin.csv": "the names of its columns are not UTF-8 .*; save the table as UTF-8",
        "damaged.parquet": "not a Parquet file, or a damaged one",
        "empty.csv": "the table has: no columns",
    }.items():
        with pytest.raises(CorpusError, match=f"{name}: .*{message}"):
            tagged(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir() if "out" in path.name) == []


def test_settings_that_make_no_sense(predictor, run, tmp_path):
    table = write(tmp_path / "a.csv", [{"plot": "a"}])
    with pytest.raises(RunError, match=r"allowed: a name that ends in \.parquet"):
        tag([table], run, tmp_path / "out.csv")
    with pytest.raises(SettingsError, match="--workers is of --engine ray"):
        tag([table], run, tmp_path / "out.parquet", TagSettings(workers=2))
    with pytest.raises(CorpusError, match="no such folder; allowed: the folder of the posters"):
        tag([table], run, tmp_path / "out.parquet", TagSettings(posters=tmp_path / "none"))


@pytest.mark.parametrize("again", ["a.csv", "sub/../a.csv", "link.csv", "sub"])
def test_a_table_given_twice(predictor, run, tmp_path, again):
    table = write(tmp_path / "a.csv", [{"plot": "a"}])
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.csv").symlink_to(table)
    (tmp_path / "sub" / "b.csv").symlink_to(table)
    for tables in ([table, tmp_path / again], [table, table]):
        with pytest.raises(CorpusError, match=r"given twice, before as .*a\.csv; give every table once"):
            tag(tables, run, tmp_path / "out.parquet")


def test_a_link_to_a_name_without_a_kind(tagged, posters):
    """As the cache of Hugging Face has them: the link's name tells the kind, and posters are beside it."""
    (posters / "blobs").mkdir()
    write(posters / "films.csv", films(3)).rename(posters / "blobs" / "0af3")
    (posters / "films.csv").symlink_to(posters / "blobs" / "0af3")
    assert [row["error"] for row in tagged(posters / "films.csv")] == [None] * 3


def test_metadata_of_other_tools_stays(tagged, tmp_path):
    told = {"info": json.dumps({"features": {}})}
    table = pa.table({"plot": ["a"]}).replace_schema_metadata(told)
    pq.write_table(table, tmp_path / "a.parquet")
    tagged(tmp_path / "a.parquet")
    metadata = pq.read_schema(tmp_path / "out.parquet").metadata
    assert metadata[b"info"] == told["info"].encode()
    assert json.loads(metadata[b"cinefuse"])["counts"]["rows"] == 1
