"""A source is gone through twice: what is decided in the first pass, what comes of it in the second."""

import csv
import tracemalloc
from dataclasses import replace

import pytest

from cinefuse.corpus import labels as labels_module
from cinefuse.corpus import survey as survey_module
from cinefuse.corpus.corpus import open_corpus
from cinefuse.corpus.movie import Reading, SourceMovie
from cinefuse.corpus.record import DEFAULT_RULES, CorpusRules
from cinefuse.corpus.store import write_store
from cinefuse.corpus.survey import survey
from cinefuse.errors import CorpusError

COLUMNS = ("id", "plot", "genres")


def write_table(path, rows, columns=COLUMNS):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def rows(count, words=3):
    return (
        (f"f{number}", "word " * words, ("Drama", "Drama|War", "Comedy|News")[number % 3])
        for number in range(count)
    )


def stored(folder):
    """Every file of a store but for the key under which `datasets` caches."""
    return {
        path.relative_to(folder): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "state.json"
    }


@pytest.mark.parametrize("rule", ["stratified", "random"])
def test_a_streamed_corpus_is_stored_as_one_in_memory_is(tmp_path, rule):
    rules = CorpusRules(split=rule, min_words=2)
    source = write_table(
        tmp_path / "films.csv", [*rows(500), ("short", "word", "Drama"), ("none", "a b", "")]
    )
    for name, in_memory in (("held", True), ("read", False)):
        write_store(open_corpus(source, rules, in_memory=in_memory), tmp_path / name)
    assert stored(tmp_path / "held") == stored(tmp_path / "read")
    assert open_corpus(tmp_path / "read").skipped["no genre"] == 1


def test_the_embedded_catalogue_is_stored_either_way_alike(tmp_path):
    for name, in_memory in (("held", True), ("read", False)):
        write_store(open_corpus("embedded", in_memory=in_memory), tmp_path / name, 16)
    assert stored(tmp_path / "held") == stored(tmp_path / "read")


def test_the_movies_of_a_streamed_split(tmp_path):
    source = write_table(tmp_path / "films.csv", rows(40))
    held, read = (open_corpus(source, in_memory=in_memory).split("dev") for in_memory in (True, False))
    assert list(read) == list(read) == list(held)
    assert (read[0], read[-1], read[1:3]) == (held[0], held[-1], list(held[1:3]))
    with pytest.raises(IndexError):
        read[len(held)]


def test_genres_that_a_split_lacks_are_named_alike(tmp_path):
    told = [(f"f{number}", "a plot", "Drama", "train" if number else "test") for number in range(9)]
    source = write_table(tmp_path / "f.csv", [*told, ("w", "b", "War", "train")], (*COLUMNS, "split"))
    held, read = (open_corpus(source, in_memory=in_memory) for in_memory in (True, False))
    assert held == replace(read, splits=held.splits)
    assert "split test has no movie of: War" in read.notes


def test_a_source_that_changes_between_the_passes(tmp_path):
    source = write_table(tmp_path / "films.csv", rows(20))
    corpus = open_corpus(source, in_memory=False)
    for changed in (list(rows(19)), [*rows(20), ("one", "more", "War")], [("other", "b", "War"), *rows(19)]):
        write_table(source, changed)
        with pytest.raises(CorpusError, match=r"films\.csv: it changed while it was read; try again"):
            list(corpus.movies())


def test_ids_whose_keys_are_the_same_are_told_apart(monkeypatch):
    """As good as never with 64 bits; so with a key that is the same for all."""
    monkeypatch.setattr(survey_module, "hash", lambda _: 7, raising=False)
    reading = Reading(
        "x", [SourceMovie(name, f"row {place}", genres=("Drama",)) for place, name in enumerate("abac")]
    )
    found, entries = survey(reading, DEFAULT_RULES)
    assert len(found) == 3
    assert found.faults.reasons == {"duplicate id": 1}
    assert found.faults.first[0].detail.startswith("a (no split) is also row 0")
    assert [entry.where for entry in entries if isinstance(entry, SourceMovie)] == ["row 0", "row 1", "row 3"]


def test_of_many_faults_ten_are_named_and_all_are_counted(tmp_path):
    source = write_table(tmp_path / "films.csv", [*rows(30), *rows(25)])
    with pytest.raises(CorpusError, match=r"25 faulty of 55:") as caught:
        open_corpus(source)
    assert str(caught.value).count("duplicate id") == 10
    assert "films.csv row 31: duplicate id: f0 (no split) is also films.csv row 1 (no split)" in str(
        caught.value
    )
    assert "and 15 more" in str(caught.value)


def test_a_streamed_source_is_never_in_memory(tmp_path):
    source = write_table(tmp_path / "films.csv", rows(4_000, words=500))  # 10 MB of plots
    list(open_corpus(source, in_memory=False).movies())  # whatever is imported
    tracemalloc.start()
    assert sum(1 for _ in open_corpus(source, in_memory=False).movies()) == 4_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_500_000


@pytest.mark.parametrize("rule", ["random", "stratified"])
def test_genres_looked_at_in_portions_are_the_same(tmp_path, monkeypatch, rule):
    source = write_table(tmp_path / "films.csv", [*rows(200), ("none", "a b", ""), ("x", "a", "War")])
    rules = CorpusRules(split=rule, genres=("War", "News", "Drama"))
    whole = open_corpus(source, rules)
    monkeypatch.setattr(labels_module, "MOVIES_AT_ONCE", 7)
    assert open_corpus(source, rules) == whole
    assert whole.skipped == {"genre not used: Comedy": 66, "no genre": 1, "poster missing": 201}
