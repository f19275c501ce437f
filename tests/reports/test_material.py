"""What a report is made from, and what it does without."""

import json

import numpy as np
import pytest

from cinefuse.errors import RunError
from cinefuse.reports.reading import read_material


def change_predictions(directory, folder, **arrays):
    path = directory / folder / "predictions.npz"
    with np.load(path) as stored:
        kept = {name: stored[name] for name in stored.files}
    np.savez(path, **(kept | arrays))


def test_everything_that_runs_left_is_read(material):
    assert len(material.models) == len(material.tested) == 7
    assert material.chosen_on_dev
    assert material.corpus.movies > 0
    model = material.models[0]
    assert model.settings["batch_size"] == 32
    assert model.train_movies == 2800
    assert model.histories[0][0]["epoch"] == 1
    scores = [model.summary.mean("f1_macro") for model in material.models]
    assert scores == sorted(scores, reverse=True)


def test_the_best_of_a_group_is_picked_on_dev_where_there_is_one(make_material):
    material = make_material(n_films=60)
    texts = [model for model in material.tested if model.kind == "text"]
    assert material.best("text").dev_score == max(model.dev_score for model in texts)
    bare = make_material(lambda directory: (directory / "bert-text" / "dev.npz").unlink(), n_films=60)
    assert not bare.chosen_on_dev
    assert bare.best() is bare.tested[0]


def test_several_seeds_are_read_together_or_not_at_all(make_material):
    how = {"seeds": (1, 2, 3), "n_films": 60}
    assert len(make_material(**how).models[0].scored) == 3
    material = make_material(
        lambda directory: (directory / "bert-text@2" / "predictions.npz").unlink(), **how
    )
    (model,) = (model for model in material.models if model.name == "bert-text")
    assert model.scored == ()
    assert any("bert-text@2" in why and "no such file" in why for why in material.missing)
    assert len(material.tested) == 6


def test_predictions_of_other_films_are_not_compared(make_material):
    def change(directory):
        others = np.array([f"x{film}" for film in range(60)])
        change_predictions(directory, "bert-text", ids=others)

    material = make_material(change, n_films=60)
    assert len(material.tested) == 6
    assert any("bert-text" in why and "ids" in why for why in material.missing)


def test_predictions_of_another_run_are_not_compared(make_material):
    def change(directory):
        change_predictions(directory, "bert-text", thresholds=np.full(21, 0.99))

    material = make_material(change, n_films=60)
    assert any("not of the same run" in why for why in material.missing)


def test_damaged_files_are_named(make_material):
    def change(directory):
        (directory / "bert-text" / "history.json").write_text("{")
        (directory / "corpus.json").write_text(json.dumps({"name": 3}))

    material = make_material(change, n_films=60)
    assert material.corpus is None
    assert sum("history.json" in why for why in material.missing) == 1
    assert any("corpus.json" in why for why in material.missing)


def test_a_folder_without_a_comparison_is_refused(tmp_path):
    with pytest.raises(RunError, match=r"comparison\.json: no such file; `cinefuse compare"):
        read_material(tmp_path)
