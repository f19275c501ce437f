"""An invented comparison: seven models on 21 genres, with the predictions that it was scored from."""

import numpy as np
import pytest

from cinefuse.corpus.genres import MMIMDB_GENRES
from cinefuse.metrics.multilabel import score
from cinefuse.metrics.uncertainty import bootstrap_intervals
from cinefuse.reports.page import write_report
from cinefuse.results import Comparison, write_record

GENRES = [name for name in MMIMDB_GENRES if name not in {"Short", "Film-Noir"}]
SKILLS = {  # model -> (skill, parameters in millions, seconds)
    "lstm-text": (0.20, 24.0, 212.4),
    "bert-text": (0.27, 66.6, 1341.0),
    "cnn-vision": (0.04, 1.7, 401.0),
    "resnet-vision": (0.12, 11.3, 655.5),
    "early-fusion": (0.275, 80.2, 1702.0),
    "late-fusion": (0.29, 77.9, 1650.0),
    "attention-fusion": (0.30, 83.8, 1904.0),
}
N_FILMS = 400


def invent(seeds=(42,), n_films=N_FILMS, without=("Western",)):
    """The comparison and folder name -> arrays of its predictions."""
    targets = np.random.default_rng(5).random((n_films, len(GENRES))) < np.geomspace(0.5, 0.02, len(GENRES))
    for genre in without:
        targets[:, GENRES.index(genre)] = False
    corpus = {
        "name": "open",
        "split": "test",
        "movies": n_films,
        "genres": GENRES,
        "plot_rule": "the longest by characters",
        "split_rule": "the corpus' own",
        "skipped": {"genre not used: News": 4, "plot too short (below 10 words)": 31, "poster unreadable": 2},
    }
    models, predictions = [], {}
    for model, (skill, parameters, seconds) in SKILLS.items():
        for seed in seeds:
            noise = np.random.default_rng([seed, *model.encode()]).random(targets.shape)
            probabilities = ((1 - skill) * noise + skill * targets).astype(np.float32)
            thresholds = np.full(len(GENRES), 0.72)
            folder = model if seed == seeds[0] else f"{model}@{seed}"
            predictions[folder] = {
                "ids": np.array([f"{film:07d}" for film in range(n_films)]),
                "genres": np.array(GENRES),
                "probabilities": probabilities,
                "targets": targets,
                "thresholds": thresholds,
            }
            models.append(
                _result(model, corpus, (probabilities, targets, thresholds), (parameters, seconds), seed)
            )
    return Comparison.model_validate({"corpus": corpus, "models": models}), predictions


def _result(model, corpus, arrays, sizes, seed):
    scores = score(*arrays)
    columns = ("f1", "precision", "recall", "roc_auc", "average_precision")
    per_genre = {}
    for column, genre in enumerate(GENRES):
        values = {name: float(getattr(scores.per_genre, name)[column]) for name in columns}
        per_genre[genre] = {name: None if np.isnan(value) else value for name, value in values.items()} | {
            "support": int(scores.per_genre.support[column]),
            "threshold": 0.72,
        }
    total = round(sizes[0] * 1e6)
    return {
        "model": model,
        "corpus": corpus,
        "threshold": {"rule": "global", "value": 0.72},
        "metrics": scores.metrics,
        "intervals": bootstrap_intervals(*arrays, n_resamples=200),
        "per_genre": per_genre,
        "undefined": [genre for genre, missing in zip(GENRES, scores.undefined, strict=True) if missing],
        "parameters": {
            "backbone": total // 2,
            "head": total - total // 2,
            "total": total,
            "trainable": total,
        },
        "seconds": {"train": sizes[1], "evaluate": 3.2},
        "seed": seed,
    }


@pytest.fixture(scope="session")
def invented():
    return invent()


@pytest.fixture(scope="session")
def comparison(invented):
    return invented[0]


@pytest.fixture(scope="session")
def three_seeds():
    return invent(seeds=(1, 2, 3), n_films=120)


def lay_out(comparison, predictions, directory):
    """The folder that `compare --out` leaves."""
    write_record(comparison, directory / "comparison.json")
    for folder, arrays in predictions.items():
        (directory / folder).mkdir()
        np.savez(directory / folder / "predictions.npz", **arrays)
    return directory


@pytest.fixture
def directory(invented, tmp_path):
    return lay_out(*invented, tmp_path)


@pytest.fixture(scope="session")
def directory_of_three_seeds(three_seeds, tmp_path_factory):
    """Read only."""
    return lay_out(*three_seeds, tmp_path_factory.mktemp("seeds"))


@pytest.fixture(scope="session")
def reported(invented, tmp_path_factory):
    """A folder with its report; read only."""
    directory = lay_out(*invented, tmp_path_factory.mktemp("reported"))
    write_report(directory)
    return directory
