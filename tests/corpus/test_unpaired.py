"""Films without a plot beside a corpus: which are taken, and what is counted."""

from dataclasses import replace

import pytest

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.unpaired import with_unpaired
from cinefuse.errors import CorpusError
from cinefuse.experiment import run


@pytest.fixture
def other(tiny_corpus):
    poster = tiny_corpus.split("train")[0].poster
    movies = (
        Movie("new", None, poster, ("Horror", "News")),
        Movie("told", "a plot", poster, ("Drama",)),
        Movie("train0", None, poster, ("Drama",)),
        Movie("new", None, poster, ("Drama",)),
        Movie("news", None, poster, ("News",)),
        Movie("bare", None, None, ("Drama",)),
    )
    return replace(tiny_corpus, name="other", genres=("News", "Drama", "Horror"), splits={"unpaired": movies})


def test_what_can_stand_beside_the_corpus_does_and_the_rest_is_counted(tiny_corpus, other):
    both = with_unpaired(tiny_corpus, other)
    assert [(movie.id, movie.plot, movie.genres) for movie in both.split("unpaired")] == [
        ("new", None, ("Horror",)),
        ("told", None, ("Drama",)),
    ]
    assert dict(both.skipped) == dict(tiny_corpus.skipped) | {
        "unpaired: genre not used: News": 2,
        "unpaired: in the corpus already": 2,
        "unpaired: no genre of the corpus": 1,
        "unpaired: plot not used": 1,
        "unpaired: poster missing": 1,
    }
    assert {name: both.splits[name] for name in tiny_corpus.splits} == tiny_corpus.splits


def test_a_corpus_with_unpaired_films_and_another_with_none_of_use_are_refused(tiny_corpus, other):
    with pytest.raises(CorpusError, match="has unpaired films of its own"):
        with_unpaired(with_unpaired(tiny_corpus, other), other)
    useless = replace(other, splits={"train": other.split("unpaired")[4:]})
    with pytest.raises(CorpusError, match="other: none of its films can stand beside tiny"):
        with_unpaired(tiny_corpus, useless)


def test_they_are_trained_on_where_the_settings_say_so(tmp_path, tiny_corpus, tiny_settings, other):
    both = with_unpaired(tiny_corpus, other)
    for unpaired, expected in (("false", 36), ("true", 38)):
        settings = tiny_settings("late-fusion", f"unpaired={unpaired}", "max_epochs=1")
        record = run("late-fusion", settings, both, tmp_path / unpaired)
        assert record.trained_on["movies"] == expected
    with pytest.raises(CorpusError, match="no split 'unpaired'"):
        run("late-fusion", tiny_settings("late-fusion", "unpaired=true"), tiny_corpus, tmp_path / "none")
