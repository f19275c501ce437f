"""An invented comparison: seven models on 21 genres, with all that their runs and the corpus left."""

import json

import numpy as np
import pytest

from cinefuse.corpus.audit import describe_corpus
from cinefuse.corpus.genres import MMIMDB_GENRES
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.metrics.multilabel import score
from cinefuse.metrics.uncertainty import bootstrap_intervals
from cinefuse.reports.page import write_report
from cinefuse.reports.reading import read_material
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
TRANSFORMER = {"text": "transformer", "text_encoder": "../models/minilm_l6", "max_epochs": 6}
BACKBONE = {"vision": "backbone", "vision_encoder": "someone/mobilenet_v1"}
SETTINGS = {  # model -> where it differs from COMMON_SETTINGS
    "lstm-text": {"text": "bilstm", "max_epochs": 12},
    "bert-text": TRANSFORMER,
    "cnn-vision": {"vision": "cnn", "max_epochs": 12},
    "resnet-vision": BACKBONE,
    "early-fusion": TRANSFORMER | BACKBONE | {"fusion": "early"},
    "late-fusion": TRANSFORMER | BACKBONE | {"fusion": "late"},
    "attention-fusion": TRANSFORMER | BACKBONE | {"fusion": "attention", "max_epochs": 4},
}
COMMON_SETTINGS = {
    "text": None,
    "vision": None,
    "text_encoder": "distilbert/distilbert-base-uncased",
    "vision_encoder": "microsoft/resnet-18",
    "pretrained": True,
    "word_vectors": None,
    "fusion": "single",
    "max_tokens": 128,
    "poster_height": 224,
    "poster_width": 160,
    "loss": "bce",
    "class_weights": "sqrt",
    "batch_size": 32,
    "max_epochs": 8,
    "learning_rate": 1e-3,
    "pretrained_learning_rate": 5e-5,
    "vision_learning_rate": 1e-4,
    "schedule": "linear",
    "warmup": 0.1,
    "precision": "bfloat16",
    "select_by": "average_precision_macro",
    "threshold": "global",
}
ODD_GENRES = (
    "Drama",
    "<b>bold</b> & $x^2$",
    "\N{CLAPPER BOARD} film",
    "A genre of sixty characters " + "x" * 32,
)


def invent(seeds=(42,), n_films=N_FILMS, without=("Western",), genres=GENRES, skills=SKILLS):
    """The comparison and folder name -> arrays of its predictions."""
    genres = list(genres)
    targets = np.random.default_rng(5).random((n_films, len(genres))) < np.geomspace(0.5, 0.02, len(genres))
    for genre in set(without) & set(genres):
        targets[:, genres.index(genre)] = False
    corpus = {
        "name": "open",
        "split": "test",
        "movies": n_films,
        "genres": genres,
        "plot_rule": "the longest by characters",
        "split_rule": "the corpus' own",
        "skipped": {"genre not used: News": 4, "plot too short (below 10 words)": 31, "poster unreadable": 2},
    }
    models, predictions = [], {}
    for model, (skill, parameters, seconds) in skills.items():
        for seed in seeds:
            folder = model if seed == seeds[0] else f"{model}@{seed}"
            predictions[folder] = _arrays(targets, genres, skill, [seed, *model.encode()])
            models.append(_result(model, corpus, predictions[folder], (parameters, seconds), seed))
    return Comparison.model_validate({"corpus": corpus, "models": models}), predictions


def _arrays(targets, genres, skill, seed):
    noise = np.random.default_rng(seed).random(targets.shape)
    return {
        "ids": np.array([f"{film:07d}" for film in range(len(targets))]),
        "genres": np.array(genres),
        "probabilities": ((1 - skill) * noise + skill * targets).astype(np.float32),
        "targets": targets,
        "thresholds": np.full(len(genres), 0.72),
    }


def _result(model, corpus, predictions, sizes, seed):
    arrays = [predictions[name] for name in ("probabilities", "targets", "thresholds")]
    genres = corpus["genres"]
    scores = score(*arrays)
    columns = ("f1", "precision", "recall", "roc_auc", "average_precision")
    per_genre = {}
    for column, genre in enumerate(genres):
        values = {name: float(getattr(scores.per_genre, name)[column]) for name in columns}
        per_genre[genre] = {name: None if np.isnan(value) else value for name, value in values.items()} | {
            "support": int(scores.per_genre.support[column]),
            "threshold": 0.72,
        }
    total = round(sizes[0] * 1e6)
    conditions = {}
    for condition, share in {"plot_only": 0.9, "poster_only": 0.4}.items() if "fusion" in model else ():
        weaker = {name: value and share * value for name, value in scores.metrics.items()}
        macro_f1 = weaker["f1_macro"] or 0.0
        bounds = {"f1_macro": (macro_f1 - 0.02, macro_f1 + 0.02)}
        conditions[condition] = {"movies": 300, "metrics": weaker, "intervals": bounds}
    return {
        "model": model,
        "corpus": corpus,
        "threshold": {"rule": "global", "value": 0.72},
        "metrics": scores.metrics,
        "intervals": bootstrap_intervals(*arrays, n_resamples=200),
        "per_genre": per_genre,
        "conditions": conditions,
        "undefined": [genre for genre, missing in zip(genres, scores.undefined, strict=True) if missing],
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
    write_record(invent_corpus(comparison.corpus), directory / "corpus.json")
    for folder, arrays in predictions.items():
        run = directory / folder
        run.mkdir()
        np.savez(run / "predictions.npz", **arrays)
        np.savez(run / "dev.npz", **_dev(folder, arrays))
        model = folder.partition("@")[0]
        (run / "history.json").write_text(json.dumps(_history(model, folder)))
        (run / "run.json").write_text(json.dumps(_identity(model, comparison.corpus)))
    return directory


def _dev(folder, arrays):
    """On half as many other films."""
    n_films, n_genres = arrays["targets"].shape
    shares = np.geomspace(0.5, 0.03, n_genres)
    targets = np.random.default_rng(6).random((max(2, n_films // 2), n_genres)) < shares
    skill = SKILLS[folder.partition("@")[0]][0]
    dev = _arrays(targets, arrays["genres"], skill, [7, *folder.encode()])
    return dev | {"ids": np.array([f"1{film:06d}" for film in range(len(targets))])}


def _history(model, folder):
    """Rises, flattens, and falls a little."""
    skill, _, seconds = SKILLS[model]
    n_epochs = SETTINGS[model].get("max_epochs", 8)
    noise = np.random.default_rng(list(folder.encode())).normal(0, 0.01, (n_epochs, 3))
    rows = []
    for epoch in range(1, n_epochs + 1):
        risen = 1 - np.exp(-epoch / 2) - 0.01 * max(0, epoch - 5)
        f1, average_precision, loss = noise[epoch - 1]
        rows.append(
            {
                "epoch": epoch,
                "loss": 0.25 + 0.8 * float(np.exp(-epoch / 3)) + float(loss),
                "learning_rate": 1e-3 * (1 - epoch / n_epochs),
                "f1_macro": (0.2 + skill) * risen + float(f1),
                "f1_micro": (0.3 + skill) * risen + float(f1),
                "average_precision_macro": (0.24 + skill) * risen + float(average_precision),
                "seconds": seconds / n_epochs,
            }
        )
    return rows


def _identity(model, corpus):
    movies = {"train": 7 * corpus.movies, "dev": max(2, corpus.movies // 2), corpus.split: corpus.movies}
    named = {"name": corpus.name, "genres": corpus.genres, "movies": movies}
    return {"recipe": model, "corpus": named, "settings": COMMON_SETTINGS | SETTINGS[model]}


def invent_corpus(summary):
    """What `describe_corpus` finds in films with those genres: some lack a plot, three have the same."""
    generator = np.random.default_rng(8)
    shares = np.geomspace(0.5, 0.02, len(summary.genres))
    splits = {}
    for split, number in (
        ("train", 3 * summary.movies),
        ("dev", summary.movies // 2),
        ("test", summary.movies),
    ):
        movies = []
        for film in range(number):
            has = generator.random(len(shares)) < shares
            words = [split, str(film), *["word"] * int(generator.lognormal(4.4, 0.7))]
            movies.append(
                Movie(
                    f"{split}{film:06d}",
                    plot=None if film % 50 == 49 else " ".join(words) if film else "the first of its split",
                    genres=tuple(genre for genre, there in zip(summary.genres, has, strict=True) if there),
                )
            )
        splits[split] = movies
    corpus = Corpus(
        summary.name, tuple(summary.genres), splits, summary.plot_rule, summary.split_rule, summary.skipped
    )
    return describe_corpus(corpus)


@pytest.fixture
def make_material(tmp_path):
    """What `read_material` finds where the invented comparison was laid out, changed as one likes."""

    def make(change=None, **how):
        directory = tmp_path / f"made-{len(list(tmp_path.iterdir()))}"
        directory.mkdir()
        lay_out(*invent(**how), directory)
        if change:
            change(directory)
        return read_material(directory)

    return make


@pytest.fixture(scope="session")
def material(invented, tmp_path_factory):
    """Of the seven models, one seed each."""
    return read_material(lay_out(*invented, tmp_path_factory.mktemp("material")))


@pytest.fixture(scope="session")
def material_of_three_seeds(directory_of_three_seeds):
    return read_material(directory_of_three_seeds)


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
