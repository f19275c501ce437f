"""What a report is made from, and what it does without."""

import json

import numpy as np
import pytest

from cinefuse.errors import RunError
from cinefuse.reports.reading import read_material


def change_predictions(directory, folder, file="predictions.npz", **arrays):
    path = directory / folder / file
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


def flip_bytes(path):
    """In the middle of the compressed probabilities, where no header is."""
    content = bytearray(path.read_bytes())
    place = content.index(b"probabilities.npy") + len("probabilities.npy") + 200
    content[place : place + 8] = bytes(255 - byte for byte in content[place : place + 8])
    path.write_bytes(content)


def flip_scored(directory):
    path = directory / "bert-text" / "predictions.npz"
    with np.load(path) as stored:
        np.savez_compressed(path, **{name: stored[name] for name in stored.files})
    flip_bytes(path)


def spoil_dev(directory):
    with np.load(directory / "bert-text" / "dev.npz") as stored:
        spoilt = stored["probabilities"].copy()
    spoilt[3, 4] = np.nan
    change_predictions(directory, "bert-text", "dev.npz", probabilities=spoilt)


def turn_dev(directory):
    with np.load(directory / "bert-text" / "dev.npz") as stored:
        turned = stored["genres"][::-1]
    change_predictions(directory, "bert-text", "dev.npz", genres=turned)


def narrow_every_dev(directory):
    for run in directory.glob("*/dev.npz"):
        with np.load(run) as stored:
            narrow = {name: stored[name][..., :-1] for name in stored.files if name != "ids"}
        change_predictions(directory, run.parent.name, "dev.npz", **narrow)


@pytest.mark.parametrize(
    ("change", "file", "said"),
    [
        (flip_scored, "predictions.npz", "not predictions that a run writes"),
        (spoil_dev, "dev.npz", "cannot be scored: probabilities: 1 of 630 values are not finite"),
        (turn_dev, "dev.npz", "its genres, or their order, are not those of the comparison"),
        (narrow_every_dev, "dev.npz", "its genres, or their order, are not those of the comparison"),
    ],
)
def test_damaged_predictions_are_named_and_done_without(make_material, change, file, said):
    material = make_material(change, n_films=60)
    assert any(why.startswith(f"bert-text/{file}: {said}") for why in material.missing), material.missing
    (model,) = (model for model in material.models if model.name == "bert-text")
    assert (model.scored if file == "predictions.npz" else model.dev) == ()
    assert all(model.scored for model in material.models if model.name != "bert-text")


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "3",
        "[3]",
        '[{"loss": 1}]',
        '[{"epoch": "first"}]',
        '[{"epoch": 1, "loss": "low"}]',
        "[" * 9999,
    ],
)
def test_a_history_that_is_none_is_named(make_material, text):
    def change(directory):
        (directory / "bert-text" / "history.json").write_text(text)

    material = make_material(change, n_films=60)
    assert any(why.startswith("bert-text/history.json: not a history") for why in material.missing)
    histories = {model.name: model.histories for model in material.models}
    assert histories.pop("bert-text") == ()
    assert all(histories.values())


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "3",
        '{"settings": 3}',
        '{"settings": {"learning_rate": "fast"}}',
        '{"corpus": {"movies": {"train": "many"}}}',
    ],
)
def test_what_is_no_identity_of_a_run_is_named(make_material, text):
    def change(directory):
        (directory / "bert-text" / "run.json").write_text(text)

    material = make_material(change, n_films=60)
    assert any(why.startswith("bert-text/run.json: not a run") for why in material.missing)
    (model,) = (model for model in material.models if model.name == "bert-text")
    assert (model.settings, model.train_movies) == ({}, None)


def test_a_result_that_lacks_a_genre_is_left_out(make_material):
    def change(directory):
        written = json.loads((directory / "comparison.json").read_text())
        del written["models"][1]["per_genre"]["Drama"]
        (directory / "comparison.json").write_text(json.dumps(written))

    material = make_material(change, n_films=60)
    assert "bert-text" not in [model.name for model in material.models]
    assert len(material.comparison.models) == len(material.models) == 6
    assert "comparison.json: the result of bert-text with seed 42 lacks Drama, and is left out" in (
        material.missing
    )


def test_no_reason_says_where_the_folder_lies(make_material):
    place = []

    def change(directory):
        place.append(str(directory))
        written = json.loads((directory / "comparison.json").read_text())
        error = f"{directory}/bert-text: the run is damaged: '{directory}/bert-text/x'"
        written["failed"] = [{"model": "bert-text", "seed": 43, "error": error}]
        (directory / "comparison.json").write_text(json.dumps(written))
        (directory / "bert-text" / "predictions.npz").unlink()

    material = make_material(change, n_films=60)
    (failed,) = material.comparison.failed
    assert failed.error == "bert-text: the run is damaged: 'bert-text/x'"
    assert material.missing
    assert not any(place[0] in why for why in material.missing)


def test_a_folder_without_a_comparison_is_refused(tmp_path):
    with pytest.raises(RunError, match=r"comparison\.json: no such file; `cinefuse compare"):
        read_material(tmp_path)
