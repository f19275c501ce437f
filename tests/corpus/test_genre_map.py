"""Films from elsewhere by a run's genres: what becomes of each, and what is refused."""

from dataclasses import replace

import pytest

from cinefuse.corpus.genre_map import parse_genre_map, with_genres_mapped
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.errors import CorpusError

OURS = ("Drama", "Comedy", "Horror")


@pytest.fixture
def theirs():
    films = [
        Movie("tt0000001", plot="one", genres=("Comedy", "Scary")),
        Movie("2", plot="two", genres=("News",)),
        Movie("3", plot="three", genres=("News", "Drama")),
        Movie("4", plot="four", genres=("Scary",)),
    ]
    return Corpus("theirs", ("Comedy", "News", "Scary", "Drama"), {"test": films}, "longest", "own", {"a": 1})


def test_genres_are_renamed_dropped_and_kept(theirs):
    mapped = with_genres_mapped(theirs, "test", OURS, {"Scary": "Horror", "News": None})
    found = {movie.id: movie.genres for movie in mapped.split("test")}
    assert found == {"tt0000001": ("Comedy", "Horror"), "3": ("Drama",), "4": ("Horror",)}
    assert mapped.genres == OURS
    assert mapped.skipped == {"a": 1, "genre dropped: News": 2, "no genre left": 1}


def test_films_of_the_other_corpus_are_left_out(theirs):
    known = Corpus("ours", OURS, {"train": [Movie("0000001", plot="x")]}, "longest", "own")
    mapped = with_genres_mapped(theirs, "test", OURS, {"Scary": "Horror", "News": None}, known)
    assert [movie.id for movie in mapped.split("test")] == ["3", "4"]
    assert mapped.skipped["in the other corpus too"] == 1


def test_no_film_in_common_is_told_too(theirs):
    other = Corpus("ours", OURS, {"train": [Movie("77", plot="x")]}, "longest", "own")
    mapped = with_genres_mapped(theirs, "test", OURS, {"Scary": "Horror", "News": None}, other)
    assert mapped.skipped["in the other corpus too"] == 0


def test_a_genre_that_the_corpus_was_built_without_may_be_dropped(theirs):
    built = replace(theirs, skipped={"genre not used: Adult": 4})
    mapped = with_genres_mapped(built, "test", OURS, {"Scary": "Horror", "News": None, "Adult": None})
    assert len(mapped.split("test")) == 3


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        (
            {"Scary": "Horror"},
            "News: the run knows none of that name; say THEIRS=OURS, or THEIRS= to drop it",
        ),
        ({"Scary": "Terror", "News": None}, "Scary=Terror: the run has no genre Terror"),
        ({"Scary": "Horror", "News": None, "Noir": None}, "Noir: no genre of the corpus"),
    ],
)
def test_what_has_no_answer_is_refused(theirs, mapping, told):
    with pytest.raises(CorpusError) as raised:
        with_genres_mapped(theirs, "test", OURS, mapping)
    assert told in str(raised.value)
    assert "the corpus has Comedy, News, Scary, Drama; the run has Drama, Comedy, Horror" in str(raised.value)


def test_no_film_remains(theirs):
    nothing = dict.fromkeys(theirs.genres)
    with pytest.raises(CorpusError, match=r"split test: no film remains: .*'no genre left': 4"):
        with_genres_mapped(theirs, "test", OURS, nothing)


@pytest.mark.parametrize("wrong", ["Scary", "=Horror"])
def test_no_assignment(wrong):
    with pytest.raises(CorpusError, match="allowed is THEIRS=OURS, or THEIRS= for"):
        parse_genre_map([wrong])


def test_mapped_twice():
    with pytest.raises(CorpusError, match="'News' is mapped twice"):
        parse_genre_map(["News=", "News=Drama"])
