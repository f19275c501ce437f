"""What every test may ask for."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from cinefuse.combination import ensemble
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import ArrayPoster
from cinefuse.corpus.record import Corpus
from cinefuse.experiment import run
from cinefuse.recipes import Settings, compose, find_recipe
from cinefuse.recipes.concerns import idle_settings

torch.set_num_threads(1)  # tests run side by side, one a core

collect_ignore = ["e2e/watched_trainings.py"]  # a program that a test starts

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory):
    """Nothing that is kept between runs comes from, or goes to, the user's own folder."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CINEFUSE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """The real films and encoders beside the checkout; tests that need them say so if they are missing."""
    if not (SHARED / "corpus" / "open" / "split.json").is_file():
        pytest.skip("no real films: the folder ../shared is not beside this checkout")
    return SHARED


def pytest_collection_modifyitems(items):
    """Whatever asks for the real films is marked `real`."""
    for item in items:
        if "shared" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.real)


GENRES = ("Drama", "Comedy", "Horror")
WORDS = {
    "Drama": "mother letter silence",
    "Comedy": "wedding joke neighbour",
    "Horror": "cellar blood scream",
}
COLOURS = {"Drama": (90, 110, 160), "Comedy": (250, 210, 60), "Horror": (40, 0, 10)}


def make_movies(n_movies: int, seed: int = 0, prefix: str = "t") -> list[Movie]:
    """Movies whose plot and poster both tell their genre; the last two lack one of them each."""
    random = np.random.default_rng(seed)
    movies = []
    for number in range(n_movies):
        genres = [GENRES[number % 3]] + ([GENRES[(number + 1) % 3]] if number % 4 == 0 else [])
        words = " ".join(WORDS[genre] for genre in genres).split()
        plot = " ".join(random.choice([*words, "the", "a", "old", "house"], size=6 + number % 7))
        colour = np.array(COLOURS[genres[0]]) + random.integers(-30, 30, size=(30, 20, 3))
        movies.append(
            Movie(
                id=f"{prefix}{number}",
                plot=plot if number != n_movies - 1 else None,
                poster=ArrayPoster(colour.clip(0, 255).astype(np.uint8)) if number != n_movies - 2 else None,
                genres=tuple(genre for genre in GENRES if genre in genres),
            )
        )
    return movies


@pytest.fixture(scope="session")
def tiny_corpus() -> Corpus:
    """36 / 15 / 15 movies of three genres."""
    sizes = {"train": 36, "dev": 15, "test": 15}
    splits = {name: make_movies(size, seed, name) for seed, (name, size) in enumerate(sizes.items())}
    return Corpus("tiny", GENRES, splits, "longest", "own", {"poster missing": 3, "plot missing": 3})


@pytest.fixture(scope="session")
def people_corpus(tiny_corpus) -> Corpus:
    """The tiny corpus with directors and casts for three films of five; every person keeps to one genre."""
    splits = {}
    for name, movies in tiny_corpus.splits.items():
        named = []
        for number, movie in enumerate(movies):
            genre = movie.genres[0].lower()
            people = {"director": (f"{genre} director {number % 2}",), "cast": (f"{genre} star",)}
            named.append(replace(movie, **people) if number % 5 < 3 else movie)
        splits[name] = named
    return replace(tiny_corpus, splits=splits)


TINY = (
    "profile=small",
    "poster_height=32",
    "poster_width=32",
    "batch_size=8",
    "max_epochs=2",
    "minimum_word_count=1",
)


@pytest.fixture(scope="session")
def tiny_settings() -> Callable[..., Settings]:
    """The small profile of a recipe, smaller still, with what the test sets on top."""

    def make(recipe: str, *assignments: str) -> Settings:
        own = compose(find_recipe(recipe), ["profile=small", *assignments])
        given = {pair.partition("=")[0] for pair in assignments}
        # what this model would not notice is left out, lest `compose` refuse it
        tiny = [
            pair for pair in TINY if pair.partition("=")[0] not in given and not idle_settings([own], [pair])
        ]
        return compose(find_recipe(recipe), [*tiny, *assignments])

    return make


@pytest.fixture(scope="session")
def tiny_run(tiny_corpus, tiny_settings, tmp_path_factory) -> Path:
    """A finished run of late fusion on the tiny corpus; tests read it and never write to it."""
    directory = tmp_path_factory.mktemp("runs") / "late-fusion"
    run("late-fusion", tiny_settings("late-fusion"), tiny_corpus, directory)
    return directory


@pytest.fixture(scope="session")
def three_runs(tiny_corpus, tiny_settings, tiny_run, tmp_path_factory):
    """A run that reads plots, one that reads posters and one that reads both."""
    folder = tmp_path_factory.mktemp("members")
    for recipe in ("lstm-text", "cnn-vision"):
        run(recipe, tiny_settings(recipe, "max_epochs=6"), tiny_corpus, folder / recipe)
    return [folder / "lstm-text", folder / "cnn-vision", tiny_run]


@pytest.fixture(scope="session")
def combined(three_runs, tiny_corpus, tmp_path_factory):
    """An ensemble of all three, its members' own folders gone; tests read it and never write to it."""
    folder = tmp_path_factory.mktemp("ensembles")
    copies = [shutil.copytree(one, folder / f"copy-{one.name}") for one in three_runs]
    ensemble(copies, tiny_corpus, folder / "ensemble")
    for one in copies:
        shutil.rmtree(one)
    return folder / "ensemble"
