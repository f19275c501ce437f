import builtins
import os
import pickle
from collections import OrderedDict

import numpy as np
import pytest

from cinefuse.corpus.build import build_corpus
from cinefuse.corpus.movie import SPLITS
from cinefuse.corpus.readers import hdf5
from cinefuse.corpus.readers.plain_pickle import read_plain_npy
from cinefuse.corpus.record import CorpusRules
from cinefuse.errors import CorpusError, MissingExtra

from .conftest import HDF5_GENRES, WORDS, save_as_npy, to_caffe

h5py = pytest.importorskip("h5py")


def write_split_attribute(path, ends):
    """As the library Fuel does."""
    kind = np.dtype(
        [
            ("split", "S5"),
            ("source", "S8"),
            ("start", "<i8"),
            ("stop", "<i8"),
            ("indices", h5py.ref_dtype),
            ("available", "?"),
        ]
    )
    starts = (0, *ends)
    rows = [
        (split.encode(), source, start, stop, h5py.Reference(), True)
        for split, start, stop in zip(SPLITS, starts, ends, strict=False)
        for source in (b"images", b"genres")
    ]
    with h5py.File(path, "r+") as file:
        file.attrs["split"] = np.array(rows, dtype=kind)


def test_colours_names_plots_and_split_come_back(hdf5_file):
    path, films = hdf5_file
    reading = hdf5.read(str(path), {}, split_ends=(12, 16, 24))
    assert reading.genres == tuple(HDF5_GENRES)
    assert reading.has_splits
    for row, (entry, (movie_id, split, flags, rgb)) in enumerate(zip(reading.entries, films, strict=True)):
        assert (entry.id, entry.split) == (movie_id, split)
        assert entry.genres == tuple(np.array(HDF5_GENRES)[flags == 1])
        assert entry.plots == (" ".join(WORDS[1 : 4 + row % 3]),)
        pixels = entry.poster.pixels()
        assert pixels.dtype == np.uint8
        assert np.abs(pixels.astype(int) - rgb).max() <= 1


def test_every_colour_comes_back_within_one_and_black_stays_black():
    every = np.arange(256, dtype=np.uint8)[:, None, None].repeat(3, axis=2)
    restored = hdf5.restore_colours(to_caffe(every))
    assert np.abs(restored.astype(int) - every).max() <= 1
    assert (restored == every).mean() > 0.99
    assert (restored[0] == 0).all()
    assert (restored[255] == 255).all()


def test_split_attribute_is_believed(hdf5_file):
    path, films = hdf5_file
    write_split_attribute(path, (12, 16, 24))
    corpus = build_corpus(str(path))
    assert corpus.split_rule == "own"
    assert {split: [movie.id for movie in corpus.split(split)] for split in SPLITS} == {
        split: [movie_id for movie_id, its_split, *_ in films if its_split == split] for split in SPLITS
    }


def test_split_attribute_with_holes(hdf5_file):
    path, _ = hdf5_file
    write_split_attribute(path, (12, 16, 20))
    with pytest.raises(
        CorpusError, match=r"attribute `split` gives .* allowed: train, dev and test over rows 0 to 24"
    ):
        build_corpus(str(path))


def test_another_number_of_rows_has_no_official_split(hdf5_file):
    path, _ = hdf5_file
    corpus = build_corpus(str(path))
    assert corpus.split_rule == "stratified 70/15/15 (seed 42)"
    assert "24 rows and no attribute `split`; the official split is by row" in corpus.notes[0]
    with pytest.raises(CorpusError, match="no split of its own"):
        build_corpus(str(path), CorpusRules(split="own"))


def test_official_rows():
    assert np.diff((0, *hdf5.OFFICIAL_ENDS)).tolist() == [15_552, 2_608, 7_799]


def test_short_plots_are_counted_in_words_of_the_file(hdf5_file):
    path, _ = hdf5_file
    corpus = build_corpus(str(path), CorpusRules(min_words=4))
    assert corpus.skipped == {"plot shorter than 4 words": 8}


def test_poster_is_scaled_down(hdf5_file):
    path, _ = hdf5_file
    entry = next(iter(hdf5.read(str(path), {}).entries))
    assert entry.poster.pixels(64).shape == (64, 40, 3)


def test_without_metadata(hdf5_file):
    path, _ = hdf5_file
    path.with_name("metadata.npy").unlink()
    with pytest.raises(CorpusError, match=r"metadata\.npy: no such file; .* put it beside the HDF5"):
        build_corpus(str(path))


def test_a_word_that_metadata_does_not_know(hdf5_file):
    path, _ = hdf5_file
    with h5py.File(path, "r+") as file:
        file["sequences"][3] = np.array([1, 99], dtype=np.int32)
    with pytest.raises(CorpusError, match=r"row 3: word of unknown number: 99; metadata.npy has 7 words"):
        build_corpus(str(path))


def test_without_target_names(hdf5_file):
    path, _ = hdf5_file
    with h5py.File(path, "r+") as file:
        file["genres"].attrs["target_names"] = '["Drama"]'
    with pytest.raises(CorpusError, match=r"target_names \['Drama'\]; allowed: 5 different names"):
        build_corpus(str(path))
    with h5py.File(path, "r+") as file:
        del file["genres"].attrs["target_names"]
    with pytest.raises(CorpusError, match="no attribute target_names"):
        build_corpus(str(path))


def test_without_images(hdf5_file):
    path, _ = hdf5_file
    with h5py.File(path, "r+") as file:
        del file["images"]
    with pytest.raises(CorpusError, match="no dataset images; it has genres, imdb_ids, sequences"):
        build_corpus(str(path))


def test_shapes_that_do_not_fit(hdf5_file):
    path, _ = hdf5_file
    with h5py.File(path, "r+") as file:
        del file["imdb_ids"]
        file["imdb_ids"] = np.array([b"0000001"])
    with pytest.raises(CorpusError, match=r"shapes .*allowed: images \(N, 3, H, W\)"):
        build_corpus(str(path))


def test_what_is_no_hdf5(tmp_path):
    path = tmp_path / "films.hdf5"
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(CorpusError, match="not an HDF5 file, or a download that broke off"):
        build_corpus(str(path))


def test_without_h5py(hdf5_file, monkeypatch):
    real_import = builtins.__import__

    def without_h5py(name, *args, **kwargs):
        if name == "h5py":
            raise ImportError(name)
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_h5py)
    with pytest.raises(MissingExtra, match=r"pip install 'cinefuse\[hdf5\]'"):
        build_corpus(str(hdf5_file[0]))


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("protocol", [2, 4])
def test_metadata_that_would_run_code_is_refused_and_not_run(hdf5_file, protocol):
    path, _ = hdf5_file
    made = path.with_name("made")
    save_as_npy(path.with_name("metadata.npy"), {"ix_to_word": {0: Evil(made)}}, protocol)
    with pytest.raises(
        CorpusError, match=r"metadata\.npy: it asks for posix\.mkdir; allowed: plain containers"
    ):
        build_corpus(str(path))
    assert not made.exists()


@pytest.mark.parametrize("content", [np.random.default_rng, pickle.Unpickler, slice(3), Exception("a"), eval])
def test_other_things_than_plain_data_are_refused(tmp_path, content):
    save_as_npy(tmp_path / "metadata.npy", {"a": content}, protocol=4)
    with pytest.raises(CorpusError, match=r"it asks for .*; allowed: plain containers"):
        read_plain_npy(tmp_path / "metadata.npy")


PLAIN = {
    "ix_to_word": {0: "the", 1: "caf\u00e9"},
    "lookup": np.arange(6, dtype=np.float32).reshape(2, 3),
    "numbers": (1, 2.5, True, None, b"bytes", np.float64(0.5), np.int32(7)),
    "more": [OrderedDict(a=1), {"set"}, frozenset({2}), bytearray(b"x"), complex(1, 2)],
}


@pytest.mark.parametrize("protocol", [2, 4])
def test_plain_data_comes_back(tmp_path, protocol):
    save_as_npy(tmp_path / "metadata.npy", PLAIN, protocol)
    content = read_plain_npy(tmp_path / "metadata.npy")
    np.testing.assert_array_equal(content.pop("lookup"), PLAIN["lookup"])
    assert content == {name: value for name, value in PLAIN.items() if name != "lookup"}


def test_plain_data_of_an_older_numpy_comes_back(tmp_path):
    rename = [(b"numpy._core.multiarray", b"numpy.core.multiarray")]
    save_as_npy(tmp_path / "metadata.npy", PLAIN, 2, rename)
    np.testing.assert_array_equal(read_plain_npy(tmp_path / "metadata.npy")["lookup"], PLAIN["lookup"])


class Asks:
    """Pickled as a call of `function`, and what is set in its result."""

    def __init__(self, function, *given, state=None):
        self.call = (function, given) if state is None else (function, given, state)

    def __reduce__(self):
        return self.call


def simple_dtype(code="O8", order="|"):
    return Asks(np.dtype, code, False, True, state=(3, order, None, None, None, -1, -1, 63))


def array_asking(shape, dtype, data):
    return Asks(RECONSTRUCT, np.ndarray, (0,), b"b", state=(1, shape, dtype, False, data))


RECONSTRUCT, SCALAR = np.array(1).__reduce__()[0], np.float64(1).__reduce__()[0]
FIELDS = {"a": (np.dtype("O"), 0)}  # an object that the flags, 0, deny: what NumPy would believe
DENIED = Asks(np.dtype, "V8", False, True, state=(3, "|", None, ("a",), FIELDS, 8, 1, 0))
DENIED_LATER = Asks(np.dtype, "f8", False, True, state=(3, "|", None, ("a",), FIELDS, 8, 1, 0))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (Asks(SCALAR, DENIED, b"A" * 8), "a dtype of 'V8'"),
        (Asks(SCALAR, DENIED_LATER, b"A" * 8), "a dtype of several parts"),
        (Asks(SCALAR, simple_dtype(), b"A" * 8), "no number and no text"),
        (Asks(np.dtype, [("a", "O")]), "a dtype of list"),
        (Asks(np.dtype, "O,O"), "a dtype of 'O,O'"),
        (Asks(np.ndarray, (1,)), "an array of its own making"),
        (Asks(RECONSTRUCT, np.ndarray, (9,), b"b"), "an array that is not empty"),
        (array_asking((100_000,), simple_dtype(), [1]), "cannot reshape"),
        (array_asking((100_000,), simple_dtype("f8", "<"), b"x" * 8), "cannot reshape"),
        (array_asking((1,), simple_dtype(), b"x" * 8), "an array of objects from bytes"),
        (array_asking((1,), simple_dtype("f8", "<"), [1]), "numbers from list"),
        (array_asking((1,), "f8", b"x" * 8), "an array without a dtype"),
        (Asks(bytes, 10**15), "bytes of int"),
        (Asks(bytearray, 10**15), "bytes of int"),
    ],
)
def test_what_would_make_numpy_read_foreign_memory_is_refused(tmp_path, content, message):
    save_as_npy(tmp_path / "metadata.npy", {"ix_to_word": {0: content}})
    with pytest.raises(CorpusError, match=f"{message}.*; allowed: plain containers"):
        read_plain_npy(tmp_path / "metadata.npy")


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize(
    "array",
    [
        np.array([["a", None], [1, (2, 3)]], dtype=object),
        np.array([1.5, -2], dtype=">f4"),
        np.asfortranarray(np.arange(6, dtype=np.int64).reshape(2, 3)),
        np.array(["caf\u00e9", "x"]),
        np.array([b"ab", b""]),
        np.array([True, False]),
        np.array([1 + 2j]),
        np.empty((0, 3), dtype=np.float32),
    ],
)
def test_arrays_come_back(tmp_path, array, protocol):
    save_as_npy(tmp_path / "metadata.npy", {"array": array}, protocol)
    back = read_plain_npy(tmp_path / "metadata.npy")["array"]
    np.testing.assert_array_equal(back, array)
    assert back.dtype == array.dtype.newbyteorder("=")  # as NumPy itself reads them
    assert back.flags.f_contiguous == array.flags.f_contiguous


def test_codec_trick_is_refused(tmp_path):
    rename = [(b"latin1", b"rot_13")]
    save_as_npy(tmp_path / "metadata.npy", {"ix_to_word": {0: b"\xe9"}}, 2, rename)
    with pytest.raises(CorpusError, match="it asks for the codec rot_13"):
        read_plain_npy(tmp_path / "metadata.npy")


@pytest.mark.parametrize("data", [b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00", b"PK\x03\x04 something else"])
def test_what_is_no_npy(tmp_path, data):
    (tmp_path / "metadata.npy").write_bytes(data)
    with pytest.raises(CorpusError, match=r"damaged, or no .npy file"):
        read_plain_npy(tmp_path / "metadata.npy")


def test_metadata_cut_short(hdf5_file):
    path = hdf5_file[0].with_name("metadata.npy")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(CorpusError, match=r"metadata.npy: .*; allowed: plain containers"):
        read_plain_npy(path)


def test_metadata_with_other_content(hdf5_file):
    path, _ = hdf5_file
    np.save(path.with_name("metadata.npy"), np.zeros(3))
    with pytest.raises(CorpusError, match="an array of float64, not a dictionary"):
        build_corpus(str(path))
    np.save(path.with_name("metadata.npy"), {"word_to_ix": {}}, allow_pickle=True)
    with pytest.raises(CorpusError, match="no `ix_to_word` from numbers to words"):
        build_corpus(str(path))
