"""The recipe files for MM-IMDb, up to their first steps on small sources of its shape."""

from pathlib import Path

import pytest

import cinefuse
from cinefuse.corpus.corpus import open_corpus
from cinefuse.errors import CorpusError
from cinefuse.experiment import run
from cinefuse.inference import Predictor
from cinefuse.recipes import ENSEMBLE_RECIPES, RECIPES, compose, find_recipe, find_with_ensembles
from cinefuse.recipes.compose import compose_loosely

FOLDER = Path(cinefuse.__file__).parents[2] / "recipes" / "mmimdb"
FILES = sorted(FOLDER.rglob("*.toml"))
FIRST_STEPS = (
    "profile=small",
    "text_encoder=small",
    "vision_encoder=small",
    "max_epochs=1",
    "batch_size=4",
    "minimum_word_count=1",
    "minimum_plots=1",
    "poster_height=32",
    "poster_width=32",
    "report_to=none",
)


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def recipe(request):
    return find_recipe(str(request.param))


def first_steps(recipe, corpus, folder):
    record = run(recipe.name, compose_loosely(recipe, FIRST_STEPS), corpus, folder)
    assert record.model == recipe.name
    (told, *_) = Predictor.load(folder).predict(list(corpus.split("test")))
    assert set(told.probabilities) == set(corpus.genres)


def test_every_recipe_has_its_file():
    assert {path.stem for path in FILES} >= set(RECIPES)


def test_the_folder_and_the_ensembles_share_their_trainings():
    recipes, ensembles = find_with_ensembles(f"{FOLDER},{FOLDER / 'people'},{','.join(ENSEMBLE_RECIPES)}")
    assert [one.name for one in ensembles] == list(ENSEMBLE_RECIPES)
    assert sorted(one.name for one in recipes) == sorted(path.stem for path in FILES)


def test_they_are_of_full_size(recipe):
    settings = compose(recipe)
    assert settings.text_encoder != "small"
    assert settings.vision_encoder != "small"
    assert settings.learner != "gradient" or settings.max_epochs == 50


def test_first_steps_on_the_raw_folder(recipe, raw_folder, tmp_path):
    first_steps(recipe, open_corpus(str(raw_folder)), tmp_path / "run")


def test_first_steps_on_the_hdf5(recipe, hdf5_file, tmp_path):
    corpus = open_corpus(str(hdf5_file[0]))
    if compose(recipe).graph is None:
        first_steps(recipe, corpus, tmp_path / "run")
    else:
        with pytest.raises(CorpusError, match="no training movie has a director or a cast"):
            first_steps(recipe, corpus, tmp_path / "run")
