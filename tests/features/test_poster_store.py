"""Scaled posters are kept on the disk: the same pixels, the same counts, and nothing decoded twice."""

import os
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from cinefuse import cache, progress
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import ArrayPoster, BytesPoster, FilePoster
from cinefuse.corpus.record import Corpus
from cinefuse.corpus.store import write_store
from cinefuse.features import poster_store
from cinefuse.features.poster_store import kept_posters
from cinefuse.features.posters import PosterSettings, encode_posters
from cinefuse.features.table import FeatureSettings, FeatureTable, encode_movies, genre_matrix

SIZE = PosterSettings(poster_height=24, poster_width=16)


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("CINEFUSE_CACHE", str(tmp_path / "cache"))
    return cache.cache_folder(cache.POSTERS)


@pytest.fixture
def movies(tmp_path):
    random = np.random.default_rng(0)
    (tmp_path / "text.jpeg").write_text("no image")
    return [
        Movie("none"),
        Movie("whole", poster=ArrayPoster(random.integers(0, 256, (40, 30, 3), dtype=np.uint8))),
        Movie("text", poster=FilePoster(tmp_path / "text.jpeg")),
        Movie("gone", poster=FilePoster(tmp_path / "gone.jpeg")),
        Movie("small", poster=ArrayPoster(random.integers(0, 256, (24, 16, 3), dtype=np.uint8))),
    ]


def again(movies, monkeypatch, settings=SIZE):
    """What is kept; nothing may be decoded for it."""
    with monkeypatch.context() as patched:
        patched.setattr(poster_store, "scaled", lambda *_, **__: pytest.fail("decoded again"))
        return kept_posters(movies, settings)


def test_the_second_time_decodes_nothing_and_says_the_same(movies, monkeypatch):
    plain = encode_posters(movies, SIZE)
    for kept in (kept_posters(movies, SIZE), again(movies, monkeypatch)):
        assert np.array_equal(kept.pixels, plain.pixels)
        assert kept.present == plain.present == [False, True, False, False, True]
        assert kept.absent == plain.absent == {"poster missing": 2, "poster unreadable": 1}
        assert kept.file is not None, "mapped, not read"
        assert np.array_equal(kept.at([4, 1, 4]), plain.pixels[[4, 1, 4]])


def test_batches_are_copies_that_may_be_written_to(movies):
    kept = kept_posters(movies, SIZE)
    kept.at([1])[:] = 0
    assert kept.at([1]).any()


@pytest.mark.parametrize("change", ["size", "file", "order", "absence"])
def test_other_posters_are_kept_apart(change, movies, tmp_path, folder):
    kept_posters(movies, SIZE)
    settings = SIZE
    if change == "size":
        settings = PosterSettings(poster_height=16, poster_width=24)
    elif change == "file":
        (tmp_path / "text.jpeg").write_text("no image either")
    elif change == "order":
        movies = movies[::-1]
    else:
        movies = [Movie("whole"), *movies[1:]][:4] + [Movie("small")]
    kept = kept_posters(movies, settings)
    assert len(list(folder.iterdir())) == 2
    assert np.array_equal(kept.pixels, encode_posters(movies, settings).pixels)


def test_the_same_pixels_in_a_store_are_found_by_what_the_store_holds(movies, tmp_path, monkeypatch):
    corpus = Corpus("tiny", (), {"train": movies[:2]}, "longest", "own")
    stored = write_store(corpus, tmp_path / "store").split("train")
    first = kept_posters(stored, SIZE)
    second = again(stored, monkeypatch)
    assert first.digest == second.digest
    assert np.array_equal(second.pixels, encode_posters(stored, SIZE).pixels)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:100],
        lambda data: data[:-1],
        lambda _: b"",
        lambda data: data[: data.rindex(b"[")] + b"null",
    ],
)
def test_a_damaged_file_is_made_anew(damage, movies, folder):
    kept_posters(movies, SIZE)
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    kept_posters(movies, SIZE)
    assert file.read_bytes() == whole


def test_a_disk_that_refuses_stops_nothing_and_is_told_of_once(movies, monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("CINEFUSE_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr(progress._State, "shown", True)
    for _ in range(2):
        kept = kept_posters(movies, SIZE)
        assert np.array_equal(kept.pixels, encode_posters(movies, SIZE).pixels)
        assert kept.file is None
    assert capsys.readouterr().err.count("scaled posters are not kept for the next training") == 1


def test_more_than_may_be_kept_stays_in_memory(movies, monkeypatch, folder, capsys):
    monkeypatch.setattr(cache, "MOST_BYTES", 100)
    monkeypatch.setattr(progress._State, "shown", True)
    assert kept_posters(movies, SIZE).file is None
    assert not list(folder.iterdir())
    assert "allowed are 0.0 in all" in capsys.readouterr().err


def test_posters_make_room_for_one_another(movies, monkeypatch, folder):
    kept_posters(movies, SIZE)
    (old,) = folder.iterdir()
    os.utime(old, (0, 0))
    monkeypatch.setattr(cache, "MOST_BYTES", old.stat().st_size)
    kept_posters(movies[::-1], SIZE)
    assert not old.exists()
    assert len(list(folder.iterdir())) == 1


def test_posters_of_somebodys_own_kind_are_read_each_time(folder):
    class Own:
        def pixels(self, longest_side=None):
            return np.full((30, 20, 3), 7, dtype=np.uint8)

    assert kept_posters([Movie("a", poster=Own())], SIZE).pixels.max() == 7
    assert not folder.exists()


def test_the_limit_of_a_poster_is_part_of_what_it_is(folder):
    for most in (10, 1_000):
        kept_posters([Movie("a", poster=BytesPoster(b"P6 1 1 255", most_pixels=most))], SIZE)
    assert len(list(folder.iterdir())) == 2


def test_films_that_somebody_asks_about_are_not_kept(movies, folder):
    settings = FeatureSettings(poster_height=24, poster_width=16)
    encode_movies(movies, (), settings, None, read_posters=True)
    assert not folder.exists()
    table = encode_movies(movies, (), settings, None, read_posters=True, keep=True)
    assert len(list(folder.iterdir())) == 1
    assert table.absent == {"poster missing": 2, "poster unreadable": 1}


def test_what_failed_for_want_of_memory_is_not_kept(tmp_path, monkeypatch, folder):
    Image.new("RGB", (30, 20), "red").save(tmp_path / "red.png")
    movies = [Movie("a", poster=FilePoster(tmp_path / "red.png"))]
    with monkeypatch.context() as patched:

        def no_memory(*_, **__):
            raise MemoryError

        patched.setattr(Image, "open", no_memory)
        failed = kept_posters(movies, SIZE)
        assert (failed.present, failed.absent) == ([False], {"poster unreadable": 1})
    assert not list(folder.iterdir())
    assert kept_posters(movies, SIZE).present == [True]


def test_a_poster_that_changes_while_it_is_read_is_not_kept(tmp_path, monkeypatch, folder):
    path = tmp_path / "one.png"
    Image.new("RGB", (30, 20), "red").save(path)
    movies = [Movie("a", poster=FilePoster(path))]
    read = poster_store.scaled

    def gone_meanwhile(*given, **named):
        path.unlink()
        return read(*given, **named)

    monkeypatch.setattr(poster_store, "scaled", gone_meanwhile)
    assert kept_posters(movies, SIZE).absent == {"poster missing": 1}
    assert not list(folder.iterdir())


def test_absence_is_part_of_what_a_table_is_known_by(movies):
    posters = kept_posters(movies, SIZE)
    other = replace(posters, present=[False] * len(movies))
    genres = genre_matrix(movies, ())
    one, two = (FeatureTable(None, some, genres).digest("vision") for some in (posters, other))
    assert one != two


def test_an_attribute_called_source_means_nothing(folder):
    class Own:
        source = "somebody's own"

        def pixels(self, longest_side=None):
            return np.full((30, 20, 3), 7, dtype=np.uint8)

    assert kept_posters([Movie("a", poster=Own())], SIZE).pixels.max() == 7
    assert not folder.exists()
