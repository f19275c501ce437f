"""Plots are kept on the disk as token numbers: the same rows, and no tokeniser asked twice."""

import tracemalloc

import numpy as np
import pytest
import tokenizers

from cinefuse import cache, progress
from cinefuse.corpus.movie import Movie
from cinefuse.errors import SettingsError
from cinefuse.features import plot_store, plots
from cinefuse.features.plot_store import kept_plots
from cinefuse.features.plots import PlotSettings, encode_plots, fit_tokenizer
from cinefuse.features.table import FeatureSettings, encode_movies

MOVIES = [
    Movie("a", "the old house by the sea"),
    Movie("b", None),
    Movie("c", "\x00"),
    Movie("d", "the sea"),
    Movie("e", ""),
]


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("CINEFUSE_CACHE", str(tmp_path / "cache"))
    return cache.cache_folder(cache.PLOTS)


@pytest.fixture
def tokenizer():
    return fit_tokenizer([movie.plot for movie in MOVIES if movie.plot], PlotSettings())


def plain(movies, tokenizer, max_tokens=5):
    return encode_plots([movie.plot for movie in movies], tokenizer, max_tokens)


def again(movies, tokenizer, monkeypatch):
    """What is kept; no plot may be read for it."""
    with monkeypatch.context() as patched:
        for name in ("encoded_one_by_one", "encode_plots"):
            patched.setattr(plot_store, name, lambda *_: pytest.fail("encoded again"))
        return kept_plots(movies, tokenizer, 5)


def rows(encoded):
    return [tokens.tolist() for tokens in encoded.tokens]


def test_the_second_time_encodes_nothing_and_says_the_same(tokenizer, monkeypatch):
    expected = plain(MOVIES, tokenizer)
    tokenizer.no_truncation()  # as it comes from a file: what a tokeniser is set to decides nothing
    for kept in (kept_plots(MOVIES, tokenizer, 5), again(MOVIES, tokenizer, monkeypatch)):
        assert rows(kept) == rows(expected)
        assert kept.tokens.lengths.tolist() == [5, 1, 1, 2, 1]
        assert kept.present == expected.present == [True, False, False, True, False]
        assert kept.padding == expected.padding
        assert kept.tokens.file is not None, "mapped, not read"
        assert [tokens.tolist() for tokens in kept.tokens.at([3, 0, 3])] == [rows(kept)[n] for n in (3, 0, 3)]


def test_what_was_read_of_the_file_leaves_the_process(tokenizer, monkeypatch):
    kept, left = kept_plots(MOVIES, tokenizer, 5), []
    monkeypatch.setattr(plots, "let_go", left.append)
    monkeypatch.setattr(plots, "PLOTS_AT_ONCE", 2)
    kept.tokens.at([0, 3])
    assert left == [kept.tokens.file]
    assert len(rows(kept)) == 5
    assert left == [kept.tokens.file] * 4, "two at once, five in three portions"


def test_rows_are_copies_that_may_be_written_to(tokenizer):
    kept = kept_plots(MOVIES, tokenizer, 5)
    kept.tokens[0][:] = 7
    assert rows(kept) == rows(plain(MOVIES, tokenizer))


@pytest.mark.parametrize(
    "change", ["length", "tokeniser", "special", "order", "plot", "absence", "version", "rule"]
)
def test_other_plots_are_kept_apart(change, tokenizer, folder, monkeypatch):
    kept_plots(MOVIES, tokenizer, 5)
    movies, max_tokens = MOVIES, 5
    if change == "length":
        max_tokens = 4
    elif change == "tokeniser":
        tokenizer = fit_tokenizer(["the sea"], PlotSettings())
    elif change == "special":
        tokenizer.encode_special_tokens = True
    elif change == "version":
        monkeypatch.setattr(tokenizers, "__version__", "0")
    elif change == "rule":
        monkeypatch.setattr(plot_store, "RULE", plot_store.RULE + 1)
    elif change == "order":
        movies = movies[::-1]
    elif change == "plot":
        movies = [Movie("a", "the old house by a sea"), *movies[1:]]
    else:
        movies = [*movies[:1], Movie("b", ""), *movies[2:]]
    kept = kept_plots(movies, tokenizer, max_tokens)
    assert len(list(folder.iterdir())) == 2
    assert rows(kept) == rows(plain(movies, tokenizer, max_tokens))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:10],
        lambda data: data[:-1],
        lambda data: data[:-4],
        lambda data: data[4:],
        lambda _: b"",
        lambda data: data + data,
        lambda data: data[:3] + b"\x40" + data[4:],
        lambda data: data[:3] + b"\xff" + data[4:],
    ],
)
def test_a_damaged_file_is_made_anew(damage, tokenizer, folder):
    kept_plots(MOVIES, tokenizer, 5)
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert rows(kept_plots(MOVIES, tokenizer, 5)) == rows(plain(MOVIES, tokenizer))
    assert file.read_bytes() == whole


def test_a_disk_that_refuses_stops_nothing_and_is_told_of_once(tokenizer, monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("CINEFUSE_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr(progress._State, "shown", True)
    for _ in range(2):
        assert rows(kept_plots(MOVIES, tokenizer, 5)) == rows(plain(MOVIES, tokenizer))
    assert capsys.readouterr().err.count("plots as tokens are not kept for the next training") == 1


def test_what_is_refused_leaves_nothing_behind(tokenizer, folder):
    with pytest.raises(SettingsError, match="max_tokens=0 leaves no room"):
        kept_plots(MOVIES, tokenizer, 0)
    assert not folder.exists()


def test_more_than_may_be_kept_stays_in_memory(tokenizer, monkeypatch, folder):
    monkeypatch.setattr(cache, "MOST_BYTES", 64)  # of 65
    kept = kept_plots(MOVIES, tokenizer, 5)
    assert rows(kept) == rows(plain(MOVIES, tokenizer))
    assert kept.tokens.file is None
    assert not list(folder.iterdir())


def test_no_films_at_all(tokenizer):
    assert rows(kept_plots([], tokenizer, 5)) == []


def test_a_table_of_a_split_holds_no_tokens_in_memory(tokenizer):
    movies = [Movie(f"f{number}", "the old sea " * 40) for number in range(20_000)]
    settings = FeatureSettings(max_tokens=100)
    held = {}
    for keep in (True, False):
        encode_movies(movies[:10], (), settings, tokenizer, read_posters=False, keep=keep)  # what it imports
        tracemalloc.start()
        table = encode_movies(movies, (), settings, tokenizer, read_posters=False, keep=keep)
        held[keep], _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert table.batch([0, 19_999]).plot_tokens.shape == (2, 100)
        assert np.unique(table.lengths).tolist() == [100]
    assert held[False] > 4 * 100 * len(movies)
    assert held[True] < 50 * len(movies)
