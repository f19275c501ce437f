"""Finished runs to combine, and an ensemble of them."""

import shutil

import pytest

from cinefuse.combination import ensemble
from cinefuse.experiment import run


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
