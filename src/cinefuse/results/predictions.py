"""What a run gave each film of a split: `predictions.npz` and, for the dev split, `dev.npz`."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cinefuse.errors import RunError, StorageError


@dataclass(frozen=True)
class StoredPredictions:
    """One run on one split.

    Attributes:
        ids: (N,), films.
        genres: (G,).
        probabilities: (N, G), as the model gives them, before any calibration.
        targets: (N, G), booleans.
        thresholds: (G,).
    """

    ids: NDArray[np.str_]
    genres: NDArray[np.str_]
    probabilities: NDArray[np.float32]
    targets: NDArray[np.bool_]
    thresholds: NDArray[np.float64]


def write_predictions(predictions: StoredPredictions, path: Path) -> None:
    """Writes them as a NumPy archive without pickles.

    Raises:
        StorageError: if the disk says no.
    """
    try:
        np.savez_compressed(
            path, **{field.name: getattr(predictions, field.name) for field in fields(predictions)}
        )
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror}") from error


def read_predictions(path: Path) -> StoredPredictions:
    """Reads a run's predictions; never unpickles.

    Raises:
        RunError: if the file is missing or is not what a run writes.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            predictions = StoredPredictions(
                **{field.name: np.asarray(arrays[field.name]) for field in fields(StoredPredictions)}
            )
    except FileNotFoundError as error:
        raise RunError(f"{path}: no such file; `cinefuse compare` writes it for each model") from error
    except Exception as error:
        # NumPy, zipfile and zlib raise nearly anything on damaged files
        raise RunError(
            f"{path}: not predictions that a run writes: {error or type(error).__name__}"
        ) from error
    if unlike := _unlike(predictions):
        raise RunError(f"{path}: not predictions that a run writes: {unlike}")
    return predictions


def _unlike(predictions: StoredPredictions) -> str:
    """Which array has not the shape or the kind of number that `StoredPredictions` says; empty for none."""
    n_films, n_genres = predictions.ids.shape[:1], predictions.genres.shape[:1]
    expected = {
        "ids": (n_films, "U"),
        "genres": (n_genres, "U"),
        "probabilities": (n_films + n_genres, "f"),
        "targets": (n_films + n_genres, "b"),
        "thresholds": (n_genres, "f"),
    }
    found = {name: getattr(predictions, name) for name in expected}
    return "; ".join(
        f"{name} has shape {found[name].shape} of {found[name].dtype}"
        for name, (shape, kind) in expected.items()
        if found[name].shape != shape or found[name].dtype.kind != kind
    )
