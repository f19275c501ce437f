"""How the models were made, from what their runs left."""

import json

import pytest

from cinefuse.reports.section import Facts
from cinefuse.reports.sections.models import models


def facts(section):
    return dict(next((block.facts for block in section.blocks if isinstance(block, Facts)), ()))


def setting(directory, model, **changed):
    path = directory / model / "run.json"
    identity = json.loads(path.read_text())
    identity["settings"] |= changed
    path.write_text(json.dumps(identity))


def test_sizes_and_times_are_the_records(material, rows):
    sizes, times = (
        {row["model"]: row for row in rows(models(material), name)} for name in ("parameters", "timing")
    )
    for result in material.comparison.models:
        row = sizes[result.model] | times[result.model]
        for part in ("backbone", "head", "total", "trainable"):
            assert int(row[f"parameters_{part}"]) == getattr(result.parameters, part)
        assert float(row["seconds_train"]) == result.seconds.train
        assert float(row["films_per_second_evaluate"]) == pytest.approx(400 / 3.2)
        assert row["seeds"] == "42"
    # 2,800 films, six epochs, 1,341 seconds
    assert float(times["bert-text"]["films_per_second_train"]) == pytest.approx(2800 * 6 / 1341)


def test_what_differs_is_a_column_and_what_does_not_is_said_once(material, rows):
    section = models(material)
    told = {row["model"]: row for row in rows(section, "training")}
    assert set(told["bert-text"]) == {"model", "text encoder", "vision encoder", "best epoch"}
    assert told["bert-text"]["text encoder"] == "minilm_l6"
    assert told["bert-text"]["vision encoder"] == ""
    assert told["lstm-text"]["text encoder"] == "bilstm"
    assert told["late-fusion"]["vision encoder"] == "mobilenet_v1"
    assert told["cnn-vision"]["vision encoder"] == "cnn"
    assert facts(section) == {
        "tokens": "128",
        "poster (pixels)": "160 \N{MULTIPLICATION SIGN} 224",
        "loss": "bce",
        "class weights": "sqrt",
        "learning rate": "0.001",
        "learning rate, text encoder": "5e-5",
        "learning rate, vision encoder": "0.0001",
        "schedule": "linear, warm-up 10 %",
        "batch": "32",
        "best epoch by": "dev mAP",
        "precision": "bfloat16",
        "threshold": "global",
    }


@pytest.mark.parametrize(
    ("model", "changed", "column", "shown"),
    [
        ("bert-text", {"batch_size": 64}, "batch", "64"),
        ("bert-text", {"schedule": "plateau"}, "schedule", "plateau"),
        ("bert-text", {"pretrained": False}, "text encoder", "minilm_l6, random weights"),
        ("bert-text", {"text_freeze": "all"}, "text encoder", "minilm_l6, frozen"),
        (
            "resnet-vision",
            {"vision_freeze": "first-half"},
            "vision encoder",
            "mobilenet_v1, first half frozen",
        ),
        ("lstm-text", {"word_vectors": "/data/glove.txt"}, "text encoder", "bilstm on glove.txt"),
        ("resnet-vision", {"poster_width": 300}, "poster (pixels)", "300 \N{MULTIPLICATION SIGN} 224"),
        ("resnet-vision", {"vision_learning_rate": None}, "learning rate, vision encoder", "5e-5"),
        ("cnn-vision", {"select_by": "f1_macro"}, "best epoch by", "dev macro F1"),
    ],
)
def test_one_that_differs(make_material, rows, model, changed, column, shown):
    section = models(make_material(lambda directory: setting(directory, model, **changed), n_films=20))
    assert {row["model"]: row[column] for row in rows(section, "training")}[model] == shown
    assert column not in facts(section)


def test_the_best_epoch_of_every_seed(material_of_three_seeds, rows):
    told = {row["model"]: row for row in rows(models(material_of_three_seeds), "training")}
    assert told["attention-fusion"]["best epoch"] == "4 of 4, 4 of 4, 4 of 4"
    sizes = rows(models(material_of_three_seeds), "parameters")
    assert {row["seeds"] for row in sizes} == {"1, 2, 3"}


def test_a_run_without_settings_is_named(make_material, rows, prose):
    def lose(directory):
        (directory / "bert-text" / "run.json").unlink()
        (directory / "bert-text" / "history.json").unlink()

    section = models(make_material(lose, n_films=20))
    assert "not known of bert-text: no run.json" in prose(section)
    told = {row["model"]: row for row in rows(section, "training")}
    assert set(told["bert-text"].values()) == {"bert-text", ""}
    sizes = {row["model"]: row for row in rows(section, "timing")}
    assert sizes["bert-text"]["films_per_second_train"] == ""
    assert sizes["late-fusion"]["films_per_second_train"] != ""


def test_runs_that_left_nothing(make_material, prose):
    def lose(directory):
        for path in [*directory.glob("*/run.json"), *directory.glob("*/history.json")]:
            path.unlink()

    section = models(make_material(lose, n_films=20))
    assert "not known of" in prose(section)
    assert facts(section) == {"threshold": "global"}
