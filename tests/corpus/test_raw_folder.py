import json

import pytest

from cinefuse.corpus.build import build_corpus
from cinefuse.corpus.genres import MMIMDB_GENRES
from cinefuse.corpus.record import CorpusRules
from cinefuse.errors import CorpusError

OWN_SPLIT = CorpusRules(split="own")
SKIP = CorpusRules(skip_faulty=True)


def test_a_whole_folder(raw_folder):
    corpus = build_corpus(str(raw_folder))
    assert {split: [movie.id for movie in movies] for split, movies in corpus.splits.items()} == {
        "train": ["0000001", "0000002", "0000003", "0000004"],
        "dev": ["0000005", "0000006"],
        "test": ["0000007", "0000008"],
    }
    assert corpus.genres == ("Drama", "Comedy", "Romance", "War")  # those that occur, in the official order
    assert corpus.name == "films"
    assert (corpus.plot_rule, corpus.split_rule) == ("longest", "own")
    assert corpus.skipped == {}
    first = corpus.split("train")[0]
    assert first.plot == "Two bakers fall out over a recipe and in love over the bread."
    assert first.genres == ("Drama", "Romance")
    assert (first.title, first.year) == ("Film 0", 1980)
    assert (first.director, first.cast) == (("A. Baker",), ("B. Crust", "C. Crumb"))
    assert first.poster.pixels().shape == (60, 40, 3)


def test_a_split_without_a_genre_is_noted(raw_folder):
    corpus = build_corpus(str(raw_folder))
    assert corpus.notes == ()
    raw_folder.joinpath("split.json").write_text(
        json.dumps({"train": [f"000000{n}" for n in range(1, 7)], "dev": ["0000007"], "test": ["0000008"]})
    )
    assert build_corpus(str(raw_folder)).notes == (
        "split dev has no movie of: Romance, War",
        "split test has no movie of: Drama, Comedy",
    )


@pytest.mark.parametrize(
    ("rule", "plot"),
    [("longest", "A long second."), ("first", "Short."), ("all", "Short. A long second. Third.")],
)
def test_plot_rules(raw_folder, change, rule, plot):
    change("0000001", plot=["  ", "Short.", " A long second. ", "Third."])
    corpus = build_corpus(str(raw_folder), CorpusRules(plot_rule=rule))
    assert corpus.split("train")[0].plot == plot
    assert corpus.plot_rule == rule


def test_plot_may_be_one_string_and_year_digits(raw_folder, change):
    change("0000001", plot="One string.", year="1984")
    movie = build_corpus(str(raw_folder)).split("train")[0]
    assert (movie.plot, movie.year) == ("One string.", 1984)


@pytest.mark.parametrize("plot", [[], None, "", [" ", "\n\t"]])
def test_an_empty_plot_is_declared_absent_and_counted(raw_folder, change, plot):
    change("0000003", plot=plot)
    corpus = build_corpus(str(raw_folder))
    assert corpus.split("train")[2].plot is None
    assert corpus.skipped == {"plot missing": 1}


def test_a_missing_poster_is_declared_absent_and_counted(raw_folder):
    (raw_folder / "dataset" / "0000002.jpeg").unlink()
    corpus = build_corpus(str(raw_folder))
    assert corpus.split("train")[1].poster is None
    assert corpus.skipped == {"poster missing": 1}


def test_other_image_suffixes(raw_folder):
    poster = raw_folder / "dataset" / "0000002.jpeg"
    poster.rename(poster.with_suffix(".JPG"))
    assert build_corpus(str(raw_folder)).skipped == {}


def test_short_plots_are_left_out_when_asked_for(raw_folder, change):
    change("0000003", plot=[])
    change("0000004", plot=["Three words only."])
    corpus = build_corpus(str(raw_folder), CorpusRules(min_words=4))
    assert [movie.id for movie in corpus.split("train")] == ["0000001", "0000002"]
    assert corpus.skipped == {"plot shorter than 4 words": 2}


def official_films(raw_folder, change):
    """Enough of MM-IMDb's own genres for a stray to be a stray."""
    for number in range(1, 9):
        change(f"000000{number}", genres=["Short", "Drama", "War"])


def test_genres_that_mmimdb_does_not_use_are_counted(raw_folder, change):
    official_films(raw_folder, change)
    change("0000001", genres=["News", "Drama", "Film-Noir"])
    change("0000002", genres=["News"])
    corpus = build_corpus(str(raw_folder))
    assert corpus.genres == ("Drama", "War", "Short", "Film-Noir")
    assert [genre for genre in MMIMDB_GENRES if genre in corpus.genres] == list(corpus.genres)
    assert corpus.split("train")[0].genres == ("Drama", "Film-Noir")
    assert "0000002" not in {movie.id for movie in corpus.split("train")}
    assert corpus.skipped == {"genre not used: News": 2, "no genre": 1}


def test_an_unknown_genre_among_mmimdbs_is_counted(raw_folder, change):
    official_films(raw_folder, change)
    change("0000001", genres=["Dramma", "Drama"])
    corpus = build_corpus(str(raw_folder))
    assert "Dramma" not in corpus.genres
    assert corpus.skipped == {"genre not used: Dramma": 1}


def test_a_folder_with_genres_of_its_own_keeps_them_all(raw_folder, change):
    for number in range(1, 9):
        change(f"000000{number}", genres=["Telenovela", "Kids"] if number < 4 else ["Kids", "Drama"])
    assert build_corpus(str(raw_folder)).genres == ("Kids", "Drama", "Telenovela")  # most frequent first


def test_a_genre_given_twice_counts_once(raw_folder, change):
    change("0000001", genres=["Drama", "Drama", "Romance"])
    corpus = build_corpus(str(raw_folder))
    assert corpus.split("train")[0].genres == ("Drama", "Romance")
    assert corpus.skipped == {"genre given twice": 1}


def test_chosen_genres(raw_folder):
    corpus = build_corpus(str(raw_folder), CorpusRules(genres=("War", "Drama")))
    assert corpus.genres == ("War", "Drama")
    assert corpus.split("train")[2].genres == ("War", "Drama")
    assert corpus.skipped == {"genre not used: Comedy": 3, "genre not used: Romance": 3, "no genre": 2}


def test_chosen_genres_that_do_not_occur(raw_folder):
    with pytest.raises(CorpusError, match=r"no movie has Wra; allowed genres: Drama, Comedy, Romance, War"):
        build_corpus(str(raw_folder), CorpusRules(genres=("Wra", "Drama")))


BROKEN = {
    "not JSON": (b'{"plot": [', "record is not JSON: line 1 column 11: Expecting value"),
    "not UTF-8": (b'{"title": "caf\xe9"}', "record is not UTF-8: byte 14: invalid continuation byte"),
    "half a character": (b'{"plot": ["\\ud800"]}', "record is not UTF-8: plot, character 0: surrogates"),
    "no object": (b"[1, 2]", r"record is not an object: given: \[1, 2\]"),
    "nested": (b"[" * 100_000, "record is not JSON: nested too deeply"),
    "plot": (b'{"plot": 7}', "field of a wrong type: plot: 7; allowed: a string or a list"),
    "genres": (b'{"genres": ["Drama", 3]}', "field of a wrong type: genres: 3; allowed: a string"),
    "year": (b'{"year": "soon"}', "field of a wrong type: year: 'soon'; allowed: a whole number"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_record_is_named_or_left_out_and_counted(raw_folder, name):
    data, message = BROKEN[name]
    (raw_folder / "dataset" / "0000003.json").write_bytes(data)
    with pytest.raises(CorpusError, match=f"1 faulty of 8:\n  dataset/0000003.json: {message}") as caught:
        build_corpus(str(raw_folder))
    assert "--skip-faulty" in str(caught.value)
    corpus = build_corpus(str(raw_folder), SKIP)
    assert [movie.id for movie in corpus.split("train")] == ["0000001", "0000002", "0000004"]
    assert corpus.skipped == {message.split(":")[0]: 1}


def test_many_faults_are_counted_and_ten_are_shown(raw_folder):
    for number in range(20):
        (raw_folder / "dataset" / f"1{number:06d}.json").write_text("{")
    with pytest.raises(CorpusError, match="20 faulty of 28") as caught:
        build_corpus(str(raw_folder))
    assert str(caught.value).count("not JSON") == 10
    assert "and 10 more" in str(caught.value)


def test_a_movie_in_two_splits(raw_folder):
    split = json.loads((raw_folder / "split.json").read_text())
    split["test"].append("0000001")
    (raw_folder / "split.json").write_text(json.dumps(split))
    message = r"dataset/0000001.json: movie in two splits: split.json names it in train and test"
    with pytest.raises(CorpusError, match=message):
        build_corpus(str(raw_folder))
    corpus = build_corpus(str(raw_folder), SKIP)
    assert corpus.skipped == {"movie in two splits": 1}
    assert "0000001" not in {movie.id for movies in corpus.splits.values() for movie in movies}


def test_movies_without_a_split_and_splits_without_a_movie_are_counted(raw_folder):
    split = json.loads((raw_folder / "split.json").read_text())
    split["train"].remove("0000001")
    split["dev"] += ["9999998", "9999999"]
    (raw_folder / "split.json").write_text(json.dumps(split))
    corpus = build_corpus(str(raw_folder))
    assert len(corpus.split("train")) == 3
    assert corpus.skipped == {"in no split": 1, "named in split.json, no record": 2}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "record is not JSON"),
        (
            '{"train": [], "holdout": ["0000001"]}',
            "entry 'holdout'; allowed: lists of ids for train, dev, test",
        ),
        ('{"train": "0000001"}', "entry 'train'; allowed: lists of ids"),
    ],
)
def test_a_split_file_that_cannot_be_understood(raw_folder, content, message):
    (raw_folder / "split.json").write_text(content)
    with pytest.raises(CorpusError, match=rf"split\.json: {message}"):
        build_corpus(str(raw_folder))


def test_unpaired_movies_keep_apart(raw_folder, change):
    ids = [f"000000{number}" for number in range(1, 9)]
    (raw_folder / "split.json").write_text(json.dumps({"unpaired": ids}))
    change("0000001", plot=[], genres=["Nothing known"])
    corpus = build_corpus(str(raw_folder), CorpusRules(min_words=3))
    assert list(corpus.splits) == ["unpaired"]
    assert len(corpus.split("unpaired")) == 8
    with pytest.raises(CorpusError, match="corpus films: no split 'train'; it has unpaired"):
        corpus.split("train")


def test_without_split_file_there_is_no_own_split(raw_folder):
    (raw_folder / "split.json").unlink()
    with pytest.raises(CorpusError, match="no split of its own; allowed: --split random or stratified"):
        build_corpus(str(raw_folder), OWN_SPLIT)
    with pytest.raises(CorpusError, match="8 movies with genres are too few to divide"):
        build_corpus(str(raw_folder))


def test_an_empty_folder(tmp_path):
    (tmp_path / "dataset").mkdir()
    with pytest.raises(CorpusError, match=r"dataset: no \.json file"):
        build_corpus(str(tmp_path))


def test_the_real_films(shared):
    corpus = build_corpus(str(shared / "corpus" / "open"))
    assert {split: len(movies) for split, movies in corpus.splits.items()} == {
        "train": 2804,
        "dev": 400,
        "test": 811,
    }
    assert corpus.genres == tuple(genre for genre in MMIMDB_GENRES if genre not in {"Short", "Film-Noir"})
    assert corpus.skipped == {"genre not used: News": 3}
    assert corpus.notes == ()


def test_the_real_unpaired_films(shared):
    corpus = build_corpus(str(shared / "corpus" / "unpaired"))
    assert {split: len(movies) for split, movies in corpus.splits.items()} == {"unpaired": 2614}
    assert corpus.skipped["plot missing"] == 2614
