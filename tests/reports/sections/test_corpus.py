"""The films in numbers and pictures."""

import itertools

import pytest

from cinefuse.corpus.audit import describe_corpus
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.reports.corpus_figures import MOST_BARS
from cinefuse.reports.drawing import svg
from cinefuse.reports.heat import MOST_GENRES
from cinefuse.reports.material import Material
from cinefuse.reports.section import Facts
from cinefuse.reports.sections.corpus import MOST_PAIRS, corpus


def describe(genres, splits, **more):
    return describe_corpus(Corpus("a few", tuple(genres), splits, "longest", "own", **more))


@pytest.fixture
def of(comparison):
    """The section on films that one describes."""
    return lambda films: corpus(Material(comparison, (), films))


FILMS = {
    "train": [
        Movie("1", "a b c d e f g h i j k l", genres=("Drama", "War")),
        Movie("2", "a b c d e f g h i j", genres=("Drama",)),
        Movie("3", "short", genres=("Drama", "War")),
    ],
    "test": [Movie("4", "a b c d e f g h i j", genres=("Drama",)), Movie("5", None, genres=())],
}


def test_a_corpus_counted_by_hand(of, rows):
    section = of(describe(("War", "Drama", "Musical"), FILMS, skipped={"no genre": 3}))
    facts = dict(next(block.facts for block in section.blocks if isinstance(block, Facts)))
    assert facts["films"] == "5"
    assert facts["in splits"] == "train 3, test 2"
    assert facts["most frequent to rarest genre"] == "2 to 1"
    assert facts["genres a film"] == "1.20"
    assert [list(row.values()) for row in rows(section, "genre_counts")] == [
        ["Drama", "4", "0.8", "3", "1"],
        ["War", "2", "0.4", "2", "0"],
        ["Musical", "0", "0.0", "0", "0"],
    ]
    assert [list(row.values()) for row in rows(section, "co_occurrence")] == [
        ["War", "Drama", "2", "1.0", "0.5"]
    ]
    assert [list(row.values()) for row in rows(section, "genres_a_film")] == [
        ["0", "1"],
        ["1", "2"],
        ["2", "2"],
    ]
    assert [list(row.values()) for row in rows(section, "corpus_gaps")] == [
        ["left out", "no genre", "3", ""],
        ["poster", "missing", "5", ""],
        ["plot", "missing", "1", ""],
        ["plot", "shorter than 10 words", "1", ""],
        ["plot", "the same as another film's", "2", "2"],
    ]


def test_figures_say_what_the_tables_say(material, written, rows):
    section = corpus(material)
    bars = written(section, "genre_counts")
    for row in rows(section, "genre_counts"):
        assert row["genre"] in bars
        assert f"{int(row['movies']):,}" in bars
        assert f"{100 * float(row['share']):.1f} %" in bars
    heat = written(section, "co_occurrence")
    strongest = max(float(row["share_of_other"]) for row in rows(section, "co_occurrence"))
    assert f"{100 * strongest:.0f}" in heat
    assert "100" not in heat, "the diagonal is blank"
    lengths = written(section, "lengths")
    assert f"median {material.corpus.plot_words.median:,.0f}" in lengths
    assert f"95 % below {material.corpus.plot_words.p95:,.0f}" in lengths
    assert f"words a plot; {material.corpus.plot_lengths.longer} longer ones not shown" in lengths


def test_what_is_said_of_plots(material, prose):
    words = material.corpus.plot_words
    assert f"A plot has {words.median:,.0f} words at the median" in prose(corpus(material))


@pytest.mark.parametrize("n_films", [0, 1, 2, 3])
def test_few_films(of, figures, prose, n_films):
    films = list(itertools.chain(*FILMS.values()))[-n_films:] if n_films else []
    section = of(describe(("Drama",), {"test": [Movie(film.id, film.plot) for film in films]}))
    assert "No film has two of the genres." in prose(section)
    for figure in figures(section).values():
        assert "NaN" not in svg(figure)
    assert ("lengths" in figures(section)) == bool(n_films)


def test_films_without_any_plot(of, written, prose):
    section = of(describe(("Drama",), {"test": [Movie("1", None, genres=("Drama",))]}))
    assert "No film has a plot." in prose(section)
    assert "genres a film" in written(section, "lengths")


def test_many_genres_are_cut_where_it_is_said(of, written, rows, prose):
    names = [f"genre {number}" for number in range(500)]
    movies = [Movie(str(film), "a plot", genres=tuple(names[film : film + 9])) for film in range(450)]
    section = of(describe(names, {"train": movies}))
    assert len(set(written(section, "genre_counts")) & set(names)) == MOST_BARS
    assert len(set(written(section, "co_occurrence")) & set(names)) == MOST_GENRES
    assert len(rows(section, "genre_counts")) == 500
    assert len(rows(section, "co_occurrence")) == MOST_PAIRS
    assert f"The figure shows {MOST_BARS} of 500 genres" in prose(section)
    assert f"The figure shows {MOST_GENRES} of 500 genres; the table goes on." in prose(section)


def test_without_a_corpus_it_says_what_is_missing(make_material, prose):
    def lose(directory):
        (directory / "corpus.json").unlink()

    section = corpus(make_material(lose, n_films=20))
    assert len(section.blocks) == 1
    assert prose(section).startswith("Not described: ")
    assert "corpus.json: no such file" in prose(section)


def test_what_nobody_said_is_missing_is_missing_all_the_same(of, prose):
    assert prose(of(None)) == "Not described: there is no corpus.json."
