"""Trainings that models of a comparison have in common."""

import os
import shutil

import pytest

from cinefuse import shared_trainings as module
from cinefuse.ensembles.members import digest_of
from cinefuse.errors import StorageError
from cinefuse.experiment import run
from cinefuse.inference import Predictor
from cinefuse.shared_trainings import take_over


@pytest.fixture(scope="module")
def settings(tiny_settings):
    return tiny_settings("cnn-vision", "max_epochs=1")


@pytest.fixture(scope="module")
def there(settings, tiny_corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("there") / "cnn-vision"
    run("cnn-vision", settings, tiny_corpus, folder)
    return folder


def test_it_is_the_same_run_and_no_more_of_it(there, settings, tiny_corpus, tmp_path):
    folder = tmp_path / "trainings" / "cnn-vision"
    (there / "predictions.npz").write_bytes(b"of who scored it")
    assert take_over("cnn-vision", settings, tiny_corpus, folder, [tmp_path / "nothing", there])
    assert digest_of(folder) == digest_of(there)
    assert {path.name for path in folder.iterdir()} == {
        *("bundle.json", "model.safetensors", "run.json", "history.json")
    }
    assert len(Predictor.load(folder).predict(tiny_corpus.split("test"))) == 15
    assert (folder / "model.safetensors").samefile(there / "model.safetensors")
    assert not take_over("cnn-vision", settings, tiny_corpus, folder, [there])  # it is there already


def test_where_links_are_refused_it_is_a_copy(there, settings, tiny_corpus, tmp_path, monkeypatch):
    def refused(*_):
        raise OSError

    monkeypatch.setattr(os, "link", refused)
    folder = tmp_path / "trainings" / "cnn-vision"
    assert take_over("cnn-vision", settings, tiny_corpus, folder, [there])
    assert digest_of(folder) == digest_of(there)
    assert not (folder / "model.safetensors").samefile(there / "model.safetensors")


def test_other_runs_are_not_taken_over(there, settings, tiny_corpus, tmp_path):
    broken, unfinished = (shutil.copytree(there, tmp_path / name) for name in ("broken", "unfinished"))
    (broken / "run.json").write_text("{")
    (unfinished / "bundle.json").unlink()
    folder = tmp_path / "trainings" / "cnn-vision"
    assert not take_over("cnn-vision", settings, tiny_corpus, folder, [broken, unfinished])
    other = settings.model_copy(update={"seed": 43})
    assert not take_over("cnn-vision", other, tiny_corpus, folder, [there])
    assert not take_over("gmu", settings, tiny_corpus, folder, [there])
    assert not folder.exists()


def test_a_copy_that_broke_off_leaves_nothing_in_the_way(there, settings, tiny_corpus, tmp_path, monkeypatch):
    folder = tmp_path / "trainings" / "cnn-vision"

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as context:
        context.setattr(module, "copy_files", full)
        with pytest.raises(StorageError, match="the disk is full"):
            take_over("cnn-vision", settings, tiny_corpus, folder, [there])
    assert not any(tmp_path.rglob("*"))
    killed = tmp_path / "cnn-vision.partial"  # beside the folder of all trainings, not in it
    killed.mkdir()
    (killed / "half").write_text("")
    assert take_over("cnn-vision", settings, tiny_corpus, folder, [there])
    assert not killed.exists()
    assert not (folder / "half").exists()
