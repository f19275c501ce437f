"""MM-IMDb's HDF5, `multimodal_imdb.hdf5`, with its words in `metadata.npy` beside it.

What the file says of itself is turned back into what it was made from:

- `images` int32 (N, 3, 256, 160), BGR with the Caffe mean subtracted: becomes RGB from 0 to 255 again;
- `genres` int32 (N, 23), named by its attribute `target_names` (a JSON list): never by a list of ours;
- `sequences`, indices into `ix_to_word`: become a plot again, its words and marks apart by blanks;
- `imdb_ids` S7.

Rows come in split order and, within a split, grouped by rarest genre. The split is read from the file's
attribute `split` where it has one (rows by split, as the library Fuel wrote them), and else from the
number of rows, if they are the 25,959 of the official file.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cinefuse.corpus.movie import SPLITS, Entries, Fault, Reading, SourceMovie
from cinefuse.corpus.poster import ArrayPoster, Pixels, PosterError
from cinefuse.corpus.readers.plain_pickle import read_plain_npy
from cinefuse.errors import CorpusError, MissingExtra

CAFFE_MEAN = (103.939, 116.779, 123.68)  # blue, green, red
OFFICIAL_ENDS = (15_552, 18_160, 25_959)  # the row after the last of train, dev, test
SLAB_ROWS = 1024
DATASETS = ("images", "genres", "sequences", "imdb_ids")


def recognises(source: str) -> bool:
    """A file that ends in .hdf5 or .h5."""
    return Path(source).suffix.lower() in {".hdf5", ".h5"} and Path(source).is_file()


def read(source: str, columns: Mapping[str, str], split_ends: Sequence[int] = OFFICIAL_ENDS) -> Reading:
    """Reads ids, genres and plots; posters stay in the file.

    Args:
        source: the HDF5 file; metadata.npy lies beside it.
        columns: none; it has no columns.
        split_ends: the row after the last of train, dev and test, believed where the last is the
            number of rows.

    Raises:
        CorpusError: if the file, or its metadata.npy, is not as MM-IMDb's.
        MissingExtra: if h5py is not installed.
    """
    if columns:
        raise CorpusError(f"{source}: an HDF5 has no columns; --column is for CSV and Parquet tables")
    path = Path(source)
    file = _open(path)
    genres = _target_names(path, file)
    words = _read_words(path.with_name("metadata.npy"))
    n_movies = _check_shapes(path, file, len(genres))
    ends = _split_ends(path, file, n_movies, split_ends)
    note = (
        f"{path.name} has {n_movies} rows and no attribute `split`; the official split is by row and "
        f"belongs to the file of {OFFICIAL_ENDS[-1]} rows"
    )
    return Reading(
        name=path.stem,
        entries=Entries(partial(_entries, path, file, genres, words, ends)),
        genres=genres,
        has_splits=ends is not None,
        notes=() if ends is not None else (note,),
    )


@dataclass(frozen=True, slots=True)
class Hdf5Poster:
    """One row of `images`."""

    images: Any  # h5py.Dataset
    row: int

    def pixels(self, longest_side: int | None = None) -> Pixels:
        """See `Poster.pixels`."""
        return ArrayPoster(restore_colours(self._stored())).pixels(longest_side)

    def pixel_source(self) -> bytes:
        """See `TracedPoster.pixel_source`."""
        stored = self._stored()
        return repr((stored.shape, stored.dtype)).encode() + stored.tobytes()

    def _stored(self) -> NDArray[np.int32]:
        try:
            stored: NDArray[np.int32] = self.images[self.row]
        except (OSError, ValueError) as error:
            lasting = not isinstance(error, OSError)  # of a damaged file or of a disk: no telling
            raise PosterError("poster unreadable", f"images[{self.row}]: {error}", lasting=lasting) from error
        return stored


def restore_colours(stored: NDArray[np.int32]) -> Pixels:
    """(3, H, W) BGR minus mean -> (H, W, 3) RGB.

    The mean was subtracted in floating point and the fraction then cut off towards zero: what is below
    the mean was raised a little by that and is rounded down again, what is above it up.
    """
    mean = np.asarray(CAFFE_MEAN)[:, None, None]
    exact = np.where(stored < 0, np.floor(stored + mean), np.ceil(stored + mean))
    # channels last, and blue-green-red turned round
    return np.ascontiguousarray(exact.clip(0, 255).astype(np.uint8)[::-1].transpose(1, 2, 0))


def _open(path: Path) -> Any:
    try:
        import h5py
    except ImportError as error:
        raise MissingExtra("reading HDF5", "hdf5") from error
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise CorpusError(f"{path}: not an HDF5 file, or a download that broke off: {error}") from error
    if missing := [name for name in DATASETS if name not in file]:
        raise CorpusError(f"{path}: no dataset {', '.join(missing)}; it has {', '.join(file) or 'none'}")
    return file


def _target_names(path: Path, file: Any) -> tuple[str, ...]:
    try:
        names = json.loads(file["genres"].attrs["target_names"])
    except (KeyError, ValueError) as error:
        raise CorpusError(
            f"{path}: genres has no attribute target_names with a JSON list: {error}"
        ) from error
    if not isinstance(names, list) or len(set(map(str, names))) != file["genres"].shape[1]:
        raise CorpusError(
            f"{path}: target_names {names}; allowed: {file['genres'].shape[1]} different names, one a column"
        )
    return tuple(map(str, names))


def _check_shapes(path: Path, file: Any, n_genres: int) -> int:
    shapes = {name: file[name].shape for name in DATASETS}
    n_movies = int(shapes["images"][0])
    image = shapes["images"]
    if any(shape[0] != n_movies for shape in shapes.values()) or len(image) != 4 or image[1] != 3:
        raise CorpusError(
            f"{path}: shapes {shapes}; "
            f"allowed: images (N, 3, H, W), genres (N, {n_genres}), sequences and ids (N,)"
        )
    return n_movies


def _read_words(path: Path) -> Mapping[int, str]:
    content = read_plain_npy(path)
    words = content.get("ix_to_word") if isinstance(content, dict) else None
    if not isinstance(words, dict) or not all(isinstance(word, str) for word in words.values()):
        raise CorpusError(
            f"{path}: no `ix_to_word` from numbers to words in it; is it MM-IMDb's metadata.npy?"
        )
    return {int(index): word for index, word in words.items()}


def _split_ends(path: Path, file: Any, n_movies: int, believed: Sequence[int]) -> Sequence[int] | None:
    """The row after the last of train, dev and test, or None where nothing says it."""
    if "split" not in file.attrs:
        return believed if believed[-1] == n_movies else None
    rows = {
        entry["split"].decode(): (int(entry["start"]), int(entry["stop"]))
        for entry in file.attrs["split"]
        if entry["source"] == b"images"
    }
    ends = [rows.get(split, (0, 0))[1] for split in SPLITS]
    if [rows.get(split) for split in SPLITS] != list(zip([0, *ends], ends, strict=False)) or ends[
        -1
    ] != n_movies:
        raise CorpusError(
            f"{path}: attribute `split` gives {rows}; allowed: train, dev and test over rows 0 to {n_movies}"
        )
    return ends


def _entries(
    path: Path,
    file: Any,
    genres: Sequence[str],
    words: Mapping[int, str],
    ends: Sequence[int] | None,
) -> Iterator[SourceMovie | Fault]:
    for row, (movie_id, flags, sequence) in enumerate(_rows(file)):
        where = f"{path.name} row {row}"
        unknown = [index for index in sequence if index not in words]
        if unknown:
            yield Fault(where, "word of unknown number", f"{unknown[0]}; metadata.npy has {len(words)} words")
            continue
        yield SourceMovie(
            id=movie_id.decode("ascii", "replace"),
            where=where,
            split=None if ends is None else SPLITS[sum(row >= end for end in ends)],
            plots=(" ".join([words[index] for index in sequence]),),
            genres=tuple(genre for genre, flag in zip(genres, flags, strict=True) if flag),
            poster=Hdf5Poster(file["images"], row),
        )


def _rows(file: Any) -> Iterator[tuple[bytes, NDArray[np.int32], list[int]]]:
    """Id, genres and word numbers of each; read in slabs, for a row at a time takes ten times as long."""
    for start in range(0, len(file["imdb_ids"]), SLAB_ROWS):
        ids, genres, sequences = (
            file[name][start : start + SLAB_ROWS] for name in ("imdb_ids", "genres", "sequences")
        )
        yield from zip(ids, genres, (sequence.tolist() for sequence in sequences), strict=True)
