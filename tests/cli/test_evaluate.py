"""`evaluate` on a corpus from elsewhere, with other genres."""

import json

import pytest


@pytest.fixture
def foreign(tmp_path):
    rows = ["id,plot,genres,split", "a,wedding joke neighbour,Funny,test", "b,mother letter,Drama|News,test"]
    path = tmp_path / "foreign.csv"
    path.write_text("\n".join([*rows, "c,cellar blood,Drama,train", "d,old house,Drama,dev"]) + "\n")
    return path


def test_genres_that_the_run_does_not_know_are_told(invoke, tiny_run, foreign):
    code, _, said = invoke("evaluate", tiny_run, "--corpus", foreign)
    assert code == 2
    assert "the run knows no Funny, News" in said
    assert "`--genre THEIRS=OURS`" in said


def test_genres_are_mapped_and_what_is_dropped_is_told(invoke, tiny_run, foreign, tmp_path):
    options = ("--genre", "Funny=Comedy", "--genre", "News=", "--json", tmp_path / "told.json")
    code, _, said = invoke("evaluate", tiny_run, "--corpus", foreign, *options)
    assert code == 0, said
    assert "genre dropped: News: 1" in said
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["corpus"]["movies"] == 2
    assert told["corpus"]["genres"] == ["Drama", "Comedy", "Horror"]
    assert {name: own["support"] for name, own in told["per_genre"].items()} == {
        "Drama": 1,
        "Comedy": 1,
        "Horror": 0,
    }


def test_films_that_the_run_may_have_seen_are_left_out(invoke, tiny_run, foreign, tmp_path):
    known = tmp_path / "known.csv"
    known.write_text(
        "id,plot,genres\na,one,Drama\n" + "".join(f"x{number},two,Drama\n" for number in range(12))
    )
    options = ("--genre", "Funny=Comedy", "--genre", "News=", "--without", known)
    code, out, said = invoke("evaluate", tiny_run, "--corpus", foreign, *options)
    assert code == 0, said
    assert "in the other corpus too: 1" in said
    assert "on 1 test films of" in out
