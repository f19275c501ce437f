import dataclasses
import itertools

import numpy as np
import pytest

from cinefuse.corpus.audit import describe_corpus
from cinefuse.corpus.build import build_corpus
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import ArrayPoster, BytesPoster
from cinefuse.corpus.record import Corpus, CorpusRules


def poster(shade):
    return ArrayPoster(np.full((6, 4, 3), shade, dtype=np.uint8))


LONG = "one two three four five six seven eight nine ten"
MOVIES = {
    "train": (
        Movie("1", LONG + " eleven twelve", poster(1), ("Drama", "War")),
        Movie("2", "one two", poster(2), ("Drama",)),
        Movie("3", None, poster(2), ("Drama",)),
        Movie("4", LONG, BytesPoster(b"no image"), ("Comedy",)),
    ),
    "dev": (Movie("5", "  one\n two ", None, ("Drama", "Comedy")),),
    "test": (Movie("1", LONG + " twelve eleven", poster(1), ("Drama",)),),
}
CORPUS = Corpus(
    name="invented",
    genres=("Drama", "Comedy", "War", "Western"),
    splits=MOVIES,
    plot_rule="longest",
    split_rule="own",
    skipped={"genre not used: News": 2},
)


@pytest.fixture(scope="module")
def description():
    return describe_corpus(CORPUS)


def test_sizes(description):
    assert description.movies == 6
    assert description.splits == {"train": 4, "dev": 1, "test": 1}
    assert description.skipped == {"genre not used: News": 2}


def test_genres(description):
    assert list(description.genres) == ["Drama", "Comedy", "War", "Western"]
    drama = description.genres["Drama"]
    assert (drama.movies, drama.by_split) == (5, {"train": 3, "dev": 1, "test": 1})
    assert drama.share == pytest.approx(5 / 6)
    assert description.genres["Western"].movies == 0
    assert description.imbalance == 5.0  # Drama 5 to War 1; Western does not occur
    assert description.genres_a_movie == pytest.approx(8 / 6)
    assert description.movies_with_genres == {1: 4, 2: 2}
    assert description.co_occurrence == [[5, 1, 1, 0], [1, 2, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0]]


def test_plots(description):
    words = description.plot_words
    assert (words.min, words.median, words.max) == (2, 10, 12)
    assert words.mean == pytest.approx((12 + 2 + 10 + 2 + 12) / 5)
    assert words.p95 == 12
    assert description.plots == {"missing": 1, "shorter than 10 words": 2}


def test_plot_lengths(description):
    # 2, 2, 10, 12 and 12 words: one bin a word, up to the longest
    lengths = description.plot_lengths
    assert lengths.edges == list(range(14))
    assert lengths.counts == [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2]
    assert lengths.longer == 0


@pytest.mark.parametrize(("words", "width"), [(range(1, 201), 5), ([170] * 500 + [9000] * 4, 5), ([0], 1)])
def test_plot_lengths_of_many_films(words, width):
    movies = tuple(Movie(str(n), "word " * number, None, ("Drama",)) for n, number in enumerate(words))
    lengths = describe_corpus(dataclasses.replace(CORPUS, splits={"train": movies})).plot_lengths
    assert set(np.diff(lengths.edges)) == {width}
    assert len(lengths.counts) == len(lengths.edges) - 1 <= 41
    assert lengths.longer <= 0.01 * len(movies)
    counts, _ = np.histogram(words, [*lengths.edges, 10**6])
    assert [*lengths.counts, lengths.longer] == pytest.approx(counts)


def test_posters(description):
    assert description.posters == {"missing": 1, "poster unreadable": 1}


def test_people(description):
    assert description.people == {"director": 0, "cast": 0}
    named = (Movie("1", director=("Ada",), cast=("Bea", "Cy")), Movie("2", cast=("Bea",)), Movie("3"))
    corpus = dataclasses.replace(CORPUS, splits={"train": named[:1], "test": named[1:]})
    assert describe_corpus(corpus).people == {"director": 1, "cast": 2}


def test_duplicates(description):
    posters, plots = (description.duplicates[part] for part in ("posters", "plots"))
    assert (posters.movies, posters.across_splits) == (4, 2)
    assert ["2", "3"] in posters.examples
    assert (plots.movies, plots.across_splits, plots.examples[0]) == (2, 2, ["2", "5"])


def test_posters_of_the_same_bytes_and_another_shape_differ():
    turned = ArrayPoster(np.full((4, 6, 3), 1, dtype=np.uint8))
    movies = (Movie("1", None, poster(1), ("Drama",)), Movie("2", None, turned, ("Drama",)))
    corpus = dataclasses.replace(CORPUS, splits={"train": movies})
    assert describe_corpus(corpus).duplicates["posters"].movies == 0


def test_splits_without_a_genre_are_noted(description):
    assert description.notes == [
        "split train has no movie of: Western",
        "split dev has no movie of: War, Western",
        "split test has no movie of: Comedy, War, Western",
    ]


def test_a_corpus_without_plots_or_movies():
    corpus = dataclasses.replace(CORPUS, splits={})
    empty = describe_corpus(corpus)
    assert (empty.movies, empty.imbalance, empty.plot_words, empty.genres_a_movie) == (0, None, None, 0.0)
    assert empty.plot_lengths is None


def test_it_is_json_there_and_back(description):
    assert type(description).model_validate_json(description.model_dump_json()) == description


def test_examples_are_named_once():
    movies = tuple(Movie(str(n), "the same plot", None, ("Drama",)) for n in range(3))
    plots = describe_corpus(
        dataclasses.replace(CORPUS, splits={"train": movies[:1], "test": movies[1:]})
    ).duplicates["plots"]
    assert plots.examples == [["0", "1", "2"]]


def test_a_described_source_has_counts_of_what_was_left_out(raw_folder):
    (raw_folder / "dataset" / "0000001.jpeg").write_bytes(b"no image")
    (raw_folder / "dataset" / "0000002.jpeg").unlink()
    description = describe_corpus(build_corpus(str(raw_folder)))
    assert description.posters == {"missing": 1, "poster unreadable": 1}
    assert description.skipped == {}  # the missing poster is told once


def test_ids_given_twice_are_told_where_they_were_counted(tmp_path):
    rows = ["id,plot,genres,split", "1,a,Drama,train", "1,b,Drama,train", "1,c,Drama,test", "2,,Drama,test"]
    (tmp_path / "mine.csv").write_text("\n".join(rows))
    description = describe_corpus(build_corpus(str(tmp_path / "mine.csv"), CorpusRules(skip_faulty=True)))
    assert description.skipped == {"duplicate id": 1, "movie in two splits": 1}
    assert list(description.duplicates) == ["posters", "plots"]  # no row that says none was there twice
    assert description.plots["missing"] == 1


def test_the_real_films(shared):
    corpus = build_corpus(str(shared / "corpus" / "open"))
    few = {split: tuple(itertools.islice(movies, 60)) for split, movies in corpus.splits.items()}
    description = describe_corpus(dataclasses.replace(corpus, splits=few))
    assert description.movies == 180
    assert description.posters == {"missing": 0}
    assert description.duplicates["posters"].movies == 0


@pytest.mark.parametrize("n_plots", [1, 2, 7, 200])
def test_lengths_are_those_of_numpy(n_plots):
    words = np.random.default_rng(n_plots).geometric(0.02, n_plots)
    movies = tuple(Movie(str(row), "so " * int(length), None, ("Drama",)) for row, length in enumerate(words))
    described = describe_corpus(
        dataclasses.replace(CORPUS, splits=MOVIES | {"train": movies, "dev": (), "test": ()})
    )
    lengths = described.plot_words
    assert lengths.median == pytest.approx(np.median(words))
    assert lengths.p95 == pytest.approx(np.percentile(words, 95))
    assert lengths.mean == pytest.approx(words.mean())
    histogram = described.plot_lengths
    counts, _ = np.histogram(words[words < histogram.edges[-1]], bins=histogram.edges)
    assert histogram.counts == counts.tolist()
    assert histogram.longer == (words >= histogram.edges[-1]).sum()
