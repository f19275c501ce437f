"""Small sources in every layout that cinefuse reads, made of a few invented films."""

import io
import json
import pickle

import numpy as np
import pytest
from PIL import Image

FILMS = [  # id, genres, plot, split
    (
        "0000001",
        ["Drama", "Romance"],
        "Two bakers fall out over a recipe and in love over the bread.",
        "train",
    ),
    ("0000002", ["Comedy"], "A lighthouse keeper wins a goat and loses his quiet.", "train"),
    ("0000003", ["Drama"], "A clock maker repairs the one clock that she should not.", "train"),
    ("0000004", ["Drama", "War"], "Letters arrive twenty years after the ship went down.", "train"),
    ("0000005", ["Comedy", "Romance"], "They meet at the wrong wedding, twice.", "dev"),
    ("0000006", ["Drama", "War"], "The bridge must stand until the last cart is over.", "dev"),
    ("0000007", ["Comedy", "Drama"], "An orchestra without a hall plays in the rain.", "test"),
    ("0000008", ["Romance", "War"], "A nurse keeps the diary of a man who cannot write.", "test"),
]


def image_bytes(seed, size=(40, 60), image_format="JPEG"):
    pixels = np.random.default_rng(seed).integers(0, 255, (6, 4, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).resize(size).save(file, image_format)
    return file.getvalue()


@pytest.fixture
def raw_folder(tmp_path):
    """MM-IMDb's raw layout: eight films, all whole."""
    folder = tmp_path / "films"
    (folder / "dataset").mkdir(parents=True)
    splits = {"train": [], "dev": [], "test": []}
    for number, (movie_id, genres, plot, split) in enumerate(FILMS):
        record = {
            "genres": genres,
            "plot": [plot[:20], plot],
            "title": f"Film {number}",
            "year": 1980 + number,
        }
        if number == 0:
            record |= {"director": [{"name": "A. Baker"}], "cast": ["B. Crust", {"name": "C. Crumb"}]}
        (folder / "dataset" / f"{movie_id}.json").write_text(json.dumps(record))
        (folder / "dataset" / f"{movie_id}.jpeg").write_bytes(image_bytes(number))
        splits[split].append(movie_id)
    (folder / "split.json").write_text(json.dumps(splits))
    return folder


@pytest.fixture
def change(raw_folder):
    """Changes the record of one film of the raw folder."""

    def change_record(movie_id, **fields):
        path = raw_folder / "dataset" / f"{movie_id}.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | fields))

    return change_record


HDF5_GENRES = ["Drama", "Comedy", "Romance", "Film-Noir", "Short"]  # not the alphabet's order
MEAN = np.array([103.939, 116.779, 123.68], dtype=np.float32)


def to_caffe(rgb):
    """As MM-IMDb's own script does: RGB (H, W, 3) -> BGR minus mean (3, H, W), cut to whole numbers."""
    return (rgb.astype(np.float32)[..., ::-1] - MEAN).transpose(2, 0, 1).astype(np.int32)


def rows_of_hdf5():
    """24 films in split order, 12 / 4 / 8; in each split the rarest genre first."""
    rng = np.random.default_rng(0)
    films = []
    for split, size in (("train", 12), ("dev", 4), ("test", 8)):
        flags = (rng.random((size, len(HDF5_GENRES))) < 0.4).astype(np.int32)
        flags[np.arange(size), np.arange(size)[::-1] * len(HDF5_GENRES) // size] = 1
        for row in range(size):
            rgb = rng.integers(0, 256, (256, 160, 3), dtype=np.uint8)
            rgb[:20], rgb[20:40] = (255, 0, 10), (0, 0, 0)  # a red band and a black one
            films.append((f"{len(films):07d}", split, flags[row], rgb))
    return films


WORDS = ["_UNK_", "the", "clock", ",", "N", "stops", "caf\u00e9"]


@pytest.fixture
def hdf5_file(tmp_path):
    """multimodal_imdb.hdf5 and metadata.npy in MM-IMDb's own schema; the films that went into it."""
    h5py = pytest.importorskip("h5py")
    films = rows_of_hdf5()
    path = tmp_path / "multimodal_imdb.hdf5"
    with h5py.File(path, "w") as file:
        file["images"] = np.stack([to_caffe(rgb) for _, _, _, rgb in films])
        file["genres"] = np.stack([flags for _, _, flags, _ in films])
        file["genres"].attrs["target_names"] = json.dumps(HDF5_GENRES)
        file["imdb_ids"] = np.array([movie_id for movie_id, *_ in films], dtype="S7")
        sequences = file.create_dataset("sequences", (len(films),), dtype=h5py.vlen_dtype(np.int32))
        for row in range(len(films)):
            sequences[row] = np.arange(1, 4 + row % 3, dtype=np.int32)
    words = dict(enumerate(WORDS))
    metadata = {"ix_to_word": words, "vocab_size": len(words), "lookup": np.zeros((2, 3), np.float32)}
    np.save(tmp_path / "metadata.npy", metadata, allow_pickle=True)
    return path, films


def save_as_npy(path, content, protocol=2, rename=()):
    """A .npy of one pickled object, as another NumPy would have written it."""
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|O", "fortran_order": False, "shape": ()})
        array = np.empty((), dtype=object)
        array[()] = content
        data = pickle.dumps(array, protocol=protocol)
        for new, old in rename:
            assert new in data
            data = data.replace(new, old)
        file.write(data)
