import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cinefuse.corpus.build import build_corpus
from cinefuse.corpus.readers import find_reader
from cinefuse.corpus.record import CorpusRules
from cinefuse.errors import CorpusError

from .conftest import FILMS, image_bytes

SKIP = CorpusRules(skip_faulty=True)


def records():
    return [
        {"id": movie_id, "plot": plot, "poster": f"posters/{movie_id}.png", "genres": genres, "split": split}
        for movie_id, genres, plot, split in FILMS
    ]


@pytest.fixture
def posters(tmp_path):
    (tmp_path / "posters").mkdir()
    for number, (movie_id, *_) in enumerate(FILMS):
        (tmp_path / "posters" / f"{movie_id}.png").write_bytes(image_bytes(number, image_format="PNG"))
    return tmp_path


def write_csv(path, rows, separator=",", join="|".join):
    def quote(value):
        shown = join(value) if isinstance(value, list) else str(value)
        return '"' + shown.replace('"', '""') + '"'

    lines = [separator.join(rows[0]), *(separator.join(map(quote, row.values())) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write(path, rows):
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(map(json.dumps, rows)))
    else:
        write_csv(path, rows, "\t" if path.suffix == ".tsv" else ",")
    return str(path)


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
def test_every_format(posters, suffix):
    corpus = build_corpus(write(posters / f"mine.{suffix}", records()))
    assert {split: [movie.id for movie in movies] for split, movies in corpus.splits.items()} == {
        split: [movie_id for movie_id, *_, its in FILMS if its == split] for split in ("train", "dev", "test")
    }
    assert corpus.name == "mine"
    assert corpus.genres == ("Drama", "Comedy", "Romance", "War")  # by count, then by name
    assert corpus.split("train")[0].genres == ("Drama", "Romance")
    assert corpus.split("train")[0].plot == FILMS[0][2]
    assert corpus.split("train")[0].poster.pixels().shape == (60, 40, 3)
    assert corpus.skipped == {}


@pytest.mark.parametrize("join", ["|".join, ", ".join, "; ".join, json.dumps])
def test_genres_in_one_field(posters, join):
    write_csv(posters / "mine.csv", records(), join=join)
    assert build_corpus(str(posters / "mine.csv")).split("test")[0].genres == ("Drama", "Comedy")


def test_columns_of_other_names(posters):
    rows = [
        {"tconst": row["id"], "overview": row["plot"], "labels": row["genres"], "fold": row["split"]}
        for row in records()
    ]
    source = write(posters / "mine.csv", rows)
    with pytest.raises(
        CorpusError, match=r"no column id, genres, plot \(or poster\); the table has: tconst, overview"
    ):
        build_corpus(source)
    columns = {"id": "tconst", "plot": "overview", "genres": "labels", "split": "fold"}
    corpus = build_corpus(source, CorpusRules(columns=columns))
    assert len(corpus.split("train")) == 4
    assert corpus.skipped == {"poster missing": 8}


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"plott": "plot"}, "--column plott=plot: no column of ours; allowed: id, title, year, plot"),
        ({"plot": "overview"}, "--column plot=overview: no column 'overview'; the table has: id, plot"),
    ],
)
def test_columns_that_do_not_exist(posters, columns, message):
    with pytest.raises(CorpusError, match=message):
        build_corpus(write(posters / "mine.csv", records()), CorpusRules(columns=columns))


@pytest.mark.parametrize("name", ["id", "genres"])
def test_a_needed_column_that_is_missing(posters, name):
    rows = [{key: value for key, value in row.items() if key != name} for row in records()]
    with pytest.raises(CorpusError, match=f"no column {name}; the table has: .*--column {name}=NAME"):
        build_corpus(write(posters / "mine.csv", rows))


def test_posters_alone_are_enough(posters):
    rows = [{key: row[key] for key in ("id", "poster", "genres", "split")} for row in records()]
    assert build_corpus(write(posters / "mine.parquet", rows)).skipped == {"plot missing": 8}


def test_posters_as_bytes_in_parquet(tmp_path):
    rows = [
        row | {"poster": {"bytes": image_bytes(number), "path": None}} for number, row in enumerate(records())
    ]
    corpus = build_corpus(write(tmp_path / "mine.parquet", rows))
    assert corpus.split("dev")[0].poster.pixels().shape == (60, 40, 3)


def test_a_poster_whose_file_is_missing_is_counted(posters):
    (posters / "posters" / "0000001.png").unlink()
    assert build_corpus(write(posters / "mine.csv", records())).skipped == {"poster missing": 1}


@pytest.mark.parametrize(
    ("given", "split"), [("val", "dev"), ("Validation", "dev"), ("valid", "dev"), (" TEST ", "test")]
)
def test_names_of_splits(posters, given, split):
    rows = records()
    rows[0]["split"] = given
    assert rows[0]["id"] in {movie.id for movie in build_corpus(write(posters / "m.csv", rows)).split(split)}


def test_an_unknown_split(posters):
    rows = records()
    rows[1]["split"] = "holdout"
    source = write(posters / "mine.csv", rows)
    with pytest.raises(
        CorpusError, match=r"mine\.csv row 2: unknown split: holdout; allowed: train, dev, test"
    ):
        build_corpus(source)
    assert build_corpus(source, SKIP).skipped == {"unknown split": 1}


def test_duplicate_ids(posters):
    rows = [*records(), records()[0]]
    source = write(posters / "mine.csv", rows)
    with pytest.raises(CorpusError, match=r"row 9: duplicate id: 0000001 \(train\) is also mine\.csv row 1"):
        build_corpus(source)
    corpus = build_corpus(source, SKIP)
    assert corpus.skipped == {"duplicate id": 1}
    assert len(corpus.split("train")) == 4


def test_a_movie_in_two_splits(posters):
    source = write(posters / "mine.csv", [*records(), records()[0] | {"split": "test"}])
    with pytest.raises(
        CorpusError, match=r"movie in two splits: 0000001 \(test\) is also mine.csv row 1 \(train\)"
    ):
        build_corpus(source)
    assert build_corpus(source, SKIP).skipped == {"movie in two splits": 1}


def test_a_row_without_id(posters):
    rows = records()
    rows[2]["id"] = " "
    with pytest.raises(CorpusError, match="row 3: id missing"):
        build_corpus(write(posters / "mine.csv", rows))


def test_csv_that_is_not_utf8(posters):
    path = posters / "mine.csv"
    path.write_bytes(b"id,plot,genres\n1,a,Drama\n2,caf\xe9 noir,Drama\n")
    with pytest.raises(CorpusError, match=r"mine\.csv: line 3, byte 30: not UTF-8 .*save the table as UTF-8"):
        build_corpus(str(path))


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_a_place_that_is_not_utf8_is_found_far_into_the_file(posters, suffix):
    path = posters / f"mine.{suffix}"
    whole = write(
        path, [row | {"id": f"{number}-{row['id']}"} for number in range(2_000) for row in records()]
    )
    before = path.read_bytes()
    path.write_bytes(before.rstrip(b"\n") + b"\n\xe9")
    line, byte = before.rstrip(b"\n").count(b"\n") + 2, len(before.rstrip(b"\n")) + 1
    with pytest.raises(
        CorpusError, match=rf"mine\.{suffix}: line {line}, byte {byte}: not UTF-8 \(unexpected end"
    ):
        build_corpus(whole)


def test_csv_row_of_a_wrong_length(posters):
    path = posters / "mine.csv"
    path.write_text("id,plot,genres\n1,a,Drama\n2,b\n")
    with pytest.raises(CorpusError, match=r"mine\.csv line 3: row of a wrong length: 2 fields; allowed: 3"):
        build_corpus(str(path))


def test_csv_with_an_open_quote(posters):
    path = posters / "mine.csv"
    path.write_text('id,plot,genres\n1,"a,Drama\n')
    with pytest.raises(CorpusError, match=r"mine\.csv: line 2: unexpected end of data"):
        build_corpus(str(path))


def test_csv_with_byte_order_mark_and_lines_in_a_plot(posters):
    rows = records()
    rows[0]["plot"] = "First line.\r\nSecond, line."
    write(posters / "mine.csv", rows)
    (posters / "mine.csv").write_bytes(b"\xef\xbb\xbf" + (posters / "mine.csv").read_bytes())
    assert build_corpus(str(posters / "mine.csv")).split("train")[0].plot == "First line.\r\nSecond, line."


@pytest.mark.parametrize("content", ["", "id,plot,genres\n"])
def test_empty_tables(posters, content):
    (posters / "mine.csv").write_text(content)
    with pytest.raises(CorpusError, match=r"the table has: no columns|no movie in it can be read"):
        build_corpus(str(posters / "mine.csv"))


def test_json_lines_with_a_broken_line(posters):
    path = posters / "mine.jsonl"
    write(path, records())
    path.write_text(path.read_text() + '\n{"id": \n')
    with pytest.raises(CorpusError, match=r"mine\.jsonl line 9: record is not JSON"):
        build_corpus(str(path))


def test_parquet_that_is_none(posters):
    (posters / "mine.parquet").write_bytes(b"PAR1 not at all")
    with pytest.raises(CorpusError, match="not a Parquet file, or a damaged one"):
        build_corpus(str(posters / "mine.parquet"))


def not_utf8(*values):
    """A column of text that a careless writer made: pyarrow takes the bytes as they are."""
    joined, ends = b"".join(values), np.cumsum([0, *map(len, values)], dtype=np.int32)
    return pa.Array.from_buffers(
        pa.string(), len(values), [None, pa.py_buffer(ends.tobytes()), pa.py_buffer(joined)]
    )


@pytest.mark.parametrize("nested", [False, True])
def test_parquet_that_is_not_utf8(tmp_path, nested):
    words = not_utf8(b"fine", "caf\u00e9".encode(), "caf\u00e9".encode("latin1"))
    words = pa.ListArray.from_arrays([0, 1, 2, 3], words) if nested else words
    ids, genres = ["1", "2", "3"], ["Drama"] * 3
    pq.write_table(pa.table({"id": ids, "plot": words, "genres": genres}), tmp_path / "mine.parquet")
    with pytest.raises(
        CorpusError,
        match=r"mine\.parquet: row 3, column plot: not UTF-8 \(.*\); allowed: .*; mend the column",
    ):
        build_corpus(str(tmp_path / "mine.parquet"), SKIP)


def test_parquet_with_a_damaged_page(tmp_path):
    path = tmp_path / "mine.parquet"
    write(path, records())
    content = bytearray(path.read_bytes())
    content[4:40] = b"\xff" * 36  # the head of the first page; the footer is whole
    path.write_bytes(content)
    with pytest.raises(
        CorpusError, match=r"(?s)mine\.parquet: after row 0: damaged.*; allowed: .*; fetch or write it again"
    ):
        build_corpus(str(path), SKIP)


def test_parquet_with_a_year_that_python_has_not(tmp_path):
    columns = {"id": ["1"], "plot": ["a"], "genres": ["Drama"], "seen": pa.array([2**30], pa.date32())}
    pq.write_table(pa.table(columns), tmp_path / "mine.parquet")
    with pytest.raises(CorpusError, match=r"mine\.parquet: after row 0: .*values that Python has not"):
        build_corpus(str(tmp_path / "mine.parquet"))


def test_years_of_pandas(posters):
    rows = [row | {"year": 1980.0 if number else float("nan")} for number, row in enumerate(records())]
    train = build_corpus(write(posters / "mine.parquet", rows)).split("train")
    assert [movie.year for movie in train] == [None, 1980, 1980, 1980]


def test_a_table_without_genres(posters):
    rows = [row | {"genres": ""} for row in records()]
    with pytest.raises(CorpusError, match="no movie has a genre"):
        build_corpus(write(posters / "mine.csv", rows))


def test_a_year_as_pandas_writes_it_is_a_year(tmp_path):
    (tmp_path / "films.csv").write_text("id,plot,genres,year\na,one two,Drama,1983.0\nb,three,Drama,\n")
    source = str(tmp_path / "films.csv")
    reading = find_reader(source).read(source, {})
    assert [movie.year for movie in reading.entries] == [1983, None]


def test_a_part_that_no_column_has_is_noted(tmp_path):
    rows = [
        {"id": str(number), "genres": ["Drama"], "overview": "a plot", "poster_path": "x.png"}
        for number in range(12)
    ]
    source = write(tmp_path / "films.jsonl", rows)
    corpus = build_corpus(source, CorpusRules(columns={"plot": "overview"}))
    (note,) = (note for note in corpus.notes if "poster" in note)
    assert note == (
        "no film has a poster: films.jsonl has no column 'poster'; it has: id, genres, overview, "
        "poster_path; to name one: --column poster=NAME"
    )
