import errno
import io
import json
import pickle
import resource
import struct
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from cinefuse.corpus import store_writer
from cinefuse.corpus.corpus import open_corpus
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import ArrayPoster, BytesPoster
from cinefuse.corpus.record import Corpus, CorpusRules
from cinefuse.corpus.store import read_store, write_store
from cinefuse.errors import CorpusError, StorageError


@pytest.fixture
def store(raw_folder, tmp_path):
    corpus = open_corpus(raw_folder)
    write_store(corpus, tmp_path / "store", 48)
    return tmp_path / "store"


def noise_corpus(n_movies, **fields):
    rng = np.random.default_rng(0)
    movies = tuple(
        Movie(
            id=str(number), poster=ArrayPoster(rng.integers(0, 255, (48, 32, 3), np.uint8)), genres=("Drama",)
        )
        for number in range(n_movies)
    )
    return Corpus(
        name="noise",
        genres=("Drama",),
        splits={"train": movies},
        plot_rule="longest",
        split_rule="own",
        **fields,
    )


def test_what_goes_in_comes_out(raw_folder, change, tmp_path):
    change("0000003", plot=[], year=None)
    (raw_folder / "dataset" / "0000004.jpeg").unlink()
    corpus = open_corpus(raw_folder)
    write_store(corpus, tmp_path / "store", 48)
    stored = open_corpus(tmp_path / "store")
    for field in ("name", "genres", "plot_rule", "split_rule", "skipped", "notes"):
        assert getattr(stored, field) == getattr(corpus, field)
    assert list(stored.splits) == ["train", "dev", "test"]
    for split, movies in corpus.splits.items():
        for movie, kept in zip(movies, stored.split(split), strict=True):
            for field in ("id", "plot", "genres", "title", "year", "director", "cast"):
                assert getattr(kept, field) == getattr(movie, field)
            assert (kept.poster is None) == (movie.poster is None)
            if movie.poster is not None:
                np.testing.assert_array_equal(kept.poster.pixels(), movie.poster.pixels(48))
                np.testing.assert_array_equal(kept.poster.pixels(12).shape, (12, 8, 3))


def test_datasets_opens_it(store):
    import datasets

    loaded = datasets.load_from_disk(str(store))
    assert {split: len(rows) for split, rows in loaded.items()} == {"train": 4, "dev": 2, "test": 2}
    row = loaded["train"][0]
    assert list(row) == ["id", "title", "year", "plot", "poster", "genres", "director", "cast"]
    assert isinstance(row["poster"], Image.Image)
    assert row["poster"].size == (32, 48)
    np.testing.assert_array_equal(
        np.asarray(row["poster"]), open_corpus(store).split("train")[0].poster.pixels()
    )
    assert row["genres"] == ["Drama", "Romance"]
    assert loaded["train"].filter(lambda movie: movie["year"] == 1980, keep_in_memory=True).num_rows == 1


def test_what_datasets_saved_again_is_read(store, tmp_path):
    """Shuffled, in two files, with images of its own: somebody worked on the store with `datasets`."""
    import datasets

    def as_png(row):
        file = io.BytesIO()
        row["poster"].save(file, "PNG")
        return {"poster": {"bytes": file.getvalue(), "path": None}}

    loaded = datasets.load_from_disk(str(store))
    features = loaded["train"].features
    changed = loaded.map(as_png, features=features, keep_in_memory=True)
    changed["train"] = changed["train"].select([2, 0, 1, 3])
    changed.save_to_disk(str(tmp_path / "again"), num_shards={"train": 2, "dev": 1, "test": 1})
    (tmp_path / "again" / "corpus.json").write_bytes((store / "corpus.json").read_bytes())
    again, before = open_corpus(tmp_path / "again").split("train"), open_corpus(store).split("train")
    assert [movie.id for movie in again] == ["0000003", "0000001", "0000002", "0000004"]
    np.testing.assert_array_equal(again[1].poster.pixels(), before[0].poster.pixels())


def test_movies_by_index_slice_and_pickle(store):
    movies = open_corpus(store).split("train")
    assert [movie.id for movie in movies] == [movies[index].id for index in range(4)]
    assert movies[-1].id == movies[3].id == "0000004"
    assert [movie.id for movie in movies[1:3]] == ["0000002", "0000003"]
    with pytest.raises(IndexError):
        movies[4]
    copied = pickle.loads(pickle.dumps(movies))
    np.testing.assert_array_equal(copied[2].poster.pixels(), movies[2].poster.pixels())


def test_opening_imports_neither_torch_nor_datasets(store):
    code = (
        "import sys; from cinefuse.corpus.corpus import open_corpus\n"
        f"movies = open_corpus({str(store)!r}).split('train'); movies[0].poster.pixels()\n"
        "print({'torch', 'datasets'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def test_nothing_is_written_to_the_home_folder(raw_folder, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    code = (
        "from pathlib import Path; from cinefuse.corpus.corpus import open_corpus\n"
        "from cinefuse.corpus.store import write_store\n"
        f"write_store(open_corpus({str(raw_folder)!r}), Path({str(tmp_path / 'store')!r}))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"HOME": str(home), "PATH": ""})
    assert list(home.iterdir()) == []
    assert (tmp_path / "store" / "corpus.json").is_file()


BAD_POSTERS = {
    "poster unreadable": b"<html>not found</html>",
    # the head of a BMP
    "poster too large": b"BM"
    + struct.pack("<III IiiHHIIiiII", 54, 0, 54, 40, 60_000, 60_000, 1, 24, *[0] * 6),
}


@pytest.mark.parametrize("reason", BAD_POSTERS)
def test_a_bad_poster_is_declared_absent_and_counted_or_refused(raw_folder, tmp_path, reason):
    (raw_folder / "dataset" / "0000006.jpeg").write_bytes(BAD_POSTERS[reason])
    corpus = open_corpus(raw_folder)
    stored = write_store(corpus, tmp_path / "store")
    assert stored.skipped == {reason: 1}
    assert stored.split("dev")[1].poster is None
    with pytest.raises(CorpusError, match=rf"movie 0000006: {reason}: .*0000006\.jpeg.*without --strict"):
        write_store(corpus, tmp_path / "other", strict=True)
    assert not list(tmp_path.glob("other*"))


def test_a_poster_that_went_missing_meanwhile(raw_folder, tmp_path):
    corpus = open_corpus(raw_folder)
    (raw_folder / "dataset" / "0000001.jpeg").unlink()
    assert write_store(corpus, tmp_path / "store").skipped == {"poster missing": 1}


def test_a_full_disk_leaves_nothing_half(tmp_path, monkeypatch):
    monkeypatch.setattr(store_writer, "BYTES_A_BATCH", 100_000)
    corpus = noise_corpus(200)  # 0.9 MB
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
    try:
        with pytest.raises(
            StorageError,
            match=r"store, split train: the disk is full after \d+ movies; .*200.*need about 1 MB",
        ):
            write_store(corpus, tmp_path / "store")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
    assert len(write_store(corpus, tmp_path / "store").split("train")) == 200


def test_a_full_disk_keeps_the_store_that_was_there(store, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    corpus = open_corpus(store)
    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(StorageError, match=r"(?i)disk is full|No space left"):
        write_store(corpus, store, force=True)
    monkeypatch.undo()
    assert len(open_corpus(store).split("train")) == 4
    assert sorted(path.name for path in store.parent.glob("store*")) == ["store"]


def test_a_folder_that_cannot_be_written(raw_folder, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"Not a directory|File exists"):
        write_store(open_corpus(raw_folder), tmp_path / "file" / "store")


def test_what_a_killed_run_left_behind_is_swept_away(raw_folder, tmp_path):
    (tmp_path / "store.partial" / "train").mkdir(parents=True)
    (tmp_path / "store.partial" / "train" / "half").touch()
    write_store(open_corpus(raw_folder), tmp_path / "store")
    assert not (tmp_path / "store.partial").exists()
    assert not (tmp_path / "store" / "train" / "half").exists()


def test_a_store_that_is_there_is_replaced_only_by_force(store, raw_folder):
    corpus = open_corpus(raw_folder)
    with pytest.raises(CorpusError, match="a store is there already; give another name, or --force"):
        write_store(corpus, store)
    assert write_store(corpus, store, 24, force=True).split("train")[0].poster.pixels().shape == (24, 16, 3)


@pytest.mark.parametrize("force", [False, True])
def test_what_is_no_store_is_never_replaced(raw_folder, force):
    with pytest.raises(CorpusError, match=r"exists and is no store \(in it: dataset, split\.json\)"):
        write_store(open_corpus(raw_folder), raw_folder, force=force)
    with pytest.raises(CorpusError, match="a file is in the way"):
        write_store(open_corpus(raw_folder), raw_folder / "split.json", force=force)


def test_an_empty_folder_may_be_filled(raw_folder, tmp_path):
    (tmp_path / "store").mkdir()
    assert len(write_store(open_corpus(raw_folder), tmp_path / "store").splits) == 3


def rewrite(store, **changes):
    path = store / "corpus.json"
    content = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({name: value for name, value in content.items() if value is not None}))


def test_a_store_of_another_format(store):
    rewrite(store, format=2, cinefuse="9.0")
    with pytest.raises(
        CorpusError, match=r"format 2 \(cinefuse 9\.0\); this is .* reads format 1; prepare it again"
    ):
        open_corpus(store)


@pytest.mark.parametrize("changes", [{"genres": None}, {"colour": "red"}, {"movies": 3}])
def test_a_store_with_a_wrong_record(store, changes):
    rewrite(store, **changes)
    with pytest.raises(CorpusError, match="not the record of a store"):
        open_corpus(store)


@pytest.mark.parametrize("content", ["{", "[]", "null"])
def test_a_store_whose_record_is_no_record(store, content):
    (store / "corpus.json").write_text(content)
    with pytest.raises(CorpusError, match="not the record of a store"):
        open_corpus(store)


def test_a_folder_of_datasets_alone(store):
    (store / "corpus.json").unlink()
    with pytest.raises(CorpusError, match=r"does not say its genres and rules; export it as Parquet"):
        open_corpus(store)


def test_a_damaged_store(store):
    data = store / "train" / "data-00000-of-00001.arrow"
    data.write_bytes(data.read_bytes()[:5000])
    with pytest.raises(CorpusError, match="train: a damaged split of a store"):
        open_corpus(store)
    data.unlink()
    with pytest.raises(CorpusError, match="train: a damaged split of a store"):
        open_corpus(store)


def test_a_store_that_lost_movies(store):
    rewrite(store, movies={"train": 5, "dev": 2, "test": 2})
    with pytest.raises(CorpusError, match=r"train: 4 movies, corpus\.json says 5"):
        read_store(store)


def test_rules_are_for_sources(store):
    with pytest.raises(CorpusError, match="a prepared store has its plots, genres and splits already"):
        open_corpus(store, CorpusRules(min_words=10))


def test_posters_of_a_store_are_read_only(store):
    assert not open_corpus(store).split("train")[0].poster.pixels().flags.writeable


def test_bytes_of_an_image_file_fit_a_store_too(tmp_path):
    file = io.BytesIO()
    Image.new("RGB", (4, 6), "red").save(file, "PNG")
    movies = (Movie(id="1", poster=BytesPoster(file.getvalue()), genres=("Drama",)),)
    corpus = Corpus(
        name="one", genres=("Drama",), splits={"train": movies}, plot_rule="first", split_rule="own"
    )
    pixels = write_store(corpus, tmp_path / "store").split("train")[0].poster.pixels()
    assert pixels.shape == (6, 4, 3)
    assert (pixels == (255, 0, 0)).all()


def test_the_real_films(shared, tmp_path):
    corpus = open_corpus(shared / "corpus" / "open")
    stored = write_store(corpus, tmp_path / "store", 64)
    assert stored.skipped == corpus.skipped
    started = time.perf_counter()
    read = [movie.poster.pixels().shape for movies in stored.splits.values() for movie in movies]
    assert time.perf_counter() - started < 3
    assert len(read) == 4015
    assert max(max(shape) for shape in read) == 64
